/* SPDX-License-Identifier: BSD-2-Clause */
/* One row per attribute and kind of object (PKCS #11 4.4 to 4.10, and what each key type's chapter
 * says of its attributes). Why the defaults are what they are: docs/decisions, "Key rules". */
#include "rules_rows.h"

/* when it may be given, when it is needed */
#define C   (1u << RULES_CREATE)
#define G   (1u << RULES_GENERATE)
#define U   (1u << RULES_UNWRAP)
#define D   (1u << RULES_DERIVE)
#define ALL (C | G | U | D)
#define ANY (ALL | 1u << RULES_COPY)

/* classes */
#define STORED (RULE_DATA | RULE_CERT | KEYS | RULE_DOMAIN)
#define KEYS   (RULE_PUB | RULE_PRIV | RULE_SECRET)
#define HIDDEN (RULE_PRIV | RULE_SECRET)
#define PAIR   (RULE_PUB | RULE_PRIV)
/* key types */
#define CURVES  (RULE_EC | RULE_ED | RULE_MONT)
#define SIGNS   (RULE_RSA | RULE_EC | RULE_ED)
#define BYTEKEY (RULE_AES | RULE_MAC | RULE_HKDF)

/* NSS gives it for certificates with a mail address, and takes a refusal for the certificate's. */
#define CKA_NSS_EMAIL (CKA_VENDOR_DEFINED | 0x4e534352UL)

/* clang-format off */
const struct attr_rule attr_rules[] = {
	/* type                       classes      keys       kind         give     need change            default */
	{CKA_CLASS,                   STORED,      0,         ATTR_ULONG,  ALL,     ANY, CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_TOKEN,                   STORED,      0,         ATTR_BOOL,   ALL,     ANY, CHANGE_COPY,      DEF_FALSE,  false, false},
	{CKA_PRIVATE,                 STORED,      0,         ATTR_BOOL,   ALL,     ANY, CHANGE_COPY_UP,   DEF_RULES,  false, false},
	{CKA_LABEL,                   STORED,      0,         ATTR_BYTES,  ALL,     ANY, CHANGE_FREE,      DEF_EMPTY,  false, false},
	{CKA_UNIQUE_ID,               STORED,      0,         ATTR_BYTES,  0,       0,   CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_APPLICATION,             RULE_DATA,   0,         ATTR_BYTES,  C,       ANY, CHANGE_NO,        DEF_EMPTY,  false, false},
	{CKA_VALUE,                   RULE_DATA,   0,         ATTR_BYTES,  C,       ANY, CHANGE_NO,        DEF_EMPTY,  false, true},
	{CKA_VALUE,                   RULE_CERT,   0,         ATTR_BYTES,  C,       0,   CHANGE_NO,        DEF_EMPTY,  false, true},
	{CKA_VALUE,                   RULE_PRIV,   CURVES,    ATTR_BYTES,  C,       ANY, CHANGE_NO,        DEF_ABSENT, true,  false},
	{CKA_VALUE,                   RULE_SECRET, 0,         ATTR_BYTES,  C,       ANY, CHANGE_NO,        DEF_ABSENT, true,  false},
	{CKA_OBJECT_ID,               RULE_DATA,   0,         ATTR_BYTES,  C,       ANY, CHANGE_NO,        DEF_EMPTY,  false, false},
	{CKA_CERTIFICATE_TYPE,        RULE_CERT,   0,         ATTR_ULONG,  C,       ANY, CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_ISSUER,                  RULE_CERT,   0,         ATTR_BYTES,  C,       ANY, CHANGE_FREE,      DEF_EMPTY,  false, false},
	{CKA_SERIAL_NUMBER,           RULE_CERT,   0,         ATTR_BYTES,  C,       ANY, CHANGE_FREE,      DEF_EMPTY,  false, false},
	{CKA_TRUSTED,                 RULE_CERT | RULE_PUB | RULE_SECRET, 0, ATTR_BOOL, ALL, ANY, CHANGE_SO, DEF_FALSE, false, false},
	{CKA_CERTIFICATE_CATEGORY,    RULE_CERT,   0,         ATTR_ULONG,  C,       ANY, CHANGE_NO,        DEF_ZERO,   false, false},
	{CKA_JAVA_MIDP_SECURITY_DOMAIN, RULE_CERT, 0,         ATTR_ULONG,  C,       ANY, CHANGE_NO,        DEF_ZERO,   false, false},
	{CKA_URL,                     RULE_CERT,   0,         ATTR_BYTES,  C,       ANY, CHANGE_NO,        DEF_EMPTY,  false, false},
	{CKA_HASH_OF_SUBJECT_PUBLIC_KEY, RULE_CERT, 0,        ATTR_BYTES,  C,       ANY, CHANGE_NO,        DEF_EMPTY,  false, false},
	{CKA_HASH_OF_ISSUER_PUBLIC_KEY, RULE_CERT, 0,         ATTR_BYTES,  C,       ANY, CHANGE_NO,        DEF_EMPTY,  false, false},
	{CKA_NAME_HASH_ALGORITHM,     RULE_CERT,   0,         ATTR_ULONG,  C,       0,   CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_CHECK_VALUE,             RULE_CERT,   0,         ATTR_BYTES,  C,       0,   CHANGE_NO,        DEF_RULES,  false, false},
	{CKA_CHECK_VALUE,             RULE_SECRET, 0,         ATTR_BYTES,  ALL,     0,   CHANGE_NO,        DEF_RULES,  false, false},
	{CKA_KEY_TYPE,                KEYS | RULE_DOMAIN, 0,  ATTR_ULONG,  ALL,     ANY, CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_SUBJECT,                 RULE_CERT,   0,         ATTR_BYTES,  C,       C,   CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_SUBJECT,                 PAIR,        0,         ATTR_BYTES,  ALL,     ANY, CHANGE_FREE,      DEF_EMPTY,  false, false},
	{CKA_ID,                      RULE_CERT | KEYS, 0,    ATTR_BYTES,  ALL,     ANY, CHANGE_FREE,      DEF_EMPTY,  false, false},
	{CKA_SENSITIVE,               HIDDEN,      0,         ATTR_BOOL,   ALL,     ANY, CHANGE_UP,        DEF_RULES,  false, false},
	{CKA_ENCRYPT,                 RULE_PUB,    RULE_RSA,  ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_TRUE,   false, false},
	{CKA_ENCRYPT,                 RULE_PUB,    CURVES,    ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_FALSE,  false, false},
	{CKA_ENCRYPT,                 RULE_SECRET, 0,         ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_RULES,  false, false},
	{CKA_DECRYPT,                 RULE_PRIV,   RULE_RSA,  ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_TRUE,   false, false},
	{CKA_DECRYPT,                 RULE_PRIV,   CURVES,    ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_FALSE,  false, false},
	{CKA_DECRYPT,                 RULE_SECRET, 0,         ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_RULES,  false, false},
	{CKA_WRAP,                    RULE_PUB | RULE_SECRET, 0, ATTR_BOOL, ALL,    ANY, CHANGE_FREE,      DEF_FALSE,  false, false},
	{CKA_UNWRAP,                  HIDDEN,      0,         ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_FALSE,  false, false},
	{CKA_SIGN,                    RULE_PRIV,   SIGNS,     ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_TRUE,   false, false},
	{CKA_SIGN,                    RULE_PRIV,   RULE_MONT, ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_FALSE,  false, false},
	{CKA_SIGN,                    RULE_SECRET, RULE_AES | RULE_MAC, ATTR_BOOL, ALL, ANY, CHANGE_FREE,  DEF_TRUE,   false, false},
	{CKA_SIGN,                    RULE_SECRET, RULE_HKDF, ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_FALSE,  false, false},
	{CKA_SIGN_RECOVER,            RULE_PRIV,   RULE_RSA,  ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_TRUE,   false, false},
	{CKA_SIGN_RECOVER,            RULE_PRIV,   CURVES,    ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_FALSE,  false, false},
	{CKA_VERIFY,                  RULE_PUB,    SIGNS,     ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_TRUE,   false, false},
	{CKA_VERIFY,                  RULE_PUB,    RULE_MONT, ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_FALSE,  false, false},
	{CKA_VERIFY,                  RULE_SECRET, RULE_AES | RULE_MAC, ATTR_BOOL, ALL, ANY, CHANGE_FREE,  DEF_TRUE,   false, false},
	{CKA_VERIFY,                  RULE_SECRET, RULE_HKDF, ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_FALSE,  false, false},
	{CKA_VERIFY_RECOVER,          RULE_PUB,    RULE_RSA,  ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_TRUE,   false, false},
	{CKA_VERIFY_RECOVER,          RULE_PUB,    CURVES,    ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_FALSE,  false, false},
	{CKA_DERIVE,                  PAIR,        RULE_MONT, ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_TRUE,   false, false},
	{CKA_DERIVE,                  PAIR,        SIGNS,     ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_FALSE,  false, false},
	{CKA_DERIVE,                  RULE_SECRET, RULE_HKDF, ATTR_BOOL,   ALL,     ANY, CHANGE_FREE,      DEF_TRUE,   false, false},
	{CKA_DERIVE,                  RULE_SECRET, RULE_AES | RULE_MAC, ATTR_BOOL, ALL, ANY, CHANGE_FREE,  DEF_FALSE,  false, false},
	{CKA_START_DATE,              RULE_CERT,   0,         ATTR_DATE,   C,       ANY, CHANGE_NO,        DEF_EMPTY,  false, false},
	{CKA_START_DATE,              KEYS,        0,         ATTR_DATE,   ALL,     ANY, CHANGE_FREE,      DEF_EMPTY,  false, false},
	{CKA_END_DATE,                RULE_CERT,   0,         ATTR_DATE,   C,       ANY, CHANGE_NO,        DEF_EMPTY,  false, false},
	{CKA_END_DATE,                KEYS,        0,         ATTR_DATE,   ALL,     ANY, CHANGE_FREE,      DEF_EMPTY,  false, false},
	{CKA_MODULUS,                 PAIR,        RULE_RSA,  ATTR_BIGNUM, C,       ANY, CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_MODULUS_BITS,            RULE_PUB,    RULE_RSA,  ATTR_ULONG,  G,       ANY, CHANGE_NO,        DEF_RULES,  false, false},
	{CKA_PUBLIC_EXPONENT,         RULE_PUB,    RULE_RSA,  ATTR_BIGNUM, C | G,   ANY, CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_PUBLIC_EXPONENT,         RULE_PRIV,   RULE_RSA,  ATTR_BIGNUM, C,       0,   CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_PRIVATE_EXPONENT,        RULE_PRIV,   RULE_RSA,  ATTR_BIGNUM, C,       ANY, CHANGE_NO,        DEF_ABSENT, true,  false},
	{CKA_PRIME_1,                 RULE_PRIV,   RULE_RSA,  ATTR_BIGNUM, C,       0,   CHANGE_NO,        DEF_ABSENT, true,  false},
	{CKA_PRIME_2,                 RULE_PRIV,   RULE_RSA,  ATTR_BIGNUM, C,       0,   CHANGE_NO,        DEF_ABSENT, true,  false},
	{CKA_EXPONENT_1,              RULE_PRIV,   RULE_RSA,  ATTR_BIGNUM, C,       0,   CHANGE_NO,        DEF_ABSENT, true,  false},
	{CKA_EXPONENT_2,              RULE_PRIV,   RULE_RSA,  ATTR_BIGNUM, C,       0,   CHANGE_NO,        DEF_ABSENT, true,  false},
	{CKA_COEFFICIENT,             RULE_PRIV,   RULE_RSA,  ATTR_BIGNUM, C,       0,   CHANGE_NO,        DEF_ABSENT, true,  false},
	{CKA_PUBLIC_KEY_INFO,         RULE_CERT | PAIR, 0,    ATTR_BYTES,  C,       ANY, CHANGE_NO,        DEF_EMPTY,  false, false},
	{CKA_PRIME,                   RULE_DOMAIN, 0,         ATTR_BIGNUM, C,       ANY, CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_SUBPRIME,                RULE_DOMAIN, RULE_DSA,  ATTR_BIGNUM, C,       ANY, CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_BASE,                    RULE_DOMAIN, 0,         ATTR_BIGNUM, C,       ANY, CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_VALUE_LEN,               RULE_SECRET, 0,         ATTR_ULONG,  G|U|D,   ANY, CHANGE_NO,        DEF_RULES,  false, false},
	{CKA_EXTRACTABLE,             HIDDEN,      0,         ATTR_BOOL,   ALL,     ANY, CHANGE_DOWN,      DEF_FALSE,  false, false},
	{CKA_LOCAL,                   KEYS | RULE_DOMAIN, 0,  ATTR_BOOL,   0,       ANY, CHANGE_NO,        DEF_RULES,  false, false},
	{CKA_NEVER_EXTRACTABLE,       HIDDEN,      0,         ATTR_BOOL,   0,       ANY, CHANGE_NO,        DEF_RULES,  false, false},
	{CKA_ALWAYS_SENSITIVE,        HIDDEN,      0,         ATTR_BOOL,   0,       ANY, CHANGE_NO,        DEF_RULES,  false, false},
	{CKA_KEY_GEN_MECHANISM,       KEYS,        0,         ATTR_ULONG,  0,       ANY, CHANGE_NO,        DEF_RULES,  false, false},
	{CKA_MODIFIABLE,              STORED,      0,         ATTR_BOOL,   ALL,     ANY, CHANGE_COPY_DOWN, DEF_TRUE,   false, false},
	{CKA_COPYABLE,                STORED,      0,         ATTR_BOOL,   ALL,     ANY, CHANGE_DOWN,      DEF_TRUE,   false, false},
	{CKA_DESTROYABLE,             STORED,      0,         ATTR_BOOL,   ALL,     ANY, CHANGE_DOWN,      DEF_TRUE,   false, false},
	{CKA_EC_PARAMS,               RULE_PUB,    CURVES,    ATTR_BYTES,  C | G,   ANY, CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_EC_PARAMS,               RULE_PRIV,   CURVES,    ATTR_BYTES,  C,       ANY, CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_EC_POINT,                RULE_PUB,    CURVES,    ATTR_BYTES,  C,       ANY, CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_EC_POINT,                RULE_PRIV,   CURVES,    ATTR_BYTES,  C,       0,   CHANGE_NO,        DEF_ABSENT, false, false},
	{CKA_ALWAYS_AUTHENTICATE,     RULE_PRIV,   0,         ATTR_BOOL,   ALL,     ANY, CHANGE_NO,        DEF_FALSE,  false, false},
	{CKA_WRAP_WITH_TRUSTED,       HIDDEN,      0,         ATTR_BOOL,   ALL,     ANY, CHANGE_UP,        DEF_FALSE,  false, false},
	{CKA_ALLOWED_MECHANISMS,      KEYS,        0,         ATTR_MECHS,  ALL,     ANY, CHANGE_NO,        DEF_EMPTY,  false, false},
	{CKA_NSS_EMAIL,               RULE_CERT,   0,         ATTR_BYTES,  C,       0,   CHANGE_FREE,      DEF_ABSENT, false, false},
};
/* clang-format on */
const size_t attr_rules_count = ARRAY_LEN(attr_rules);

static const struct {
	CK_KEY_TYPE type;
	unsigned bit, classes;
} key_types[] = {
	{CKK_RSA, RULE_RSA, PAIR},
	{CKK_EC, RULE_EC, PAIR},
	{CKK_EC_EDWARDS, RULE_ED, PAIR},
	{CKK_EC_MONTGOMERY, RULE_MONT, PAIR},
	{CKK_AES, RULE_AES, RULE_SECRET},
	{CKK_GENERIC_SECRET, RULE_MAC, RULE_SECRET},
	{CKK_SHA_1_HMAC, RULE_MAC, RULE_SECRET},
	{CKK_SHA224_HMAC, RULE_MAC, RULE_SECRET},
	{CKK_SHA256_HMAC, RULE_MAC, RULE_SECRET},
	{CKK_SHA384_HMAC, RULE_MAC, RULE_SECRET},
	{CKK_SHA512_HMAC, RULE_MAC, RULE_SECRET},
	{CKK_SHA512_224_HMAC, RULE_MAC, RULE_SECRET},
	{CKK_SHA512_256_HMAC, RULE_MAC, RULE_SECRET},
	{CKK_SHA3_224_HMAC, RULE_MAC, RULE_SECRET},
	{CKK_SHA3_256_HMAC, RULE_MAC, RULE_SECRET},
	{CKK_SHA3_384_HMAC, RULE_MAC, RULE_SECRET},
	{CKK_SHA3_512_HMAC, RULE_MAC, RULE_SECRET},
	{CKK_HKDF, RULE_HKDF, RULE_SECRET},
	{CKK_DSA, RULE_DSA, RULE_DOMAIN},
	{CKK_DH, RULE_DH, RULE_DOMAIN},
};

bool rules_class_known(CK_OBJECT_CLASS cls)
{
	return cls < 32 && (STORED & 1u << cls) != 0;
}

unsigned rules_key_bit(CK_OBJECT_CLASS cls, CK_KEY_TYPE type)
{
	for (size_t i = 0; i < ARRAY_LEN(key_types); i++)
		if (key_types[i].type == type && cls < 32 && (key_types[i].classes & 1u << cls))
			return key_types[i].bit;
	return 0;
}

/* The first row of a type, or the first one after where it would be. */
static size_t rules_first(CK_ATTRIBUTE_TYPE type)
{
	size_t low = 0, high = attr_rules_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (attr_rules[mid].type < type)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct attr_rule *rules_row(CK_ATTRIBUTE_TYPE type, CK_OBJECT_CLASS cls, unsigned key_bit)
{
	if (cls >= 32)
		return NULL;
	for (size_t i = rules_first(type); i < attr_rules_count && attr_rules[i].type == type;
		i++) {
		const struct attr_rule *r = &attr_rules[i];

		if ((r->classes & 1u << cls) && (r->keys == 0 || (r->keys & key_bit)))
			return r;
	}
	return NULL;
}

enum attr_kind rules_kind(CK_ATTRIBUTE_TYPE type, bool *ret_known)
{
	size_t at = rules_first(type);

	*ret_known = at < attr_rules_count && attr_rules[at].type == type;
	return *ret_known ? attr_rules[at].kind : ATTR_BYTES;
}

bool rules_secret(CK_OBJECT_CLASS cls, CK_KEY_TYPE key_type, bool private_, CK_ATTRIBUTE_TYPE type)
{
	const struct attr_rule *r = rules_row(type, cls, rules_key_bit(cls, key_type));

	return r != NULL && (r->secret || (r->private && private_));
}
