/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints docs/mechanisms.md from the table of mechanisms; with a file's name, says whether that
 * file is what it would print. */
#include "buf.h"
#include "mech.h"

#include <stdio.h>
#include <stdlib.h>

static const char head[] = "# Mechanisms\n"
			   "\n"
			   "Generated from the rows in `token/mech_*.c` by "
			   "`test/docs/mechanisms_md.c`; a test fails when\n"
			   "this file is not what the table says. Do not edit it:\n"
			   "\n"
			   "    build/test/docs/mechanisms_md > docs/mechanisms.md\n"
			   "\n"
			   "Columns: **D** digest, **S** sign and verify, **R** sign and verify "
			   "with recovery, **E** encrypt\n"
			   "and decrypt, **W** wrap and unwrap, **G** generate a key or a pair, "
			   "**K** derive a key. Sizes are\n"
			   "bits for asymmetric keys and generic secrets that are generated, bytes "
			   "for the values of other\n"
			   "secret keys.\n"
			   "\n"
			   "| mechanism | D | S | R | E | W | G | K | keys | sizes | parameter |\n"
			   "|---|---|---|---|---|---|---|---|---|---|---|\n";

static const char tail[] =
	"\n"
	"- Everything works in one go and in parts. What must be whole (signatures of raw data, "
	"EdDSA,\n"
	"  OAEP, key wrap, and AES-GCM decryption, which gives nothing before the tag was right) "
	"is gathered\n"
	"  up to 16 MiB.\n"
	"- CKM_AES_GCM: IVs of 1 to 128 bytes (what libcrypto takes), tags of 32, 64, 96, 104, "
	"112, 120 or\n"
	"  128 bits; the parameter with and without ulIvBits. The IV is the caller's, and using "
	"one twice\n"
	"  under the same key breaks GCM.\n"
	"- CKM_AES_CTR: ulCounterBits 1 to 128; the counter wraps within its own bits, and a "
	"message for\n"
	"  which a counter block would come twice is refused (CKR_DATA_LEN_RANGE).\n"
	"- CKM_AES_KEY_WRAP_PAD is RFC 5649, as CKM_AES_KEY_WRAP_KWP is.\n"
	"- What may wrap what is a matter of the keys' attributes as well: wrapping asks for key "
	"wrap or an\n"
	"  authenticated mechanism unless the configuration says otherwise.\n"
	"- DES, MD5, RC4 and the like are left out on purpose.\n";

static struct err put_keys(const struct mech *row, struct buf *b)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{MECH_KEY_RSA, "RSA"},
		{MECH_KEY_EC, "EC"},
		{MECH_KEY_EDWARDS, "Edwards"},
		{MECH_KEY_MONTGOMERY, "Montgomery"},
		{MECH_KEY_AES, "AES"},
		{MECH_KEY_GENERIC, "generic"},
	};
	unsigned left = row->keys;
	const char *comma = "";

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if ((row->keys & names[i].bit) == 0)
			continue;
		TRY(buf_printf(b, "%s%s", comma, names[i].name));
		comma = ", ";
		left &= ~names[i].bit;
	}
	/* what is left are HMAC keys: one type where it is the row's own digest */
	return left == 0 ? OK : buf_printf(b, "%s%s", comma, "HMAC of that digest");
}

static const char *params_name(enum params_kind kind)
{
	switch (kind) {
	case PARAMS_NONE:
		return "";
	case PARAMS_IV:
		return "IV, 16 bytes";
	case PARAMS_KW_IV:
		return "none, or IV of 8 bytes";
	case PARAMS_KWP_IV:
		return "none, or IV of 4 bytes";
	case PARAMS_CTR:
		return "CK_AES_CTR_PARAMS";
	case PARAMS_GCM:
		return "CK_GCM_PARAMS";
	case PARAMS_MAC_GENERAL:
		return "CK_MAC_GENERAL_PARAMS";
	case PARAMS_PSS:
		return "CK_RSA_PKCS_PSS_PARAMS";
	case PARAMS_OAEP:
		return "CK_RSA_PKCS_OAEP_PARAMS";
	case PARAMS_ECDH1:
		return "CK_ECDH1_DERIVE_PARAMS";
	case PARAMS_EDDSA:
		return "none, or CK_EDDSA_PARAMS";
	}
	return "";
}

static struct err put_row(const struct mech *row, struct buf *b)
{
	static const CK_FLAGS columns[] = {CKF_DIGEST, CKF_SIGN | CKF_VERIFY,
		CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER, CKF_ENCRYPT | CKF_DECRYPT,
		CKF_WRAP | CKF_UNWRAP, CKF_GENERATE | CKF_GENERATE_KEY_PAIR, CKF_DERIVE};

	TRY(buf_printf(b, "| %s |", row->name));
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		TRY(buf_printf(b, " %s |", (row->ops & columns[i]) != 0 ? "x" : ""));
	TRY(buf_printf(b, " "));
	TRY(put_keys(row, b));
	if (row->max == 0)
		TRY(buf_printf(b, " | |"));
	else if (row->min == row->max)
		TRY(buf_printf(b, " | %lu |", row->min));
	else
		TRY(buf_printf(b, " | %lu to %lu |", row->min, row->max));
	return buf_printf(b, " %s |\n", params_name(row->params));
}

static struct err document(struct buf *b)
{
	TRY(buf_printf(b, "%s", head));
	for (size_t i = 0; i < mech_count(); i++)
		TRY(put_row(mech_nth(i), b));
	return buf_printf(b, "%s", tail);
}

static bool file_is(const char *path, struct bytes want)
{
	uint8_t *is = malloc(want.len + 1);
	FILE *f = fopen(path, "re");
	size_t len = is == NULL || f == NULL ? 0 : fread(is, 1, want.len + 1, f);
	bool same = is != NULL && bytes_eq(BYTES(is, len), want);

	if (f != NULL)
		fclose(f);
	free(is);
	return same;
}

int main(int argc, char **argv)
{
	BUF(b);

	if (document(&b).code != E_OK)
		return 2;
	if (argc < 2)
		return fwrite(b.ptr, 1, b.len, stdout) == b.len ? 0 : 2;
	if (file_is(argv[1], buf_bytes(&b)))
		return 0;
	printf("%s is not what the table says. Mend it: %s > %s\n", argv[1], argv[0], argv[1]);
	return 1;
}
