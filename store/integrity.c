/* SPDX-License-Identifier: BSD-2-Clause */
/* What is fed to the MACs. Every kind of input begins with a number of its own, and every part of
 * varying length has its length before it. */
#include "integrity.h"

#include "broken.h"

enum { INPUT_BUCKET = 1, INPUT_ROOT = 2 };

struct err integrity_record(
	const struct keyring *k, struct bytes record, uint8_t ret[static KEYRING_MAC_LEN])
{
	return keyring_mac(k, MAC_RECORD, record, ret);
}

struct err integrity_entry_put(
	const uint8_t id[static ID_LEN], uint64_t version, struct bytes mac, struct buf *entries)
{
	if (mac.len != KEYRING_MAC_LEN)
		return ERR(E_CORRUPT);
	TRY(buf_put(entries, BYTES(id, ID_LEN)));
	TRY(buf_put_u64(entries, version));
	return buf_put(entries, mac);
}

struct err integrity_bucket(const struct keyring *k, uint8_t bucket, struct bytes entries,
	uint8_t ret[static KEYRING_MAC_LEN])
{
	BUF(in);

	TRY(buf_put_u8(&in, INPUT_BUCKET));
	TRY(buf_put_u8(&in, bucket));
	TRY(buf_put_lv(&in, entries));
	return keyring_mac(k, MAC_LIST, buf_bytes(&in), ret);
}

static struct err root_make(const struct keyring *k, struct bytes token, struct bytes seals,
	const struct record_list *list, uint8_t ret[static KEYRING_MAC_LEN])
{
	uint8_t outer[KEYRING_MAC_LEN];
	BUF(token_in);
	BUF(in);

	TRY(buf_put_lv(&token_in, token));
	TRY(buf_put_lv(&token_in, seals));
	TRY(keyring_mac(k, MAC_SEALS, buf_bytes(&token_in), outer));
	TRY(buf_put_u8(&in, INPUT_ROOT));
	TRY(buf_put(&in, BYTES_OF(outer)));
	TRY(buf_put_u32(&in, list->count));
	TRY(buf_put(&in, BYTES_OF(list->bucket)));
	return keyring_mac(k, MAC_LIST, buf_bytes(&in), ret);
}

struct err integrity_sign(
	const struct keyring *k, struct bytes token, struct bytes seals, struct record_list *list)
{
	uint8_t root[KEYRING_MAC_LEN];

	TRY(root_make(k, token, seals, list, root));
	memcpy(list->root, root, sizeof(root));
	return OK;
}

struct err integrity_verify(const struct keyring *k, struct bytes token, struct bytes seals,
	const struct record_list *list)
{
	uint8_t root[KEYRING_MAC_LEN];

	TRY(root_make(k, token, seals, list, root));
	return bytes_eq_ct(BYTES_OF(root), BYTES_OF(list->root)) || BROKEN("list-mac")
		       ? OK
		       : ERR(E_TAMPERED);
}

struct err integrity_empty(
	const struct keyring *k, struct bytes token, struct bytes seals, struct record_list *ret)
{
	ret->count = 0;
	for (unsigned b = 0; b < LIST_BUCKETS; b++)
		TRY(integrity_bucket(k, (uint8_t) b, BYTES_NONE, ret->bucket[b]));
	return integrity_sign(k, token, seals, ret);
}
