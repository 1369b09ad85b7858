/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla list: tokens and the public attributes of their objects. Private objects are listed where a
 * PIN is given; it is never asked for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ossl.h"

#include "admin.h"
#include "attrs.h"
#include "login.h"

#include "cmd.h"
#include "fail.h"
#include "js.h"
#include "site.h"
#include "ui.h"

struct word {
	CK_ULONG value;
	const char *text;
};

static const struct word classes[] = {
	{CKO_DATA, "data"},
	{CKO_CERTIFICATE, "certificate"},
	{CKO_PUBLIC_KEY, "public-key"},
	{CKO_PRIVATE_KEY, "private-key"},
	{CKO_SECRET_KEY, "secret-key"},
	{CKO_DOMAIN_PARAMETERS, "domain-parameters"},
};

static const struct word key_types[] = {
	{CKK_RSA, "RSA"},
	{CKK_EC, "EC"},
	{CKK_EC_EDWARDS, "Edwards"},
	{CKK_EC_MONTGOMERY, "Montgomery"},
	{CKK_AES, "AES"},
	{CKK_GENERIC_SECRET, "generic"},
	{CKK_SHA_1_HMAC, "HMAC-SHA1"},
	{CKK_SHA256_HMAC, "HMAC-SHA256"},
	{CKK_SHA384_HMAC, "HMAC-SHA384"},
	{CKK_SHA512_HMAC, "HMAC-SHA512"},
};

static const struct word usages[] = {
	{CKA_SIGN, "sign"},
	{CKA_VERIFY, "verify"},
	{CKA_ENCRYPT, "encrypt"},
	{CKA_DECRYPT, "decrypt"},
	{CKA_WRAP, "wrap"},
	{CKA_UNWRAP, "unwrap"},
	{CKA_DERIVE, "derive"},
	{CKA_SIGN_RECOVER, "sign-recover"},
	{CKA_VERIFY_RECOVER, "verify-recover"},
};

static const struct word qualities[] = {
	{CKA_PRIVATE, "private"},
	{CKA_SENSITIVE, "sensitive"},
	{CKA_ALWAYS_SENSITIVE, "always-sensitive"},
	{CKA_EXTRACTABLE, "extractable"},
	{CKA_NEVER_EXTRACTABLE, "never-extractable"},
	{CKA_LOCAL, "made-here"},
	{CKA_ALWAYS_AUTHENTICATE, "always-authenticate"},
	{CKA_WRAP_WITH_TRUSTED, "wrap-with-trusted"},
	{CKA_TRUSTED, "trusted"},
};

static const char *word_find(const struct word *words, size_t count, CK_ULONG value)
{
	for (size_t i = 0; i < count; i++)
		if (words[i].value == value)
			return words[i].text;
	return NULL;
}

static void words_show(json_object *o, const char *key, const struct attrs *a,
	const struct word *words, size_t count)
{
	json_object *list = js_add(o, key, js_array());

	for (size_t i = 0; i < count; i++)
		if (attrs_bool(a, words[i].value, false))
			js_push_text(list, words[i].text);
}

/* A named curve's name, from the DER of its OID; as hex where there is none. */
static void curve_show(json_object *o, struct bytes params)
{
	const unsigned char *at = params.ptr;
	ASN1_OBJECT *oid = NULL;
	char name[80];

	if (params.len > 2 && params.ptr[0] == V_ASN1_PRINTABLESTRING &&
		params.ptr[1] == params.len - 2) {
		js_bytes_text(o, "curve", BYTES(params.ptr + 2, params.len - 2));
		return;
	}
	if (params.len < 64)
		oid = d2i_ASN1_OBJECT(NULL, &at, (long) params.len);
	if (oid != NULL && OBJ_obj2txt(name, sizeof(name), oid, 0) > 0)
		js_text(o, "curve", name);
	else
		js_hex(o, "curve", params);
	ASN1_OBJECT_free(oid);
}

static uint64_t bits_of(const struct attrs *a)
{
	struct bytes modulus = attr_bytes(attrs_get(a, CKA_MODULUS));
	uint64_t bits = 8 * (uint64_t) modulus.len;

	if (modulus.len == 0)
		return 8 * (uint64_t) attrs_ulong(a, CKA_VALUE_LEN, 0);
	for (uint8_t top = modulus.ptr[0]; (top & 0x80) == 0 && bits > 0;
		top = (uint8_t) (top << 1))
		bits--;
	return bits;
}

static void key_show(json_object *o, const struct attrs *a, CK_KEY_TYPE key_type)
{
	const char *type = word_find(key_types, ARRAY_LEN(key_types), key_type);
	struct bytes params = attr_bytes(attrs_get(a, CKA_EC_PARAMS));
	char number[32];

	snprintf(number, sizeof(number), "0x%lx", key_type);
	js_text(o, "key_type", type == NULL ? number : type);
	if (params.len > 0)
		curve_show(o, params);
	if (bits_of(a) > 0)
		js_number(o, "bits", bits_of(a));
	words_show(o, "usage", a, usages, ARRAY_LEN(usages));
}

static void object_show(json_object *o, const struct attrs *a)
{
	CK_KEY_TYPE key_type = attrs_ulong(a, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
	const char *class = word_find(
		classes, ARRAY_LEN(classes), attrs_ulong(a, CKA_CLASS, CK_UNAVAILABLE_INFORMATION));

	js_text(o, "class", class == NULL ? "other" : class);
	js_bytes_text(o, "label", attr_bytes(attrs_get(a, CKA_LABEL)));
	js_hex(o, "id", attr_bytes(attrs_get(a, CKA_ID)));
	js_bytes_text(o, "unique_id", attr_bytes(attrs_get(a, CKA_UNIQUE_ID)));
	if (key_type != CK_UNAVAILABLE_INFORMATION)
		key_show(o, a, key_type);
	words_show(o, "flags", a, qualities, ARRAY_LEN(qualities));
}

static CK_RV objects_show(struct token *t, json_object *list)
{
	struct who who = token_who(t, false, 0);
	const struct attrs all = {0};
	CK_OBJECT_HANDLE *handles = NULL;
	size_t count = 0;
	CK_RV rv = token_refresh(t, true);

	if (rv == CKR_OK)
		rv = token_find(t, &who, &all, &handles, &count);
	for (size_t i = 0; rv == CKR_OK && i < count; i++) {
		ATTRS(a);

		rv = admin_attributes(t, &who, handles[i], &a);
		if (rv == CKR_OK)
			object_show(js_push(list, js_object()), &a);
		if (rv == CKR_OBJECT_HANDLE_INVALID)
			rv = CKR_OK; /* another process removed it */
	}
	free(handles);
	return rv;
}

static int token_show(
	const struct opts *o, const struct site *s, const struct token_file *f, json_object *tree)
{
	bool login = o->pin.fd >= 0 || o->pin.file != NULL;
	TOKEN(t);
	CK_RV rv;
	int code;

	js_text(tree, "label", f->name);
	js_number(tree, "slot", f->entry->slot_id);
	if (f->why.code != E_OK) {
		js_text(tree, "error", err_str(f->why));
		return UI_PROBLEM;
	}
	js_text(tree, "serial", f->record.serial);
	code = site_token(s, f, &t);
	if (code == UI_OK && login)
		code = site_login(f, t, CKU_USER, &o->pin);
	if (code != UI_OK)
		return code;
	js_flag(tree, "logged_in", login);
	rv = objects_show(t, js_add(tree, "objects", js_array()));
	return rv == CKR_OK ? UI_OK : fail_rv(rv, "cannot list the objects of \"%s\"", f->name);
}

/* ---- text ---- */

static void list_print(const char *word, json_object *list)
{
	size_t n = list == NULL ? 0 : json_object_array_length(list);

	for (size_t i = 0; i < n; i++)
		printf("%s%s", i == 0 ? word : ",",
			json_object_get_string(json_object_array_get_idx(list, i)));
}

static void object_print(json_object *o)
{
	printf("  %-11s", js_get(o, "class"));
	if (js_has(o, "key_type"))
		printf(" %s", js_get(o, "key_type"));
	if (js_has(o, "curve"))
		printf(" %s", js_get(o, "curve"));
	if (js_has(o, "bits"))
		printf(" %lu", (unsigned long) js_get_number(o, "bits"));
	printf(" \"%s\" id %s", js_get(o, "label"),
		*js_get(o, "id") == '\0' ? "-" : js_get(o, "id"));
	list_print("\n              may ", js_get_node(o, "usage"));
	list_print("\n              is  ", js_get_node(o, "flags"));
	printf("\n");
}

static void tokens_print(json_object *list)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *token = json_object_array_get_idx(list, i);
		json_object *objects = js_get_node(token, "objects");
		size_t n = objects == NULL ? 0 : json_object_array_length(objects);

		printf("token \"%s\", slot %lu", js_get(token, "label"),
			(unsigned long) js_get_number(token, "slot"));
		if (js_has(token, "error")) {
			printf(": cannot be read: %s\n", js_get(token, "error"));
			continue;
		}
		printf(", serial %s\n", js_get(token, "serial"));
		for (size_t k = 0; k < n; k++)
			object_print(json_object_array_get_idx(objects, k));
		if (n == 0)
			printf("  no %sobjects\n",
				js_get_flag(token, "logged_in") ? "" : "public ");
	}
}

int cmd_list(const struct opts *o)
{
	json_object *list;
	JS(tree);
	SITE(s);
	int worst = UI_OK, code = site_open(o, &s);

	if (code != UI_OK)
		return code;
	tree = js_object();
	list = js_add(tree, "tokens", js_array());
	for (size_t i = 0; i < s.count; i++) {
		code = token_show(o, &s, &s.files[i], js_push(list, js_object()));
		if (code != UI_OK)
			worst = code;
	}
	if (!js_ok())
		return fail_err(ERR(E_NOMEM), "cannot list the tokens");
	if (!o->json && s.count == 0)
		printf("no token\n");
	if (!o->json)
		tokens_print(list);
	code = o->json ? ui_json(&tree) : ui_flush();
	return code != UI_OK ? code : worst;
}
