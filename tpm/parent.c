/* SPDX-License-Identifier: BSD-2-Clause */
/* See parent.h. */
#include "parent.h"

#include "broken.h"
#include "buf.h"

#include <openssl/evp.h>
#include <tss2/tss2_mu.h>

/* ESYS's own form of an object, as Esys_TR_Serialize writes it: handle, name, kind, public area.
 * Kept on disk by others for years, so it does not change; were it to, the name that
 * Esys_TR_GetName gives would differ from ours and parent_pin would fail. */
#define ESYS_KIND_KEY 1u

#define STORAGE_MUST                                                                        \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | \
		TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT |   \
		TPMA_OBJECT_NODA)

/* TCG's ECC storage template with the unique field empty (H-2). */
static const TPM2B_PUBLIC template_h2 = {
	.publicArea =
		{
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = STORAGE_MUST,
			.parameters.eccDetail =
				{
					.symmetric = {.algorithm = TPM2_ALG_AES,
						.keyBits.aes = 128,
						.mode.aes = TPM2_ALG_CFB},
					.scheme.scheme = TPM2_ALG_NULL,
					.curveID = TPM2_ECC_NIST_P256,
					.kdf.scheme = TPM2_ALG_NULL,
				},
		},
};

static struct err public_marshal(const TPM2B_PUBLIC *public, struct buf *ret)
{
	uint8_t out[sizeof(TPM2B_PUBLIC)];
	size_t len = 0;

	if (Tss2_MU_TPM2B_PUBLIC_Marshal(public, out, sizeof(out), &len) != 0)
		return ERR(E_CORRUPT);
	return buf_put(ret, BYTES(out, len));
}

struct err parent_name(const TPM2B_PUBLIC *public, TPM2B_NAME *ret)
{
	TPM2B_NAME name = {.size = 2 + 32, .name = {TPM2_ALG_SHA256 >> 8, TPM2_ALG_SHA256}};
	BUF(b);

	if (public->publicArea.nameAlg != TPM2_ALG_SHA256)
		return ERR(E_UNSUPPORTED);
	TRY(public_marshal(public, &b));
	if (b.len < 2 ||
		EVP_Digest(b.ptr + 2, b.len - 2, name.name + 2, NULL, EVP_sha256(), NULL) != 1)
		return ERR(E_CRYPTO);
	*ret = name;
	return OK;
}

static bool public_eq(const TPM2B_PUBLIC *a, const TPM2B_PUBLIC *b)
{
	BUF(one);
	BUF(two);

	return public_marshal(a, &one).code == E_OK && public_marshal(b, &two).code == E_OK &&
	       bytes_eq(buf_bytes(&one), buf_bytes(&two));
}

/* May we hang a seal under it? Its authorisation must be empty and outside the dictionary attack
 * logic, or our empty one could cost somebody a try. */
static bool public_fit(const TPMT_PUBLIC *p)
{
	const TPMT_SYM_DEF_OBJECT *sym = &p->parameters.asymDetail.symmetric;

	if (p->nameAlg != TPM2_ALG_SHA256 || (p->objectAttributes & STORAGE_MUST) != STORAGE_MUST ||
		(p->objectAttributes & TPMA_OBJECT_SIGN_ENCRYPT) != 0)
		return false;
	if (p->type == TPM2_ALG_RSA)
		return p->parameters.rsaDetail.keyBits >= 2048 && sym->algorithm == TPM2_ALG_AES;
	return p->type == TPM2_ALG_ECC && sym->algorithm == TPM2_ALG_AES &&
	       (p->parameters.eccDetail.curveID == TPM2_ECC_NIST_P256 ||
		       p->parameters.eccDetail.curveID == TPM2_ECC_NIST_P384);
}

struct err parent_persistent(struct esys *x, bool *ret)
{
	struct esys_cmd c = esys_cmd(x, "TPM2_GetCapability");
	_cleanup_(esys_freep) TPMS_CAPABILITY_DATA *data = NULL;
	TPMI_YES_NO more;

	while (esys_next(&c))
		c.rc = Esys_GetCapability(x->ctx, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
			TPM2_CAP_HANDLES, PARENT_HANDLE, 1, &more, &data);
	TRY(esys_result(&c));
	*ret = data->capability == TPM2_CAP_HANDLES && data->data.handles.count == 1 &&
	       data->data.handles.handle[0] == PARENT_HANDLE;
	return OK;
}

/* A handle object for the pinned key at the persistent handle, made from what we keep: whatever
 * the TPM answers to TPM2_ReadPublic, ESYS salts to this. */
static struct err parent_pin(struct esys *x, const struct parent *p, struct esys_tr *ret)
{
	_cleanup_(esys_freep) TPM2B_NAME *name = NULL;
	struct esys_cmd c = esys_cmd(x, "Esys_TR_Deserialize");
	BUF(b);

	TRY(buf_put_u32(&b, PARENT_HANDLE));
	TRY(buf_put_u16(&b, p->name.size));
	TRY(buf_put(&b, BYTES(p->name.name, p->name.size)));
	TRY(buf_put_u32(&b, ESYS_KIND_KEY));
	TRY(public_marshal(&p->public, &b));
	ret->persistent = true;
	c.rc = Esys_TR_Deserialize(x->ctx, b.ptr, b.len, &ret->tr);
	TRY(esys_result(&c));
	c.name = "Esys_TR_GetName";
	c.rc = Esys_TR_GetName(x->ctx, ret->tr, &name);
	TRY(esys_result(&c));
	if (!bytes_eq(BYTES(name->name, name->size), BYTES(p->name.name, p->name.size)))
		return esys_fail(x, E_INTERNAL, "this tpm2-tss keeps objects in another form");
	return OK;
}

/* Reads what the TPM says is at the persistent handle. E_NOT_FOUND: nothing. */
static struct err parent_read(struct esys *x, struct parent *ret, struct esys_tr *ret_tr)
{
	struct esys_cmd c = esys_cmd(x, "TPM2_ReadPublic");
	_cleanup_(esys_freep) TPM2B_PUBLIC *public = NULL;
	struct parent p;
	bool there;

	TRY(parent_persistent(x, &there));
	if (!there)
		return ERR(E_NOT_FOUND);
	ret_tr->persistent = true;
	while (esys_next(&c))
		c.rc = Esys_TR_FromTPMPublic(x->ctx, PARENT_HANDLE, ESYS_TR_NONE, ESYS_TR_NONE,
			ESYS_TR_NONE, &ret_tr->tr);
	TRY(esys_result(&c));
	c = esys_cmd(x, "TPM2_ReadPublic");
	while (esys_next(&c))
		c.rc = Esys_ReadPublic(x->ctx, ret_tr->tr, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
			&public, NULL, NULL);
	TRY(esys_result(&c));
	p.public = *public;
	if (parent_name(public, &p.name).code != E_OK)
		return ERR(E_NOT_FOUND); /* no key that we could have used */
	*ret = p;
	return OK;
}

static struct err parent_create(struct esys *x, struct parent *ret, struct esys_tr *ret_tr)
{
	static const TPM2B_SENSITIVE_CREATE empty_auth;
	static const TPM2B_DATA no_data;
	static const TPML_PCR_SELECTION no_pcrs;
	struct esys_cmd c = esys_cmd(x, "TPM2_CreatePrimary");
	_cleanup_(esys_freep) TPM2B_PUBLIC *public = NULL;
	struct parent p;

	while (esys_next(&c))
		c.rc = Esys_CreatePrimary(x->ctx, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			ESYS_TR_NONE, &empty_auth, &template_h2, &no_data, &no_pcrs, &ret_tr->tr,
			&public, NULL, NULL, NULL);
	if (esys_rc_base(c.rc) == TPM2_RC_BAD_AUTH || esys_rc_base(c.rc) == TPM2_RC_AUTH_FAIL) {
		x->rc = c.rc;
		return esys_fail(x, E_UNSUPPORTED,
			"no storage key at 0x81000001, and the owner hierarchy asks for a password "
			"to make one");
	}
	TRY(esys_result(&c));
	p.public = *public;
	TRY(parent_name(public, &p.name));
	*ret = p;
	return OK;
}

struct err parent_choose(struct esys *x, struct parent *ret, struct esys_tr *ret_tr)
{
	struct parent p;
	struct err e = parent_read(x, &p, ret_tr);

	if (e.code == E_OK && public_fit(&p.public.publicArea)) {
		esys_tr_done(ret_tr);
		TRY(parent_pin(x, &p, ret_tr));
		*ret = p;
		return OK;
	}
	if (e.code != E_OK && e.code != E_NOT_FOUND)
		return e;
	esys_tr_done(ret_tr);
	return parent_create(x, ret, ret_tr);
}

static bool parent_is(const struct parent *a, const struct parent *b)
{
	return BROKEN("pinned-parent") ||
	       (bytes_eq(BYTES(a->name.name, a->name.size), BYTES(b->name.name, b->name.size)) &&
		       public_eq(&a->public, &b->public));
}

struct err parent_find(struct esys *x, const struct parent *pinned, struct esys_tr *ret_tr)
{
	struct parent p;
	struct err e = parent_read(x, &p, ret_tr);

	if (e.code == E_OK && parent_is(&p, pinned)) {
		if (BROKEN("pinned-parent"))
			return OK;
		esys_tr_done(ret_tr);
		return parent_pin(x, pinned, ret_tr);
	}
	if (e.code != E_OK && e.code != E_NOT_FOUND)
		return e;
	esys_tr_done(ret_tr);
	e = parent_create(x, &p, ret_tr);
	if (e.code == E_UNSUPPORTED || (e.code == E_OK && !parent_is(&p, pinned)))
		return esys_fail(x, E_FOREIGN,
			"this TPM has not the storage key of the seal: it is another TPM, or it "
			"was "
			"cleared");
	return e;
}
