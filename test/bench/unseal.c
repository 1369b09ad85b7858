/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla-bench-unseal PIN: how long the trust source and scrypt take for the user's seal of the
 * only token in BULLA_STORE, by themselves: milliseconds. */
#include "bench.h"
#include "config.h"
#include "keyring.h"
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void unlock(const struct config *config, struct store *s, struct bytes seal, const char *pin)
{
	struct trust_env env = {.tcti = config->tcti,
		.lock_path = store_lock_path(s),
		.tpm_timeout_ms = config->tpm_timeout_ms,
		.queue_timeout_ms = config->queue_timeout_ms};
	struct seal_request rq = {.env = &env};
	struct keyring *k = NULL;
	struct store_token token;
	BUF(seals);
	SECRET(secret);

	MUST(secret_copy_in(bytes_str(pin), &secret).code == E_OK);
	MUST(store_read_token(s, NULL, &token, &seals).code == E_OK);
	rq.pin = secret;
	MUST(keyring_unlock(token.id, seal, &rq, &k).code == E_OK);
	keyring_free(&k);
}

int main(int argc, char **argv)
{
	struct config *config = NULL;
	struct store_list list;
	struct store_token token;
	struct store *s = NULL;
	struct seal_info info;
	struct bytes seal = BYTES_NONE, user = BYTES_NONE;
	struct reader r;
	uint64_t start;
	BUF(seals);

	if (argc != 2)
		return 2;
	MUST(config_load(NULL, &config).code == E_OK);
	MUST(store_list(config, &list).code == E_OK && list.count == 1);
	MUST(store_open(list.entries[0].dir, list.entries[0].file, &s).code == E_OK);
	MUST(store_read_token(s, NULL, &token, &seals).code == E_OK);
	r = reader_of(buf_bytes(&seals));
	while (reader_lv(&r, BUF_MAX, &seal).code == E_OK)
		if (seal_info_read(seal, &info).code == E_OK && info.role == ROLE_USER)
			user = seal;
	MUST(user.len > 0);
	unlock(config, s, user, argv[1]); /* algorithms fetched, pages touched */
	start = now_ns();
	unlock(config, s, user, argv[1]);
	printf("%.3f\n", (double) (now_ns() - start) / 1e6);
	store_close(&s);
	store_list_done(&list);
	config_free(&config);
	return 0;
}
