/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla-bench: what the module costs beside raw libcrypto, and how long its own work takes. Loads
 * BULLA_MODULE. Exits with 1 where a bound was missed.
 *
 *   bulla-bench speed   ratios, sessions, finding: a token of the trust source "fake"; or only its
 *                       part signatures, symmetric or objects
 *   bulla-bench make    makes the token and the key that cold signs with
 *   bulla-bench cold P  from the start of a process to its first signature, less what P, which does
 *                       nothing but unseal, takes */
#include "bench.h"

#include <malloc.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OBJECTS    10000u
#define COLD_TURNS 25u

static struct use use_new(CK_SLOT_ID slot, CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE mech, size_t len)
{
	return (struct use){.session = p11_session(slot),
		.key = key,
		.mech = mech,
		.len = len,
		.room = room_new(len)};
}

static void signatures(CK_SLOT_ID slot, CK_SESSION_HANDLE s)
{
	CK_OBJECT_HANDLE rsa = p11_make_rsa(s), ec = p11_make_ec(s, "bench");
	struct use rsa_uses[2] = {
		use_new(slot, rsa, CKM_RSA_PKCS, 51), use_new(slot, rsa, CKM_RSA_PKCS, 51)};
	struct use ec_uses[2] = {
		use_new(slot, ec, CKM_ECDSA, 32), use_new(slot, ec, CKM_ECDSA, 32)};
	struct raw *rsa_raws[2] = {raw_new(RAW_RSA, 51), NULL};
	struct raw *ec_raws[2] = {raw_new(RAW_ECDSA, 32), NULL};

	rsa_raws[1] = raw_again(rsa_raws[0]);
	ec_raws[1] = raw_again(ec_raws[0]);
	paired("RSA-2048 sign", raw_work, rsa_raws[0], use_sign, &rsa_uses[0], 0.97);
	paired("ECDSA P-256 sign", raw_work, ec_raws[0], use_sign, &ec_uses[0], 0.90);
	paired_two("RSA-2048 sign, 2 threads", raw_work, (void *[]){rsa_raws[0], rsa_raws[1]},
		use_sign, (void *[]){&rsa_uses[0], &rsa_uses[1]}, 0.95);
	paired_two("ECDSA P-256, 2 threads", raw_work, (void *[]){ec_raws[0], ec_raws[1]}, use_sign,
		(void *[]){&ec_uses[0], &ec_uses[1]}, 0);
	for (unsigned i = 0; i < 2; i++) {
		raw_free(rsa_raws[i]);
		raw_free(ec_raws[i]);
	}
}

static void one_symmetric(const char *name, enum raw_kind kind, struct use u, double bound)
{
	struct raw *raw = raw_new(kind, u.len);

	paired(name, raw_work, raw, kind == RAW_HMAC ? use_sign : use_encrypt, &u, bound);
	raw_free(raw);
}

static void symmetric(CK_SLOT_ID slot, CK_SESSION_HANDLE s)
{
	CK_OBJECT_HANDLE aes = p11_make_secret(s, CKK_AES);
	CK_OBJECT_HANDLE mac = p11_make_secret(s, CKK_GENERIC_SECRET);

	one_symmetric(
		"HMAC-SHA256 1 KiB", RAW_HMAC, use_new(slot, mac, CKM_SHA256_HMAC, 1024), 0.60);
	one_symmetric("AES-GCM 16 B", RAW_GCM, use_new(slot, aes, CKM_AES_GCM, 16), 0);
	one_symmetric("AES-GCM 1 KiB", RAW_GCM, use_new(slot, aes, CKM_AES_GCM, 1024), 0.60);
	one_symmetric("AES-GCM 64 KiB", RAW_GCM, use_new(slot, aes, CKM_AES_GCM, 65536), 0.95);
}

static size_t heap_used(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* What 10 000 objects cost: in time to make one and to find one, in memory once they are loaded. */
static void objects(CK_SLOT_ID slot, CK_SESSION_HANDLE s)
{
	struct find f = {.session = s, .count = OBJECTS};
	size_t before;
	uint64_t start = now_ns();

	for (unsigned i = 0; i < OBJECTS; i++)
		p11_make_data(s, i);
	at_most("C_CreateObject, each", (double) (now_ns() - start) / OBJECTS / 1000, "us", 0);
	at_most("find by label of 10 000", alone_us(find_one, &f, 5), "us", 20);
	f.by_id = true;
	at_most("find by id of 10 000", alone_us(find_one, &f, 5), "us", 20);
	MUST(p11->C_Finalize(NULL) == CKR_OK);
	malloc_trim(0);
	before = heap_used();
	start = now_ns();
	MUST(p11->C_Initialize(NULL) == CKR_OK);
	f.session = p11_session(slot);
	find_one(&f, 1);
	at_most("load 10 000 objects", (double) (now_ns() - start) / 1e6, "ms", 0);
	at_most("memory of 10 000 objects", (double) (heap_used() - before) / 1024, "KiB", 0);
}

static int speed(const char *part)
{
	CK_SESSION_HANDLE s;
	CK_SLOT_ID slot;

	p11_load();
	MUST(p11->C_Initialize(NULL) == CKR_OK);
	slot = p11_make_token();
	s = p11_session(slot);
	p11_login(s);
	if (strstr("signatures", part) != NULL)
		signatures(slot, s);
	if (strstr("symmetric", part) != NULL)
		symmetric(slot, s);
	at_most("open and close a session", alone_us(open_and_close, &slot, 5), "us", 2);
	if (strstr("objects", part) != NULL)
		objects(slot, s);
	MUST(p11->C_Finalize(NULL) == CKR_OK);
	at_most("C_Initialize to C_Finalize", alone_us(initialise_list, NULL, 20), "us", 1000);
	return missed == 0 ? 0 : 1;
}

static int make(void)
{
	CK_SESSION_HANDLE s;

	p11_load();
	MUST(p11->C_Initialize(NULL) == CKR_OK);
	s = p11_session(p11_make_token());
	p11_login(s);
	p11_make_ec(s, "cold");
	MUST(p11->C_Finalize(NULL) == CKR_OK);
	return 0;
}

/* The child: `start` is when its parent started it. */
static int cold_child(const char *start)
{
	CK_OBJECT_CLASS cls = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE wanted = {CKA_CLASS, &cls, sizeof(cls)};
	struct use u;
	CK_ULONG count = 0;

	p11_load();
	MUST(p11->C_Initialize(NULL) == CKR_OK);
	u = use_new(p11_first_slot(), 0, CKM_ECDSA, 32);
	p11_login(u.session);
	MUST(p11->C_FindObjectsInit(u.session, &wanted, 1) == CKR_OK &&
		p11->C_FindObjects(u.session, &u.key, 1, &count) == CKR_OK && count == 1 &&
		p11->C_FindObjectsFinal(u.session) == CKR_OK);
	use_sign(&u, 1);
	printf("%.3f\n", (double) (now_ns() - strtoull(start, NULL, 10)) / 1e6);
	return 0;
}

/* Runs it and reads the one number that it prints. */
static double run_number(const char *program, const char *first, const char *second)
{
	union {
		const char *in;
		char *out;
	} words[] = {{.in = program}, {.in = first}, {.in = second}};
	char *argv[] = {words[0].out, words[1].out, words[2].out, NULL};
	posix_spawn_file_actions_t actions;
	char text[64] = "";
	int ends[2], status = 0;
	pid_t pid;

	MUST(pipe(ends) == 0 && posix_spawn_file_actions_init(&actions) == 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	MUST(posix_spawn(&pid, program, &actions, NULL, argv, environ) == 0);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	MUST(waitpid(pid, &status, 0) == pid && status == 0 &&
		read(ends[0], text, sizeof(text) - 1) > 0);
	close(ends[0]);
	return strtod(text, NULL);
}

static double cold_ms(void)
{
	char start[32];

	snprintf(start, sizeof(start), "%llu", (unsigned long long) now_ns());
	return run_number("/proc/self/exe", "cold-child", start);
}

/* unseal: the program that does only what the trust source and scrypt must. */
static int cold(const char *unseal)
{
	double whole = 1e9, part = 1e9;

	/* the least of each: what else the machine does only ever adds */
	for (unsigned i = 0; i < COLD_TURNS; i++) {
		double p = run_number(unseal, USER_PIN, NULL), w = cold_ms();

		part = p < part ? p : part;
		whole = w < whole ? w : whole;
	}
	at_most("process to first signature", whole, "ms", 0);
	at_most("of it unsealing and scrypt", part, "ms", 0);
	at_most("the rest", whole - part, "ms", 10);
	return missed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if ((argc == 2 || argc == 3) && strcmp(argv[1], "speed") == 0)
		return speed(argc == 3 ? argv[2] : "");
	if (argc == 2 && strcmp(argv[1], "make") == 0)
		return make();
	if (argc == 3 && strcmp(argv[1], "cold") == 0)
		return cold(argv[2]);
	if (argc == 3 && strcmp(argv[1], "cold-child") == 0)
		return cold_child(argv[2]);
	fprintf(stderr, "usage: bulla-bench speed [PART] | make | cold UNSEAL-PROGRAM\n");
	return 2;
}
