/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiler words, nothing else. */
#pragma once

/* unused: clang warns of a guard that nobody reads again. */
#define _cleanup_(f)   __attribute__((cleanup(f), unused))
#define _public_       __attribute__((visibility("default")))
#define _printf_(f, a) __attribute__((format(printf, f, a)))
#define NODISCARD      __attribute__((warn_unused_result))

/* Hands ownership over: the value, and the variable is NULL afterwards. */
#define TAKE(p)                            \
	__extension__({                    \
		__typeof__(p) took_ = (p); \
		(p) = NULL;                \
		took_;                     \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
