/* SPDX-License-Identifier: BSD-2-Clause */
/* test_vectors DIR [MECHANISM]: every row of the mechanism table against its file of vectors, in
 * one go and in parts, through the operations' state machine. */
#include "codec.h"
#include "key.h"
#include "mech.h"
#include "op.h"
#include "secret.h"
#include "vectors.h"

#include <dirent.h>
#include <stdlib.h>

#define OUT_MAX ((size_t) 4 << 20)

/* Everything about the record that is being run. */
struct job {
	const struct mech *row;
	struct vector *v;
	CK_MECHANISM mech;
	union {
		CK_AES_CTR_PARAMS ctr;
		CK_GCM_PARAMS gcm;
		CK_RSA_PKCS_PSS_PARAMS pss;
		CK_RSA_PKCS_OAEP_PARAMS oaep;
		CK_ECDH1_DERIVE_PARAMS ecdh1;
		CK_EDDSA_PARAMS eddsa;
		CK_ULONG number;
	} params;
	struct key *key, *public_; /* public_: the same where there is one key only */
	CK_RV want;
	bool parts;
};

static unsigned checks, failures;
static uint8_t out_buf[OUT_MAX];

static bool check(const struct job *j, bool ok, const char *what)
{
	checks++;
	if (!ok) {
		failures++;
		printf("%s.txt:%u: failed%s: %s\n", j->row->name, j->v->line,
			j->parts ? " in parts" : "", what);
	}
	return ok;
}

static bool same(const uint8_t *out, CK_ULONG len, struct bytes want)
{
	return bytes_eq(BYTES(out, len), want);
}

/* ---- names ---- */

static const struct mech *row_by_name(const char *name)
{
	const struct mech *row;

	for (size_t i = 0; (row = mech_nth(i)) != NULL; i++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static CK_MECHANISM_TYPE hash_of(const struct vector *v, const char *field)
{
	const char *name = vector_text(v, field);
	const struct mech *row = name == NULL ? NULL : row_by_name(name);

	return row == NULL ? CK_UNAVAILABLE_INFORMATION : row->type;
}

static CK_ULONG number_of_hash(CK_MECHANISM_TYPE hash, bool kdf)
{
	static const struct {
		CK_MECHANISM_TYPE hash;
		CK_ULONG mgf, kdf;
	} numbers[] = {
		{CKM_SHA_1, CKG_MGF1_SHA1, CKD_SHA1_KDF},
		{CKM_SHA224, CKG_MGF1_SHA224, CKD_SHA224_KDF},
		{CKM_SHA256, CKG_MGF1_SHA256, CKD_SHA256_KDF},
		{CKM_SHA384, CKG_MGF1_SHA384, CKD_SHA384_KDF},
		{CKM_SHA512, CKG_MGF1_SHA512, CKD_SHA512_KDF},
		{CKM_SHA3_224, CKG_MGF1_SHA3_224, 0},
		{CKM_SHA3_256, CKG_MGF1_SHA3_256, 0},
		{CKM_SHA3_384, CKG_MGF1_SHA3_384, 0},
		{CKM_SHA3_512, CKG_MGF1_SHA3_512, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (numbers[i].hash == hash)
			return kdf ? numbers[i].kdf : numbers[i].mgf;
	return 0;
}

static CK_RV rv_by_name(const char *name)
{
	static const struct {
		const char *name;
		CK_RV rv;
	} names[] = {
		{"CKR_SIGNATURE_INVALID", CKR_SIGNATURE_INVALID},
		{"CKR_SIGNATURE_LEN_RANGE", CKR_SIGNATURE_LEN_RANGE},
		{"CKR_ENCRYPTED_DATA_INVALID", CKR_ENCRYPTED_DATA_INVALID},
		{"CKR_ENCRYPTED_DATA_LEN_RANGE", CKR_ENCRYPTED_DATA_LEN_RANGE},
		{"CKR_DATA_LEN_RANGE", CKR_DATA_LEN_RANGE},
		{"CKR_DATA_INVALID", CKR_DATA_INVALID},
		{"CKR_MECHANISM_PARAM_INVALID", CKR_MECHANISM_PARAM_INVALID},
	};

	if (name == NULL)
		return CKR_OK;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].rv;
	printf("unknown result %s\n", name);
	exit(2);
}

static CK_KEY_TYPE type_by_name(const char *name)
{
	static const struct {
		const char *name;
		CK_KEY_TYPE type;
	} names[] = {
		{"CKK_GENERIC_SECRET", CKK_GENERIC_SECRET},
		{"CKK_AES", CKK_AES},
		{"CKK_SHA_1_HMAC", CKK_SHA_1_HMAC},
		{"CKK_SHA224_HMAC", CKK_SHA224_HMAC},
		{"CKK_SHA256_HMAC", CKK_SHA256_HMAC},
		{"CKK_SHA384_HMAC", CKK_SHA384_HMAC},
		{"CKK_SHA512_HMAC", CKK_SHA512_HMAC},
		{"CKK_SHA512_224_HMAC", CKK_SHA512_224_HMAC},
		{"CKK_SHA512_256_HMAC", CKK_SHA512_256_HMAC},
		{"CKK_SHA3_224_HMAC", CKK_SHA3_224_HMAC},
		{"CKK_SHA3_256_HMAC", CKK_SHA3_256_HMAC},
		{"CKK_SHA3_384_HMAC", CKK_SHA3_384_HMAC},
		{"CKK_SHA3_512_HMAC", CKK_SHA3_512_HMAC},
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].type;
	printf("unknown key type %s\n", name);
	exit(2);
}

/* ---- the mechanism ---- */

/* CK structures' pointers are not const. */
static CK_BYTE_PTR loose(struct bytes b)
{
	union {
		const uint8_t *in;
		CK_BYTE_PTR out;
	} ptr = {.in = b.ptr};

	return ptr.out;
}

static void param(struct job *j, void *ptr, size_t len)
{
	j->mech.pParameter = ptr;
	j->mech.ulParameterLen = len;
}

static void param_bytes(struct job *j, const char *field)
{
	struct bytes b = vector_bytes(j->v, field);

	if (vector_has(j->v, field))
		param(j, loose(b), b.len);
}

static void params_gcm(struct job *j)
{
	struct bytes iv = vector_bytes(j->v, "iv"), aad = vector_bytes(j->v, "aad");

	j->params.gcm = (CK_GCM_PARAMS){.pIv = loose(iv),
		.ulIvLen = iv.len,
		.ulIvBits = iv.len * 8,
		.pAAD = loose(aad),
		.ulAADLen = aad.len,
		.ulTagBits = vector_number(j->v, "tag-bits", 128)};
	param(j, &j->params.gcm, sizeof(j->params.gcm));
}

static void params_rsa(struct job *j, bool pss)
{
	CK_MECHANISM_TYPE hash = hash_of(j->v, "hash");
	CK_MECHANISM_TYPE mgf = vector_has(j->v, "mgf") ? hash_of(j->v, "mgf") : hash;
	struct bytes label = vector_bytes(j->v, "label");

	if (pss) {
		j->params.pss = (CK_RSA_PKCS_PSS_PARAMS){
			hash, number_of_hash(mgf, false), vector_number(j->v, "salt-len", 0)};
		param(j, &j->params.pss, sizeof(j->params.pss));
	} else {
		j->params.oaep = (CK_RSA_PKCS_OAEP_PARAMS){hash, number_of_hash(mgf, false),
			CKZ_DATA_SPECIFIED, loose(label), label.len};
		param(j, &j->params.oaep, sizeof(j->params.oaep));
	}
}

static void params_ecdh1(struct job *j)
{
	struct bytes shared = vector_bytes(j->v, "shared"), peer = vector_bytes(j->v, "peer");

	j->params.ecdh1 = (CK_ECDH1_DERIVE_PARAMS){
		vector_has(j->v, "kdf") ? number_of_hash(hash_of(j->v, "kdf"), true) : CKD_NULL,
		shared.len, loose(shared), peer.len, loose(peer)};
	param(j, &j->params.ecdh1, sizeof(j->params.ecdh1));
}

static void params_eddsa(struct job *j)
{
	struct bytes context = vector_bytes(j->v, "context");

	if (!vector_has(j->v, "context") && !vector_has(j->v, "prehash"))
		return;
	j->params.eddsa = (CK_EDDSA_PARAMS){
		vector_has(j->v, "prehash") ? CK_TRUE : CK_FALSE, context.len, loose(context)};
	param(j, &j->params.eddsa, sizeof(j->params.eddsa));
}

static void params_ctr(struct job *j)
{
	struct bytes iv = vector_bytes(j->v, "iv");

	j->params.ctr.ulCounterBits = vector_number(j->v, "counter-bits", 128);
	if (iv.len == sizeof(j->params.ctr.cb))
		memcpy(j->params.ctr.cb, iv.ptr, iv.len);
	param(j, &j->params.ctr, sizeof(j->params.ctr));
}

static void job_params(struct job *j)
{
	j->mech.mechanism = j->row->type;
	switch (j->row->params) {
	case PARAMS_NONE:
		break;
	case PARAMS_IV:
	case PARAMS_KW_IV:
	case PARAMS_KWP_IV:
		param_bytes(j, "iv");
		break;
	case PARAMS_CTR:
		params_ctr(j);
		break;
	case PARAMS_GCM:
		params_gcm(j);
		break;
	case PARAMS_MAC_GENERAL:
		j->params.number = vector_number(j->v, "mac-len", 0);
		param(j, &j->params.number, sizeof(j->params.number));
		break;
	case PARAMS_PSS:
		params_rsa(j, true);
		break;
	case PARAMS_OAEP:
		params_rsa(j, false);
		break;
	case PARAMS_ECDH1:
		params_ecdh1(j);
		break;
	case PARAMS_EDDSA:
		params_eddsa(j);
		break;
	}
}

/* ---- the keys ---- */

static bool key_secret(struct job *j)
{
	struct bytes value = vector_bytes(j->v, "key");
	struct key_from from = {.cls = CKO_SECRET_KEY};
	ATTRS(attrs);

	from.type = vector_has(j->v, "type")             ? type_by_name(vector_text(j->v, "type"))
		    : (j->row->keys & MECH_KEY_AES) != 0 ? CKK_AES
							 : CKK_GENERIC_SECRET;
	from.secrets = &attrs;
	return attrs_set(&attrs, CKA_VALUE, value) == CKR_OK && key_new(&from, &j->key) == CKR_OK;
}

static bool key_half(EVP_PKEY *pkey, CK_OBJECT_CLASS cls, struct key **ret)
{
	struct key_from from = {.cls = cls};
	ATTRS(attrs);

	from.attrs = from.secrets = &attrs;
	return codec_pkey_type(pkey, &from.type) == CKR_OK &&
	       codec_attrs_from_pkey(pkey, cls, &attrs) == CKR_OK && key_new(&from, ret) == CKR_OK;
}

static bool job_keys(struct job *j)
{
	_cleanup_(evp_pkey_done) EVP_PKEY *pkey = NULL;
	struct bytes spki = vector_bytes(j->v, "spki");
	bool ok = true;

	if (vector_has(j->v, "key"))
		ok = key_secret(j);
	else if (vector_has(j->v, "pkcs8"))
		ok = codec_pkey_from_pkcs8(vector_bytes(j->v, "pkcs8"), &pkey) == CKR_OK &&
		     key_half(pkey, CKO_PRIVATE_KEY, &j->key) &&
		     key_half(pkey, CKO_PUBLIC_KEY, &j->public_);
	else if (vector_has(j->v, "spki"))
		ok = codec_pkey_from_spki(spki, &pkey) == CKR_OK &&
		     key_half(pkey, CKO_PUBLIC_KEY, &j->public_);
	if (ok && j->public_ == NULL && j->key != NULL)
		j->public_ = key_ref(j->key);
	return check(j, ok, "the key can be had");
}

/* ---- verbs ---- */

/* Pieces of growing odd lengths. */
static CK_RV feed(struct op_slot *s, struct bytes in, CK_ULONG *out_len)
{
	size_t done = 0, piece = 1;

	*out_len = 0;
	while (done < in.len) {
		size_t n = in.len - done < piece ? in.len - done : piece;
		CK_ULONG got = OUT_MAX - *out_len;
		CK_RV rv = op_update(s, BYTES(in.ptr + done, n), out_buf + *out_len, &got);

		if (rv != CKR_OK)
			return rv;
		if (s->op == NULL)
			return CKR_GENERAL_ERROR;
		*out_len += got;
		done += n;
		piece = piece * 2 + 1;
	}
	return CKR_OK;
}

/* Into out_buf. Update's answers of sign and digest are not counted: they leave `got` as it was. */
static CK_RV transform(
	const struct job *j, enum op_verb verb, struct key *key, struct bytes in, CK_ULONG *ret)
{
	bool gives = verb == OP_ENCRYPT || verb == OP_DECRYPT;
	struct op_slot s = {0};
	CK_ULONG len = 0, last = 0;
	CK_RV rv;

	rv = op_init(&s, verb, &j->mech, key);
	if (rv == CKR_OK && !j->parts) {
		len = OUT_MAX;
		rv = op_oneshot(&s, in, out_buf, &len);
	} else if (rv == CKR_OK) {
		rv = feed(&s, in, &len);
		len = gives ? len : 0;
		last = OUT_MAX - len;
		if (rv == CKR_OK)
			rv = op_final(&s, out_buf + len, &last);
		len += last;
	}
	if (op_active(&s))
		rv = CKR_OPERATION_ACTIVE; /* whatever it said, it must have ended */
	op_slot_done(&s);
	*ret = len;
	return rv;
}

static CK_RV verify(const struct job *j, struct bytes in, struct bytes signature)
{
	struct op_slot s = {0};
	CK_ULONG none = 0;
	CK_RV rv = op_init(&s, OP_VERIFY, &j->mech, j->public_);

	if (rv == CKR_OK && !j->parts)
		rv = op_verify(&s, in, signature);
	else if (rv == CKR_OK && (rv = feed(&s, in, &none)) == CKR_OK)
		rv = op_verify_final(&s, signature);
	op_slot_done(&s);
	return rv;
}

static void verify_changed(const struct job *j, struct bytes in, struct bytes signature)
{
	BUF(changed);

	if (signature.len == 0 || buf_put(&changed, signature).code != E_OK)
		return;
	changed.ptr[signature.len / 2] ^= 1;
	check(j, verify(j, in, buf_bytes(&changed)) == CKR_SIGNATURE_INVALID,
		"a signature with a changed bit is refused");
}

static bool only(const struct job *j, const char *word)
{
	const char *text = vector_text(j->v, "only");

	return text == NULL || strcmp(text, word) == 0;
}

static void job_sign(const struct job *j, struct bytes in, struct bytes out)
{
	CK_ULONG len = 0;

	if (vector_has(j->v, "only") && only(j, "round-trip")) {
		BUF(signature);

		if (check(j, transform(j, OP_SIGN, j->key, in, &len) == CKR_OK, "signs") &&
			buf_put(&signature, BYTES(out_buf, len)).code == E_OK) {
			check(j, verify(j, in, buf_bytes(&signature)) == CKR_OK,
				"verifies what it signed");
			verify_changed(j, in, buf_bytes(&signature));
		}
		return;
	}
	if (only(j, "sign")) {
		CK_RV rv = transform(j, OP_SIGN, j->key, in, &len);

		check(j, rv == j->want && (rv != CKR_OK || same(out_buf, len, out)), "signs");
	}
	if (only(j, "verify")) {
		check(j, verify(j, in, out) == j->want, "verifies");
		if (j->want == CKR_OK)
			verify_changed(j, in, out);
	}
}

static void job_crypt(const struct job *j, struct bytes in, struct bytes out)
{
	CK_ULONG len = 0;
	CK_RV rv;

	if (vector_has(j->v, "only") && only(j, "round-trip")) {
		BUF(text);

		if (check(j, transform(j, OP_ENCRYPT, j->public_, in, &len) == CKR_OK,
			    "encrypts") &&
			buf_put(&text, BYTES(out_buf, len)).code == E_OK)
			check(j,
				transform(j, OP_DECRYPT, j->key, buf_bytes(&text), &len) ==
						CKR_OK &&
					same(out_buf, len, in),
				"decrypts what it encrypted");
		return;
	}
	if (only(j, "encrypt")) {
		rv = transform(j, OP_ENCRYPT, j->public_, in, &len);
		check(j, rv == j->want && (rv != CKR_OK || same(out_buf, len, out)), "encrypts");
	}
	if (only(j, "decrypt")) {
		rv = transform(j, OP_DECRYPT, j->key, out, &len);
		check(j, rv == j->want && (rv != CKR_OK || same(out_buf, len, in)), "decrypts");
	}
}

static void job_derive(const struct job *j, struct bytes out)
{
	ATTRS(attrs);
	PARAMS(params);
	CK_RV rv = params_read(&j->mech, j->row->params, &params);

	if (rv == CKR_OK)
		rv = attrs_set_ulong(&attrs, CKA_VALUE_LEN, out.len);
	if (rv == CKR_OK)
		rv = attrs_set_ulong(&attrs, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
	if (rv == CKR_OK)
		rv = j->row->run->derive(j->row, &params, j->key, &attrs);
	check(j,
		rv == j->want &&
			(rv != CKR_OK || bytes_eq(attr_bytes(attrs_get(&attrs, CKA_VALUE)), out)),
		"derives");
}

static void job_run(struct job *j)
{
	struct bytes in = vector_bytes(j->v, "in"), out = vector_bytes(j->v, "out");
	CK_ULONG len = 0;

	if ((j->row->ops & CKF_DIGEST) != 0)
		check(j,
			transform(j, OP_DIGEST, NULL, in, &len) == CKR_OK &&
				same(out_buf, len, out),
			"digests");
	if ((j->row->ops & CKF_SIGN) != 0)
		job_sign(j, in, out);
	if ((j->row->ops & CKF_ENCRYPT) != 0)
		job_crypt(j, in, out);
	if ((j->row->ops & CKF_DERIVE) != 0)
		job_derive(j, out);
}

static void record_run(const struct mech *row, struct vector *v)
{
	struct job j = {.row = row, .v = v, .want = rv_by_name(vector_text(v, "result"))};

	job_params(&j);
	if (job_keys(&j)) {
		job_run(&j);
		j.parts = true;
		if ((row->ops & CKF_DERIVE) == 0)
			job_run(&j);
	}
	key_unref(&j.key);
	key_unref(&j.public_);
}

static void row_run(const char *dir, const struct mech *row)
{
	char path[512];
	struct vector v;
	unsigned line = 0, records = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.txt", dir, row->name);
	f = fopen(path, "re");
	if (f == NULL) {
		printf("%s: no file of vectors\n", row->name);
		failures++;
		return;
	}
	while (vector_next(f, &line, &v)) {
		record_run(row, &v);
		vector_done(&v);
		records++;
	}
	fclose(f);
	if (records == 0) {
		printf("%s: no vector in it\n", path);
		failures++;
	}
}

static void strangers(const char *dir)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d != NULL && (e = readdir(d)) != NULL) {
		char *dot = strstr(e->d_name, ".txt");

		if (dot == NULL)
			continue;
		*dot = '\0';
		if (row_by_name(e->d_name) == NULL) {
			printf("%s.txt: no such row\n", e->d_name);
			failures++;
		}
	}
	if (d != NULL)
		closedir(d);
}

#define VECTOR_OPS (CKF_DIGEST | CKF_SIGN | CKF_VERIFY | CKF_ENCRYPT | CKF_DECRYPT | CKF_DERIVE)

int main(int argc, char **argv)
{
	const struct mech *row;
	unsigned rows = 0;

	if (argc < 2)
		return 2;
	for (size_t i = 0; (row = mech_nth(i)) != NULL; i++) {
		if ((row->ops & VECTOR_OPS) == 0 || (argc > 2 && strcmp(argv[2], row->name) != 0))
			continue;
		row_run(argv[1], row);
		rows++;
	}
	strangers(argv[1]);
	ossl_done();
	printf("%u rows, %u checks, %u failed\n", rows, checks, failures);
	return rows > 0 && failures == 0 ? 0 : 1;
}
