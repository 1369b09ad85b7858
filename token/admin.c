/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects from files. Reads no file itself: libcrypto's objects come in, make_object publishes. */
#include "admin.h"

#include <stdlib.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "buf.h"
#include "ossl.h"

#include "access.h"
#include "codec.h"
#include "keyring.h"
#include "make.h"
#include "object.h"
#include "rv.h"

CK_RV admin_attributes(
	struct token *t, const struct who *who, CK_OBJECT_HANDLE h, struct attrs *ret)
{
	char unique[2 * ID_LEN + 1];
	OBJECT(o);

	RV_TRY(token_object(t, who, h, &o));
	RV_TRY(attrs_copy(&o->attrs, ret));
	if (attrs_get(ret, CKA_TRUSTED) != NULL)
		RV_TRY(attrs_set_bool(ret, CKA_TRUSTED, access_trusted(who, o)));
	bytes_hex(BYTES_OF(o->id), unique);
	return attrs_set(ret, CKA_UNIQUE_ID, bytes_str(unique));
}

static CK_RV sha1(struct bytes data, uint8_t ret[static ADMIN_ID_LEN])
{
	unsigned len = ADMIN_ID_LEN;
	EVP_MD *md = NULL;
	struct err e = ossl_md(MD_SHA1, &md);

	if (e.code != E_OK)
		return rv_from_err(e);
	return EVP_Digest(data.ptr, data.len, ret, &len, md, NULL) == 1 ? CKR_OK
									: CKR_GENERAL_ERROR;
}

/* The subjectPublicKey of a SubjectPublicKeyInfo: SEQUENCE { SEQUENCE algorithm, BIT STRING }. */
static CK_RV spki_bits(struct bytes spki, struct bytes *ret)
{
	const unsigned char *at = spki.ptr;
	const unsigned char *end = spki.ptr + spki.len;
	long len = 0;
	int tag = 0, cls = 0;

	if (ASN1_get_object(&at, &len, &tag, &cls, end - at) & 0x80 || tag != V_ASN1_SEQUENCE)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (ASN1_get_object(&at, &len, &tag, &cls, end - at) & 0x80 || tag != V_ASN1_SEQUENCE)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	at += len;
	if (ASN1_get_object(&at, &len, &tag, &cls, end - at) & 0x80 || tag != V_ASN1_BIT_STRING ||
		len < 1)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	*ret = BYTES(at + 1, (size_t) len - 1); /* without the count of unused bits */
	return CKR_OK;
}

static void handles_done(CK_OBJECT_HANDLE **list)
{
	free(*list);
	*list = NULL;
}

/* The id of the private key, if it is here already and has one. */
static CK_RV id_of_its_key(
	struct token *t, const struct who *who, const EVP_PKEY *pkey, struct admin_import *i)
{
	_cleanup_(handles_done) CK_OBJECT_HANDLE *found = NULL;
	size_t count = 0;
	ATTRS(wanted);
	BUF(spki);

	RV_TRY(codec_spki_from_pkey(pkey, &spki));
	RV_TRY(attrs_set_ulong(&wanted, CKA_CLASS, CKO_PRIVATE_KEY));
	RV_TRY(attrs_set_bool(&wanted, CKA_TOKEN, true));
	RV_TRY(attrs_set(&wanted, CKA_PUBLIC_KEY_INFO, buf_bytes(&spki)));
	RV_TRY(token_find(t, who, &wanted, &found, &count));
	for (size_t n = 0; n < count; n++) {
		struct bytes id;
		OBJECT(o);

		RV_TRY(token_object(t, who, found[n], &o));
		id = attr_bytes(attrs_get(&o->attrs, CKA_ID));
		if (id.len == 0 || id.len > sizeof(i->id))
			continue;
		memcpy(i->id, id.ptr, id.len);
		i->id_len = id.len;
		break;
	}
	return CKR_OK;
}

static CK_RV id_of_key(const EVP_PKEY *pkey, struct admin_import *i)
{
	struct bytes bits;
	BUF(spki);

	RV_TRY(codec_spki_from_pkey(pkey, &spki));
	RV_TRY(spki_bits(buf_bytes(&spki), &bits));
	i->id_len = ADMIN_ID_LEN;
	return sha1(bits, i->id);
}

/* Of a certificate, whatever kind of key it is for. */
static CK_RV id_of_cert(struct token *t, const struct who *who, struct admin_import *i)
{
	const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(i->cert);
	const EVP_PKEY *pkey = X509_get0_pubkey(i->cert);
	CK_KEY_TYPE type;

	if (bits == NULL || bits->length <= 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	RV_TRY(sha1(BYTES(bits->data, (size_t) bits->length), i->id));
	i->id_len = ADMIN_ID_LEN;
	if (pkey != NULL && codec_pkey_type(pkey, &type) == CKR_OK)
		return id_of_its_key(t, who, pkey, i);
	ERR_clear_error();
	return CKR_OK;
}

/* What every imported object says. */
static CK_RV common(const struct admin_import *i, CK_OBJECT_CLASS cls, struct attrs *ret)
{
	RV_TRY(attrs_set_ulong(ret, CKA_CLASS, cls));
	RV_TRY(attrs_set_bool(ret, CKA_TOKEN, true));
	RV_TRY(attrs_set_bool(ret, CKA_PRIVATE, cls == CKO_PRIVATE_KEY));
	RV_TRY(attrs_set(ret, CKA_LABEL, i->label));
	return attrs_set(ret, CKA_ID, BYTES(i->id, i->id_len));
}

struct usage {
	CK_KEY_TYPE type;
	CK_ATTRIBUTE_TYPE private_usage, public_usage;
};

/* What a key may be used for here: all that its algorithm does, but wrapping nothing. */
static const struct usage usages[] = {
	{CKK_RSA, CKA_SIGN, CKA_VERIFY},
	{CKK_RSA, CKA_DECRYPT, CKA_ENCRYPT},
	{CKK_EC, CKA_SIGN, CKA_VERIFY},
	{CKK_EC, CKA_DERIVE, CKA_DERIVE},
	{CKK_EC_EDWARDS, CKA_SIGN, CKA_VERIFY},
	{CKK_EC_MONTGOMERY, CKA_DERIVE, CKA_DERIVE},
};

static CK_RV key_template(const struct admin_import *i, CK_OBJECT_CLASS cls, struct attrs *ret)
{
	CK_KEY_TYPE type = CK_UNAVAILABLE_INFORMATION;

	RV_TRY(codec_attrs_from_pkey(i->pkey, cls, ret));
	RV_TRY(codec_pkey_type(i->pkey, &type));
	RV_TRY(attrs_set_ulong(ret, CKA_KEY_TYPE, type));
	for (size_t u = 0; u < ARRAY_LEN(usages); u++)
		if (usages[u].type == type)
			RV_TRY(attrs_set_bool(ret,
				cls == CKO_PRIVATE_KEY ? usages[u].private_usage
						       : usages[u].public_usage,
				true));
	return common(i, cls, ret);
}

static CK_RV key_make(struct token *t, const struct who *who, struct admin_import *i,
	CK_OBJECT_CLASS cls, CK_OBJECT_HANDLE *ret)
{
	ATTRS(templ);

	RV_TRY(key_template(i, cls, &templ));
	if (cls == CKO_PRIVATE_KEY) {
		RV_TRY(attrs_set_bool(&templ, CKA_SENSITIVE, true));
		RV_TRY(attrs_set_bool(&templ, CKA_EXTRACTABLE, false));
	}
	return make_object(t, who, &templ, ret);
}

static CK_RV handle_remove(struct token *t, const struct who *who, CK_OBJECT_HANDLE h)
{
	OBJECT(o);

	RV_TRY(token_object(t, who, h, &o));
	return token_remove(t, who, o);
}

/* The public key first: alone it harms nobody, should the power go in between. */
static CK_RV pair_make(struct token *t, const struct who *who, struct admin_import *i)
{
	CK_OBJECT_HANDLE public_key = CK_INVALID_HANDLE;
	CK_RV rv, undone;

	RV_TRY(key_make(t, who, i, CKO_PUBLIC_KEY, &public_key));
	rv = key_make(t, who, i, CKO_PRIVATE_KEY, &i->handle);
	if (rv == CKR_OK)
		return CKR_OK;
	undone = handle_remove(t, who, public_key);
	return undone == CKR_OK ? rv : undone;
}

/* The DER of one part of a certificate. */
static CK_RV der_set(struct attrs *a, CK_ATTRIBUTE_TYPE type, unsigned char *der, int len)
{
	CK_RV rv = CKR_ATTRIBUTE_VALUE_INVALID;

	if (der != NULL && len > 0)
		rv = attrs_set(a, type, BYTES(der, (size_t) len));
	OPENSSL_free(der);
	return rv;
}

static CK_RV cert_make(struct token *t, const struct who *who, struct admin_import *i)
{
	unsigned char *subject = NULL, *issuer = NULL, *serial = NULL, *value = NULL;
	int subject_len = i2d_X509_NAME(X509_get_subject_name(i->cert), &subject);
	int issuer_len = i2d_X509_NAME(X509_get_issuer_name(i->cert), &issuer);
	int serial_len = i2d_ASN1_INTEGER(X509_get0_serialNumber(i->cert), &serial);
	int value_len = i2d_X509(i->cert, &value);
	CK_RV rv[4];
	ATTRS(templ);

	rv[0] = der_set(&templ, CKA_SUBJECT, subject, subject_len);
	rv[1] = der_set(&templ, CKA_ISSUER, issuer, issuer_len);
	rv[2] = der_set(&templ, CKA_SERIAL_NUMBER, serial, serial_len);
	rv[3] = der_set(&templ, CKA_VALUE, value, value_len);
	for (size_t n = 0; n < ARRAY_LEN(rv); n++)
		RV_TRY(rv[n]);
	RV_TRY(id_of_cert(t, who, i));
	RV_TRY(attrs_set_ulong(&templ, CKA_CERTIFICATE_TYPE, CKC_X_509));
	RV_TRY(common(i, CKO_CERTIFICATE, &templ));
	return make_object(t, who, &templ, &i->handle);
}

CK_RV admin_import(struct token *t, const struct who *who, struct admin_import *i)
{
	if (i->cls == CKO_CERTIFICATE)
		return cert_make(t, who, i);
	RV_TRY(id_of_key(i->pkey, i));
	if (i->cls == CKO_PRIVATE_KEY)
		return pair_make(t, who, i);
	RV_TRY(id_of_its_key(t, who, i->pkey, i));
	return key_make(t, who, i, CKO_PUBLIC_KEY, &i->handle);
}
