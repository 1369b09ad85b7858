/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints, in hex, what must never be seen in another process's memory: opens a token's user seal as
 *the library does, with the library's own code, which is why it includes the keyring's source.
 *	memory-reveal STORE-DIR FILE TCTI <PIN */
#include "keyring.c"

#include "store.h"

#include <stdio.h>
#include <unistd.h>

static void show(const char *name, const struct secret *s)
{
	char hex[2 * 64 + 1];

	if (secret_len(s) > 0 && secret_len(s) <= 64) {
		bytes_hex(secret_view(s), hex);
		printf("%s %s\n", name, hex);
	}
}

static struct err reveal(
	const uint8_t id[static ID_LEN], struct bytes seal, struct seal_request *rq)
{
	const struct trust_ops *ops = NULL;
	_cleanup_(keyring_free) struct keyring *k = NULL;
	struct seal s;
	SECRET(auth);
	SECRET(kpin);
	SECRET(opener);
	SECRET(kek);

	TRY(seal_read(seal, &s));
	if (s.info.role != ROLE_USER)
		return OK;
	TRY(source_find(s.info.source, &ops));
	TRY(pin_derive(&s.kdf, rq->pin, s.info.id, &auth, &kpin));
	TRY(ops->open(rq->env, s.info.blob, &s.info.policy, auth, &opener, &rq->count));
	TRY(kek_derive(id, &s.info, opener, kpin, &kek));
	TRY(seal_unwrap(id, &s, kek, &k));
	/* the fake source's blob has these two in plaintext, on purpose */
	if (strcmp(s.info.source, "fake") != 0) {
		show("auth", auth);
		show("S", opener);
	}
	show("kpin", kpin);
	show("kek", kek);
	show("TK", k->tk);
	for (size_t i = 0; i < MACS; i++)
		show("mac-key", k->macs[i]);
	return OK;
}

static struct err run(char **argv)
{
	struct trust_env env = {
		.tcti = argv[3], .tpm_timeout_ms = 10000, .queue_timeout_ms = 10000};
	struct seal_request rq = {.env = &env};
	_cleanup_(store_close) struct store *s = NULL;
	struct store_token t;
	struct reader left;
	char pin[256];
	ssize_t n = read(0, pin, sizeof(pin));
	BUF(seals);
	SECRET(typed);

	TRY(secret_copy_in(BYTES(pin, n > 0 ? (size_t) n : 0), &typed));
	rq.pin = typed;
	TRY(store_open(argv[1], argv[2], &s));
	TRY(store_read_token(s, NULL, &t, &seals));
	left = reader_of(buf_bytes(&seals));
	while (left.left.len > 0) {
		struct bytes seal;

		TRY(reader_lv(&left, left.left.len, &seal));
		TRY(reveal(t.id, seal, &rq));
	}
	return OK;
}

int main(int argc, char **argv)
{
	struct err e;

	if (argc != 4)
		return 2;
	log_open("error");
	e = run(argv);
	if (e.code != E_OK)
		fprintf(stderr, "memory-reveal: %s\n", err_str(e));
	return e.code == E_OK ? 0 : 1;
}
