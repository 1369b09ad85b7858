/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire.h"

#include <tee_internal_api.h>

void wire_wipe(void *p, size_t len)
{
	TEE_MemFill(p, 0, len);
	__asm__ volatile("" : : "r"(p) : "memory"); /* somebody may look at it */
}

void secret32_wipe(struct secret32 *s)
{
	wire_wipe(s, sizeof(*s));
}

bool secret32_eq_ct(const struct secret32 *a, const struct secret32 *b)
{
	volatile uint8_t differ = 0;

	for (size_t i = 0; i < sizeof(a->b); i++)
		differ = (uint8_t) (differ | (a->b[i] ^ b->b[i]));
	return differ == 0;
}

bool secret32_zero_ct(const struct secret32 *s)
{
	static const struct secret32 zero;

	return secret32_eq_ct(s, &zero);
}

void wire_bytes(struct wire_in *in, void *ret, size_t len)
{
	if (in->bad || in->left < len) {
		in->bad = true;
		TEE_MemFill(ret, 0, len);
		return;
	}
	TEE_MemMove(ret, in->at, len);
	in->at += len;
	in->left -= len;
}

uint8_t wire_u8(struct wire_in *in)
{
	uint8_t v;

	wire_bytes(in, &v, sizeof(v));
	return v;
}

uint32_t wire_u32(struct wire_in *in)
{
	uint8_t b[4];

	wire_bytes(in, b, sizeof(b));
	return (uint32_t) b[0] << 24 | (uint32_t) b[1] << 16 | (uint32_t) b[2] << 8 | b[3];
}

bool wire_ended(const struct wire_in *in)
{
	return !in->bad && in->left == 0;
}

void wire_put_bytes(struct wire_out *out, const void *src, size_t len)
{
	if (out->bad || out->max - out->len < len) {
		out->bad = true;
		return;
	}
	TEE_MemMove(out->buf + out->len, src, len);
	out->len += len;
}

void wire_put_u8(struct wire_out *out, uint8_t v)
{
	wire_put_bytes(out, &v, sizeof(v));
}

void wire_put_u32(struct wire_out *out, uint32_t v)
{
	const uint8_t b[4] = {
		(uint8_t) (v >> 24), (uint8_t) (v >> 16), (uint8_t) (v >> 8), (uint8_t) v};

	wire_put_bytes(out, b, sizeof(b));
}
