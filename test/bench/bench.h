/* SPDX-License-Identifier: BSD-2-Clause */
/* Measuring: the module against raw libcrypto, in one process, turn by turn, so that what else the
 * machine does falls on both. */
#pragma once

#include "pkcs11.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- bench.c ---- */

uint64_t now_ns(void);
/* A step that must succeed: prints what failed and ends the program. */
#define MUST(cond) must((cond), #cond, __FILE__, __LINE__)
void must(bool ok, const char *what, const char *file, int line);

/* One thing to do `times` times over. */
typedef void work(void *arg, unsigned times);
/* Microseconds of one, the best of several turns. */
double alone_us(work *w, void *arg, double turn_ms);
double median(double *values, size_t count); /* sorts them */
/* Prints a line; raw's time by the module's must be at least `bound` (0: no bound). */
void paired(
	const char *name, work *raw, void *raw_arg, work *module, void *module_arg, double bound);
/* The same, each in two threads at once. args: one for each thread. */
void paired_two(const char *name, work *raw, void *raw_args[2], work *module, void *module_args[2],
	double bound);
/* Prints a line: a time that must be at most `bound` (0: no bound). */
void at_most(const char *name, double value, const char *unit, double bound);
extern unsigned missed;
/* A message of len bytes and room for what it becomes, the same way for both sides: where the two
 * lie in their pages changes AES-GCM's time by a third. */
struct room {
	uint8_t *in, *out;
};
struct room room_new(size_t len);
#define ROOM_MORE 512u /* bytes of output beyond len */

/* ---- raw.c: libcrypto with context and key kept ---- */

struct raw;
enum raw_kind {
	RAW_RSA,
	RAW_ECDSA,
	RAW_HMAC,
	RAW_GCM,
};
/* len: bytes of the message. */
struct raw *raw_new(enum raw_kind kind, size_t len);
/* Another context of the same key: for another thread. */
struct raw *raw_again(const struct raw *r);
void raw_free(struct raw *r);
work raw_work; /* arg: struct raw */

/* ---- p11.c: the module ---- */

#define USER_PIN "user-pin-1234"
#define SO_PIN   "so-pin-1234"

extern CK_FUNCTION_LIST_3_0 *p11;
void p11_load(void);
/* Makes the store's first token; the slot. */
CK_SLOT_ID p11_make_token(void);
CK_SLOT_ID p11_first_slot(void);
CK_SESSION_HANDLE p11_session(CK_SLOT_ID slot);
void p11_login(CK_SESSION_HANDLE s);

/* Keys of the token, labelled; the one that signs or encrypts. */
CK_OBJECT_HANDLE p11_make_rsa(CK_SESSION_HANDLE s);
CK_OBJECT_HANDLE p11_make_ec(CK_SESSION_HANDLE s, const char *label);
CK_OBJECT_HANDLE p11_make_secret(CK_SESSION_HANDLE s, CK_KEY_TYPE type);
/* i: makes label and id. */
void p11_make_data(CK_SESSION_HANDLE s, unsigned i);

struct use {
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	CK_MECHANISM_TYPE mech;
	size_t len; /* bytes of the message */
	struct room room;
};
work use_sign;    /* arg: struct use */
work use_encrypt; /* AES-GCM */

struct find {
	CK_SESSION_HANDLE session;
	bool by_id;
	unsigned count, next;
};
work find_one;        /* arg: struct find */
work open_and_close;  /* arg: CK_SLOT_ID */
work initialise_list; /* C_Initialize, C_GetSlotList, C_Finalize */
