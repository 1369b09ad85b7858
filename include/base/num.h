/* SPDX-License-Identifier: BSD-2-Clause */
/* Checked arithmetic and narrowing for sizes that come from outside. Each returns false, and leaves
 * *ret untouched, when the result does not fit. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool size_add(size_t a, size_t b, size_t *ret)
{
	size_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return false;
	*ret = sum;
	return true;
}

static inline bool size_mul(size_t a, size_t b, size_t *ret)
{
	size_t product;

	if (__builtin_mul_overflow(a, b, &product))
		return false;
	*ret = product;
	return true;
}

static inline bool u32_from_size(size_t a, uint32_t *ret)
{
	if (a > UINT32_MAX)
		return false;
	*ret = (uint32_t) a;
	return true;
}

static inline bool int_from_size(size_t a, int *ret)
{
	if (a > INT_MAX)
		return false;
	*ret = (int) a;
	return true;
}

static inline bool ulong_from_u64(uint64_t a, unsigned long *ret)
{
	if (a > ULONG_MAX)
		return false;
	*ret = (unsigned long) a;
	return true;
}
