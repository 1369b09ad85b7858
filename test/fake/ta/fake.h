/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the fake TEE share. */
#pragma once

#include "tee_fake.h"

#include <openssl/evp.h>
#include <tee_internal_api.h>

/* The next call of this name fails, with one of these results (0 ends them)? The result, or 0. */
TEE_Result fake_fails(const char *name, const TEE_Result *results);
#define FAILS(...) fake_fails(__func__, (const TEE_Result[]){__VA_ARGS__, 0})
/* The TA did what the API answers with a panic: it is gone. */
__attribute__((noreturn)) void fake_panic(const char *name, const char *why);
/* A point where the power may go. */
void fake_power(void);
void fake_written(void);

const uint8_t *fake_huk(void);
const char *fake_storage_dir(void);
bool fake_rpmb(void);
/* One more handle of the TA's, or one less. */
void fake_handles(int more);

/* fake_crypto.c, fake_storage.c: of one kind of object each. */
struct fake_object {
	struct fake_object *next; /* of those that are open */
	bool persistent;
	uint32_t number; /* a persistent one's handle */
	uint8_t key[32];
	bool keyed;
	char path[512];
	size_t at;
};
struct fake_object *fake_object_new(bool persistent);
void fake_object_free(struct fake_object *o);
/* Is the file open? */
bool fake_object_busy(const char *path);

struct fake_operation {
	struct fake_operation *next;
	EVP_MD_CTX *md;
	EVP_CIPHER_CTX *cipher;
	uint8_t key[32];
	bool keyed, started;
	uint32_t mode;
};
/* The TA is gone, with all that it had. */
void fake_objects_drop(void);
void fake_operations_drop(void);
