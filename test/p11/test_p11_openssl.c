/* SPDX-License-Identifier: BSD-2-Clause */
/* The module against the openssl command, in both directions: keys come from there wrapped, what is
 * signed or encrypted here is verified or decrypted there, and the reverse, for every hash. */
#include "p11.h"

#include <stdarg.h>
#include <stdlib.h>

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_OBJECT_CLASS secret = CKO_SECRET_KEY, private_key = CKO_PRIVATE_KEY,
		       public_key = CKO_PUBLIC_KEY;
static CK_KEY_TYPE aes = CKK_AES, generic = CKK_GENERIC_SECRET;
static CK_BYTE wrapping_value[32] = "0123456789abcdef0123456789abcde", iv[16] = "an iv of 16 byt";
static CK_BYTE text[] = "what is signed and encrypted";

#define TEXT_LEN (sizeof(text) - 1)
struct bench {
	struct world *w;
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE wrapping, private_, public_;
};

struct data {
	CK_BYTE bytes[4096];
	CK_ULONG len;
};

/* ---- files and commands in the test's directory ---- */

static FILE *file_of(const struct bench *b, const char *name, const char *mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", b->w->dir.path, name);
	return fopen(path, mode);
}

static void put_file(const struct bench *b, const char *name, const void *bytes, size_t len)
{
	FILE *f = file_of(b, name, "w");

	CHECK(f != NULL && fwrite(bytes, 1, len, f) == len);
	CHECK(f != NULL && fclose(f) == 0);
}

static struct data get_file(const struct bench *b, const char *name)
{
	struct data d = {.len = 0};
	FILE *f = file_of(b, name, "r");

	if (CHECK(f != NULL)) {
		d.len = fread(d.bytes, 1, sizeof(d.bytes), f);
		fclose(f);
	}
	return d;
}

static bool openssl(const struct bench *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static bool openssl(const struct bench *b, const char *format, ...)
{
	char arguments[1024], command[2048];
	va_list ap;
	int status;

	va_start(ap, format);
	vsnprintf(arguments, sizeof(arguments), format, ap);
	va_end(ap);
	snprintf(command, sizeof(command),
		"cd %s && rm -f out && OPENSSL_CONF=/dev/null openssl %s >said 2>&1",
		b->w->dir.path, arguments);
	status = system(command);
	if (status != 0)
		printf("openssl %s: status %d\n", arguments, status);
	return status == 0;
}

/* ---- keys ---- */

static CK_OBJECT_HANDLE wrapping_key(CK_SESSION_HANDLE s)
{
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, aes),
		ATTR(CKA_VALUE, wrapping_value), ATTR(CKA_WRAP, yes), ATTR(CKA_UNWRAP, yes),
		ATTR(CKA_EXTRACTABLE, yes)};
	CK_OBJECT_HANDLE o = 0;

	CHECK_RV(p11->C_CreateObject(s, t, ARRAY_LEN(t), &o), CKR_OK);
	return o;
}

static const char *hex(const CK_BYTE *bytes, size_t len)
{
	static char out[2][65];
	static unsigned turn;
	char *text_of = out[turn++ % 2];

	for (size_t i = 0; i < len && i < 32; i++)
		snprintf(text_of + 2 * i, 3, "%02x", bytes[i]);
	return text_of;
}

/* The public half, of what the private one shows. */
static CK_OBJECT_HANDLE public_of(const struct bench *b, CK_KEY_TYPE type)
{
	CK_BYTE one[1024], two[1024];
	bool is_rsa = type == CKK_RSA;
	CK_ATTRIBUTE t[] = {{is_rsa ? CKA_MODULUS : CKA_EC_PARAMS, one, sizeof(one)},
		{is_rsa ? CKA_PUBLIC_EXPONENT : CKA_EC_POINT, two, sizeof(two)},
		ATTR(CKA_CLASS, public_key), ATTR(CKA_KEY_TYPE, type)};
	CK_OBJECT_HANDLE o = 0;

	CHECK_RV(p11->C_GetAttributeValue(b->s, b->private_, t, 2), CKR_OK);
	CHECK_RV(p11->C_CreateObject(b->s, t, ARRAY_LEN(t), &o), CKR_OK);
	return o;
}

/* genpkey there, encrypted there, unwrapped here: key.pem and pub.pem are left. */
static void key_from_there(struct bench *b, CK_KEY_TYPE type, const char *genpkey)
{
	CK_MECHANISM cbc = {CKM_AES_CBC_PAD, iv, sizeof(iv)};
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, private_key), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_EXTRACTABLE, yes), ATTR(CKA_SENSITIVE, no), ATTR(CKA_DERIVE, yes)};
	struct data blob;

	CHECK(openssl(b, "genpkey %s -out key.pem", genpkey));
	CHECK(openssl(b, "pkey -in key.pem -pubout -out pub.pem"));
	CHECK(openssl(b, "pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der"));
	CHECK(openssl(b, "enc -aes-256-cbc -K %s -iv %s -in key.der -out key.enc",
		hex(wrapping_value, sizeof(wrapping_value)), hex(iv, sizeof(iv))));
	blob = get_file(b, "key.enc");
	CHECK_RV(p11->C_UnwrapKey(b->s, &cbc, b->wrapping, blob.bytes, blob.len, t, ARRAY_LEN(t),
			 &b->private_),
		CKR_OK);
	b->public_ = public_of(b, type);
	put_file(b, "text", text, TEXT_LEN);
}

/* And back: what is wrapped here is the same key there. */
static void key_goes_back(const struct bench *b)
{
	CK_MECHANISM cbc = {CKM_AES_CBC_PAD, iv, sizeof(iv)};
	struct data blob = {.len = sizeof(blob.bytes)}, there, back;

	CHECK_RV(p11->C_WrapKey(b->s, &cbc, b->wrapping, b->private_, blob.bytes, &blob.len),
		CKR_OK);
	put_file(b, "back.enc", blob.bytes, blob.len);
	CHECK(openssl(b, "enc -d -aes-256-cbc -K %s -iv %s -in back.enc -out back.der",
		hex(wrapping_value, sizeof(wrapping_value)), hex(iv, sizeof(iv))));
	CHECK(openssl(b, "pkey -inform DER -in back.der -out back.pem"));
	there = get_file(b, "key.pem");
	back = get_file(b, "back.pem");
	CHECK(there.len > 0 && there.len == back.len &&
		memcmp(there.bytes, back.bytes, there.len) == 0);
}

/* ---- signatures ---- */

static struct data sign_here(const struct bench *b, CK_MECHANISM *m)
{
	struct data d = {.len = sizeof(d.bytes)};

	CHECK_RV(p11->C_SignInit(b->s, m, b->private_), CKR_OK);
	CHECK_RV(p11->C_Sign(b->s, text, TEXT_LEN, d.bytes, &d.len), CKR_OK);
	return d;
}

static CK_RV verify_here(const struct bench *b, CK_MECHANISM *m, struct data *signature)
{
	P11_TRY(p11->C_VerifyInit(b->s, m, b->public_));
	return p11->C_Verify(b->s, text, TEXT_LEN, signature->bytes, signature->len);
}

/* options: of openssl dgst */
static void both_ways(const struct bench *b, CK_MECHANISM *m, const char *options)
{
	struct data signature = sign_here(b, m);

	put_file(b, "sig", signature.bytes, signature.len);
	CHECK(openssl(b, "dgst %s -verify pub.pem -signature sig text", options));
	CHECK(openssl(b, "dgst %s -sign key.pem -out out text", options));
	signature = get_file(b, "out");
	CHECK_RV(verify_here(b, m, &signature), CKR_OK);
	signature.bytes[signature.len / 2] ^= 1;
	CHECK_RV(verify_here(b, m, &signature), CKR_SIGNATURE_INVALID);
}

struct hash {
	const char *name;
	CK_MECHANISM_TYPE hash, pkcs1, pss, ecdsa, mgf;
	CK_ULONG len;
};

static const struct hash hashes[] = {
	{"sha1", CKM_SHA_1, CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, CKM_ECDSA_SHA1, CKG_MGF1_SHA1,
		20},
	{"sha224", CKM_SHA224, CKM_SHA224_RSA_PKCS, CKM_SHA224_RSA_PKCS_PSS, CKM_ECDSA_SHA224,
		CKG_MGF1_SHA224, 28},
	{"sha256", CKM_SHA256, CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS, CKM_ECDSA_SHA256,
		CKG_MGF1_SHA256, 32},
	{"sha384", CKM_SHA384, CKM_SHA384_RSA_PKCS, CKM_SHA384_RSA_PKCS_PSS, CKM_ECDSA_SHA384,
		CKG_MGF1_SHA384, 48},
	{"sha512", CKM_SHA512, CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS, CKM_ECDSA_SHA512,
		CKG_MGF1_SHA512, 64},
	{"sha3-224", CKM_SHA3_224, CKM_SHA3_224_RSA_PKCS, CKM_SHA3_224_RSA_PKCS_PSS,
		CKM_ECDSA_SHA3_224, CKG_MGF1_SHA3_224, 28},
	{"sha3-256", CKM_SHA3_256, CKM_SHA3_256_RSA_PKCS, CKM_SHA3_256_RSA_PKCS_PSS,
		CKM_ECDSA_SHA3_256, CKG_MGF1_SHA3_256, 32},
	{"sha3-384", CKM_SHA3_384, CKM_SHA3_384_RSA_PKCS, CKM_SHA3_384_RSA_PKCS_PSS,
		CKM_ECDSA_SHA3_384, CKG_MGF1_SHA3_384, 48},
	{"sha3-512", CKM_SHA3_512, CKM_SHA3_512_RSA_PKCS, CKM_SHA3_512_RSA_PKCS_PSS,
		CKM_ECDSA_SHA3_512, CKG_MGF1_SHA3_512, 64},
};

#define BENCH(name)                                   \
	WORLD(name##_world);                          \
	struct bench name = {.w = &name##_world};     \
	CHECK_RV(world_token(&name##_world), CKR_OK); \
	name.s = world_rw(&name##_world);             \
	CHECK_RV(p11_login(name.s), CKR_OK);          \
	name.wrapping = wrapping_key(name.s)

static void rsa_signatures(void)
{
	BENCH(b);

	key_from_there(&b, CKK_RSA, "-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
	for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
		const struct hash *h = &hashes[i];
		CK_RSA_PKCS_PSS_PARAMS pss = {h->hash, h->mgf, h->len};
		char options[128];

		snprintf(options, sizeof(options), "-%s", h->name);
		both_ways(&b, MECH(h->pkcs1), options);
		for (pss.sLen = 0; pss.sLen <= h->len; pss.sLen += h->len) {
			snprintf(options, sizeof(options),
				"-%s -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:%lu",
				h->name, pss.sLen);
			both_ways(&b, &(CK_MECHANISM){h->pss, &pss, sizeof(pss)}, options);
		}
	}
	key_goes_back(&b);
}

/* ---- ECDSA: there it is DER ---- */

static CK_ULONG put_integer(CK_BYTE *out, const CK_BYTE *number, CK_ULONG len)
{
	CK_ULONG pad;

	while (len > 1 && number[0] == 0) {
		number++;
		len--;
	}
	pad = number[0] >> 7;
	out[0] = 0x02;
	out[1] = (CK_BYTE) (len + pad);
	out[2] = 0;
	memcpy(out + 2 + pad, number, len);
	return 2 + pad + len;
}

static struct data der_of(const struct data *raw)
{
	CK_BYTE body[160];
	CK_ULONG half = raw->len / 2, len = put_integer(body, raw->bytes, half), at = 0;
	struct data d;

	len += put_integer(body + len, raw->bytes + half, half);
	d.bytes[at++] = 0x30;
	if (len >= 0x80)
		d.bytes[at++] = 0x81;
	d.bytes[at++] = (CK_BYTE) len;
	memcpy(d.bytes + at, body, len);
	d.len = at + len;
	return d;
}

static CK_ULONG get_integer(const CK_BYTE *in, CK_BYTE *out, CK_ULONG half)
{
	CK_ULONG len = in[1], skip = len > half ? len - half : 0;

	memset(out, 0, half);
	memcpy(out + half - (len - skip), in + 2 + skip, len - skip);
	return 2 + len;
}

static struct data raw_of(const struct data *der, CK_ULONG half)
{
	CK_ULONG at = der->bytes[1] == 0x81 ? 3 : 2;
	struct data d = {.len = 2 * half};

	at += get_integer(der->bytes + at, d.bytes, half);
	get_integer(der->bytes + at, d.bytes + half, half);
	return d;
}

static void ecdsa_both_ways(const struct bench *b, CK_MECHANISM *m, const char *hash, CK_ULONG half)
{
	struct data signature = sign_here(b, m), der;

	CHECK_EQ(signature.len, 2 * half);
	der = der_of(&signature);
	put_file(b, "sig", der.bytes, der.len);
	CHECK(openssl(b, "dgst -%s -verify pub.pem -signature sig text", hash));
	CHECK(openssl(b, "dgst -%s -sign key.pem -out out text", hash));
	der = get_file(b, "out");
	signature = raw_of(&der, half);
	CHECK_RV(verify_here(b, m, &signature), CKR_OK);
	signature.bytes[0] ^= 1;
	CHECK_RV(verify_here(b, m, &signature), CKR_SIGNATURE_INVALID);
}

static void ecdsa_signatures(void)
{
	static const struct {
		const char *curve;
		CK_ULONG half;
	} curves[] = {{"P-256", 32}, {"P-384", 48}, {"P-521", 66}};
	BENCH(b);

	for (size_t c = 0; c < ARRAY_LEN(curves); c++) {
		char genpkey[128];

		snprintf(genpkey, sizeof(genpkey), "-algorithm EC -pkeyopt ec_paramgen_curve:%s",
			curves[c].curve);
		key_from_there(&b, CKK_EC, genpkey);
		for (size_t i = 0; i < ARRAY_LEN(hashes); i++)
			ecdsa_both_ways(&b, MECH(hashes[i].ecdsa), hashes[i].name, curves[c].half);
		key_goes_back(&b);
	}
}

static void eddsa_signatures(void)
{
	static const char *const algorithms[] = {"ED25519", "ED448"};
	BENCH(b);

	for (size_t i = 0; i < 2; i++) {
		struct data signature;
		char genpkey[64];

		snprintf(genpkey, sizeof(genpkey), "-algorithm %s", algorithms[i]);
		key_from_there(&b, CKK_EC_EDWARDS, genpkey);
		signature = sign_here(&b, MECH(CKM_EDDSA));
		put_file(&b, "sig", signature.bytes, signature.len);
		CHECK(openssl(
			&b, "pkeyutl -verify -rawin -pubin -inkey pub.pem -in text -sigfile sig"));
		CHECK(openssl(&b, "pkeyutl -sign -rawin -inkey key.pem -in text -out out"));
		signature = get_file(&b, "out");
		CHECK_RV(verify_here(&b, MECH(CKM_EDDSA), &signature), CKR_OK);
		key_goes_back(&b);
	}
}

/* ---- encryption ---- */

static void crypt_both_ways(const struct bench *b, CK_MECHANISM *m, const char *options)
{
	struct data d = {.len = sizeof(d.bytes)}, plain = {.len = sizeof(plain.bytes)};

	CHECK_RV(p11->C_EncryptInit(b->s, m, b->public_), CKR_OK);
	CHECK_RV(p11->C_Encrypt(b->s, text, TEXT_LEN, d.bytes, &d.len), CKR_OK);
	put_file(b, "cipher", d.bytes, d.len);
	CHECK(openssl(b, "pkeyutl -decrypt -inkey key.pem %s -in cipher -out out", options));
	d = get_file(b, "out");
	CHECK(d.len == TEXT_LEN && memcmp(d.bytes, text, TEXT_LEN) == 0);
	CHECK(openssl(b, "pkeyutl -encrypt -pubin -inkey pub.pem %s -in text -out out", options));
	d = get_file(b, "out");
	CHECK_RV(p11->C_DecryptInit(b->s, m, b->private_), CKR_OK);
	CHECK_RV(p11->C_Decrypt(b->s, d.bytes, d.len, plain.bytes, &plain.len), CKR_OK);
	CHECK(plain.len == TEXT_LEN && memcmp(plain.bytes, text, TEXT_LEN) == 0);
}

static void rsa_encryption(void)
{
	CK_BYTE label[] = {0x01, 0x02, 0xff};
	BENCH(b);

	key_from_there(&b, CKK_RSA, "-algorithm RSA -pkeyopt rsa_keygen_bits:3072");
	crypt_both_ways(&b, MECH(CKM_RSA_PKCS), "-pkeyopt rsa_padding_mode:pkcs1");
	for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
		CK_RSA_PKCS_OAEP_PARAMS oaep = {
			hashes[i].hash, hashes[i].mgf, CKZ_DATA_SPECIFIED, label, sizeof(label)};
		CK_MECHANISM m = {CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep)};
		char options[256];

		snprintf(options, sizeof(options),
			"-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:%s "
			"-pkeyopt rsa_mgf1_md:%s -pkeyopt rsa_oaep_label:0102ff",
			hashes[i].name, hashes[i].name);
		crypt_both_ways(&b, &m, options);
	}
}

/* ---- agreement ---- */

static void agree(struct bench *b, CK_KEY_TYPE type, const char *genpkey, CK_ULONG point_len)
{
	CK_ECDH1_DERIVE_PARAMS params = {CKD_NULL, 0, NULL, point_len, NULL};
	CK_MECHANISM m = {CKM_ECDH1_DERIVE, &params, sizeof(params)};
	CK_ATTRIBUTE t[] = {ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, generic),
		ATTR(CKA_SENSITIVE, no), ATTR(CKA_EXTRACTABLE, yes)};
	struct data spki, shared, here = {.len = sizeof(here.bytes)};
	CK_ATTRIBUTE get = {CKA_VALUE, here.bytes, sizeof(here.bytes)};
	CK_OBJECT_HANDLE o = 0;

	key_from_there(b, type, genpkey);
	CHECK(openssl(b, "genpkey %s -out peer.pem", genpkey));
	CHECK(openssl(b, "pkey -in peer.pem -pubout -outform DER -out peer.der"));
	CHECK(openssl(b, "pkeyutl -derive -inkey peer.pem -peerkey pub.pem -out shared"));
	spki = get_file(b, "peer.der");
	shared = get_file(b, "shared");
	params.pPublicData = spki.bytes + spki.len - point_len; /* its last field */
	CHECK_RV(p11->C_DeriveKey(b->s, &m, b->private_, t, ARRAY_LEN(t), &o), CKR_OK);
	CHECK_RV(p11->C_GetAttributeValue(b->s, o, &get, 1), CKR_OK);
	CHECK(get.ulValueLen == shared.len && memcmp(here.bytes, shared.bytes, shared.len) == 0);
}

static void agreements(void)
{
	BENCH(b);

	agree(&b, CKK_EC, "-algorithm EC -pkeyopt ec_paramgen_curve:P-256", 65);
	agree(&b, CKK_EC, "-algorithm EC -pkeyopt ec_paramgen_curve:P-384", 97);
	agree(&b, CKK_EC, "-algorithm EC -pkeyopt ec_paramgen_curve:P-521", 133);
	agree(&b, CKK_EC, "-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1", 65);
	agree(&b, CKK_EC_MONTGOMERY, "-algorithm X25519", 32);
	agree(&b, CKK_EC_MONTGOMERY, "-algorithm X448", 56);
}

static const struct test tests[] = {
	TEST(rsa_signatures),
	TEST(ecdsa_signatures),
	TEST(eddsa_signatures),
	TEST(rsa_encryption),
	TEST(agreements),
};

TEST_MAIN(tests)
