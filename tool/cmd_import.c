/* SPDX-License-Identifier: BSD-2-Clause */
/* bulla import: private keys, public keys and certificates from a PEM or DER file, all that are in
 * it. Key and certificate get the same CKA_ID, which is how programs find one by the other. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ossl.h"

#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509.h>

#include "admin.h"
#include "login.h"

#include "cmd.h"
#include "fail.h"
#include "js.h"
#include "site.h"
#include "ui.h"

OSSL_CLEANUP(store_ctx_done, OSSL_STORE_CTX, OSSL_STORE_close)
OSSL_CLEANUP(store_info_done, OSSL_STORE_INFO, OSSL_STORE_INFO_free)
OSSL_CLEANUP(ui_method_done, UI_METHOD, UI_destroy_method)
OSSL_CLEANUP(bio_done, BIO, BIO_free_all)

struct work {
	const struct opts *o;
	struct token *t;
	struct who who;
	json_object *done;
	int code; /* of asking for the passphrase */
	bool tried;
};

/* The passphrase of an encrypted file, when libcrypto meets one. It asks again after a wrong one:
 * once is enough. */
static int passphrase_ask(char *buf, int size, int writing, void *arg)
{
	struct work *w = arg;
	struct bytes p;
	SECRET(secret);

	(void) writing;
	if (w->tried)
		return -1;
	w->tried = true;
	w->code = ui_secret(&w->o->passphrase, "Passphrase of the file", false, &secret);
	if (w->code != UI_OK)
		return -1;
	p = secret_view(secret);
	if (size < 0 || p.len > (size_t) size)
		return -1;
	if (p.len > 0)
		memcpy(buf, p.ptr, p.len);
	return (int) p.len;
}

static const char *class_name(CK_OBJECT_CLASS cls)
{
	return cls == CKO_PRIVATE_KEY   ? "private-key"
	       : cls == CKO_CERTIFICATE ? "certificate"
					: "public-key";
}

static int one_take(struct work *w, struct admin_import *i)
{
	json_object *one;
	CK_RV rv;

	if (w->o->label != NULL)
		i->label = bytes_str(w->o->label);
	rv = admin_import(w->t, &w->who, i);
	if (rv != CKR_OK)
		return fail_rv(rv, "cannot import the %s", class_name(i->cls));
	one = js_push(w->done, js_object());
	js_text(one, "class", class_name(i->cls));
	js_hex(one, "id", BYTES(i->id, i->id_len));
	js_text(one, "label", w->o->label == NULL ? "" : w->o->label);
	return UI_OK;
}

static int info_take(struct work *w, OSSL_STORE_INFO *info)
{
	struct admin_import i = {0};

	switch (OSSL_STORE_INFO_get_type(info)) {
	case OSSL_STORE_INFO_PKEY:
		i.cls = CKO_PRIVATE_KEY;
		i.pkey = OSSL_STORE_INFO_get0_PKEY(info);
		break;
	case OSSL_STORE_INFO_PUBKEY:
		i.cls = CKO_PUBLIC_KEY;
		i.pkey = OSSL_STORE_INFO_get0_PUBKEY(info);
		break;
	case OSSL_STORE_INFO_CERT:
		i.cls = CKO_CERTIFICATE;
		i.cert = OSSL_STORE_INFO_get0_CERT(info);
		break;
	default:
		return UI_OK; /* parameters and the like: nothing to keep */
	}
	return one_take(w, &i);
}

static int nothing_found(const struct work *w, const char *path)
{
	if (w->code != UI_OK)
		return w->code;
	if (w->tried)
		ui_error("cannot read %s: wrong passphrase, or it is damaged", path);
	else
		ui_error("there is no key and no certificate in %s", path);
	return UI_FAILED;
}

static int file_take(struct work *w, const char *path)
{
	_cleanup_(ui_method_done) UI_METHOD *asks =
		UI_UTIL_wrap_read_pem_callback(passphrase_ask, 0);
	_cleanup_(bio_done) BIO *bio = BIO_new_file(path, "rb");
	_cleanup_(store_ctx_done) OSSL_STORE_CTX *ctx = NULL;
	OSSL_LIB_CTX *lib = NULL;
	size_t count = 0;
	int code = UI_OK;

	if (bio == NULL) {
		ui_error("cannot read %s: %s", path, strerror(errno));
		return UI_FAILED;
	}
	if (asks == NULL || ossl_libctx(&lib).code != E_OK)
		return fail_err(ERR(E_NOMEM), "cannot read %s", path);
	ctx = OSSL_STORE_attach(bio, "file", lib, "provider=default", asks, w, NULL, NULL, NULL);
	while (ctx != NULL && code == UI_OK && !OSSL_STORE_eof(ctx)) {
		_cleanup_(store_info_done) OSSL_STORE_INFO *info = OSSL_STORE_load(ctx);

		if (info == NULL)
			continue; /* an unknown block, or the end */
		count++;
		code = info_take(w, info);
	}
	ERR_clear_error();
	return count == 0 ? nothing_found(w, path) : code;
}

static int report(const struct opts *o, const struct token_file *f, json_object *done)
{
	JS(tree);

	tree = js_object();
	js_text(tree, "token", f->name);
	js_add(tree, "imported", json_object_get(done));
	if (!js_ok())
		return fail_err(ERR(E_NOMEM), "imported, but");
	if (o->json)
		return ui_json(&tree);
	for (size_t i = 0; i < json_object_array_length(done); i++) {
		json_object *one = json_object_array_get_idx(done, i);

		printf("imported %s \"%s\" id %s into \"%s\"\n", js_get(one, "class"),
			js_get(one, "label"), js_get(one, "id"), f->name);
	}
	return ui_flush();
}

int cmd_import(const struct opts *o)
{
	struct work w = {.o = o};
	struct token_file *f = NULL;
	JS(done);
	TOKEN(t);
	SITE(s);
	int code = site_open(o, &s);

	if (code == UI_OK)
		code = site_one(&s, &f);
	if (code == UI_OK)
		code = site_token(&s, f, &t);
	if (code == UI_OK)
		code = site_login(f, t, CKU_USER, &o->pin);
	if (code != UI_OK)
		return code;
	done = js_array();
	w.t = t;
	w.who = token_who(t, true, 0);
	w.done = done;
	code = file_take(&w, o->args[0]);
	if (code != UI_OK)
		return code;
	ui_note("%s is as it was: keep it safe, or destroy it", o->args[0]);
	return report(o, f, done);
}
