/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads mechanism parameters. Structures are copied out before they are looked at (the caller's
 * memory may be unaligned, or change under us), and every pointer in them is followed once, here.
 */
#include "params.h"

#include "rv.h"

/* The first edition of CK_GCM_PARAMS, without ulIvBits; programs still send it. */
struct gcm_params_short {
	CK_BYTE_PTR pIv;
	CK_ULONG ulIvLen;
	CK_BYTE_PTR pAAD;
	CK_ULONG ulAADLen;
	CK_ULONG ulTagBits;
};

static CK_RV params_struct(const CK_MECHANISM *mech, void *ret, size_t len)
{
	if (mech->pParameter == NULL || mech->ulParameterLen != len)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(ret, mech->pParameter, len);
	return CKR_OK;
}

static CK_RV params_data(const void *ptr, CK_ULONG len, struct buf *ret)
{
	if (len > PARAMS_DATA_MAX || (len > 0 && ptr == NULL))
		return CKR_MECHANISM_PARAM_INVALID;
	return len == 0 || buf_put(ret, BYTES(ptr, len)).code == E_OK ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV params_iv(struct params *p, const void *ptr, CK_ULONG min, CK_ULONG max, CK_ULONG len)
{
	if (ptr == NULL || len < min || len > max)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(p->iv, ptr, len);
	p->iv_len = len;
	p->given = true;
	return CKR_OK;
}

static bool params_absent(const CK_MECHANISM *mech)
{
	return mech->pParameter == NULL && mech->ulParameterLen == 0;
}

/* MD_NONE: no digest of ours. */
static enum md params_md(CK_MECHANISM_TYPE hash)
{
	switch (hash) {
	case CKM_SHA_1:
		return MD_SHA1;
	case CKM_SHA224:
		return MD_SHA224;
	case CKM_SHA256:
		return MD_SHA256;
	case CKM_SHA384:
		return MD_SHA384;
	case CKM_SHA512:
		return MD_SHA512;
	case CKM_SHA512_224:
		return MD_SHA512_224;
	case CKM_SHA512_256:
		return MD_SHA512_256;
	case CKM_SHA3_224:
		return MD_SHA3_224;
	case CKM_SHA3_256:
		return MD_SHA3_256;
	case CKM_SHA3_384:
		return MD_SHA3_384;
	case CKM_SHA3_512:
		return MD_SHA3_512;
	default:
		return MD_NONE;
	}
}

static enum md params_mgf(CK_RSA_PKCS_MGF_TYPE mgf)
{
	switch (mgf) {
	case CKG_MGF1_SHA1:
		return MD_SHA1;
	case CKG_MGF1_SHA224:
		return MD_SHA224;
	case CKG_MGF1_SHA256:
		return MD_SHA256;
	case CKG_MGF1_SHA384:
		return MD_SHA384;
	case CKG_MGF1_SHA512:
		return MD_SHA512;
	case CKG_MGF1_SHA3_224:
		return MD_SHA3_224;
	case CKG_MGF1_SHA3_256:
		return MD_SHA3_256;
	case CKG_MGF1_SHA3_384:
		return MD_SHA3_384;
	case CKG_MGF1_SHA3_512:
		return MD_SHA3_512;
	default:
		return MD_NONE;
	}
}

/* X9.63 KDFs. False: none of ours. */
static bool params_kdf(CK_ULONG kdf, enum md *ret)
{
	switch (kdf) {
	case CKD_NULL:
		*ret = MD_NONE;
		return true;
	case CKD_SHA1_KDF:
		*ret = MD_SHA1;
		return true;
	case CKD_SHA224_KDF:
		*ret = MD_SHA224;
		return true;
	case CKD_SHA256_KDF:
		*ret = MD_SHA256;
		return true;
	case CKD_SHA384_KDF:
		*ret = MD_SHA384;
		return true;
	case CKD_SHA512_KDF:
		*ret = MD_SHA512;
		return true;
	default:
		return false;
	}
}

static CK_RV params_ctr(const CK_MECHANISM *mech, struct params *ret)
{
	CK_AES_CTR_PARAMS in;

	RV_TRY(params_struct(mech, &in, sizeof(in)));
	if (in.ulCounterBits < 1 || in.ulCounterBits > 128)
		return CKR_MECHANISM_PARAM_INVALID;
	ret->counter_bits = (unsigned) in.ulCounterBits;
	return params_iv(ret, in.cb, sizeof(in.cb), sizeof(in.cb), sizeof(in.cb));
}

/* ulIvBits says nothing that ulIvLen does not, and many callers leave it 0: ignored. */
static CK_RV params_gcm(const CK_MECHANISM *mech, struct params *ret)
{
	struct gcm_params_short in;
	CK_GCM_PARAMS full;

	if (mech->ulParameterLen == sizeof(full)) {
		RV_TRY(params_struct(mech, &full, sizeof(full)));
		in = (struct gcm_params_short){
			full.pIv, full.ulIvLen, full.pAAD, full.ulAADLen, full.ulTagBits};
	} else {
		RV_TRY(params_struct(mech, &in, sizeof(in)));
	}
	if (in.ulTagBits != 32 && in.ulTagBits != 64 &&
		(in.ulTagBits < 96 || in.ulTagBits > 128 || in.ulTagBits % 8 != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	ret->mac_len = in.ulTagBits / 8;
	RV_TRY(params_iv(ret, in.pIv, 1, PARAMS_IV_MAX, in.ulIvLen));
	return params_data(in.pAAD, in.ulAADLen, &ret->data);
}

static CK_RV params_mac_general(const CK_MECHANISM *mech, struct params *ret)
{
	CK_ULONG len;

	RV_TRY(params_struct(mech, &len, sizeof(len)));
	if (len < 1 || len > 64)
		return CKR_MECHANISM_PARAM_INVALID;
	ret->mac_len = len;
	return CKR_OK;
}

static CK_RV params_pss(const CK_MECHANISM *mech, struct params *ret)
{
	CK_RSA_PKCS_PSS_PARAMS in;

	RV_TRY(params_struct(mech, &in, sizeof(in)));
	ret->md = params_md(in.hashAlg);
	ret->mgf_md = params_mgf(in.mgf);
	if (ret->md == MD_NONE || ret->mgf_md == MD_NONE || in.sLen > PARAMS_SALT_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	ret->salt_len = in.sLen;
	return CKR_OK;
}

static CK_RV params_oaep(const CK_MECHANISM *mech, struct params *ret)
{
	CK_RSA_PKCS_OAEP_PARAMS in;

	RV_TRY(params_struct(mech, &in, sizeof(in)));
	ret->md = params_md(in.hashAlg);
	ret->mgf_md = params_mgf(in.mgf);
	if (ret->md == MD_NONE || ret->mgf_md == MD_NONE)
		return CKR_MECHANISM_PARAM_INVALID;
	/* no source at all is what some callers mean by no label */
	if (in.source != CKZ_DATA_SPECIFIED && (in.source != 0 || in.ulSourceDataLen != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	return params_data(in.pSourceData, in.ulSourceDataLen, &ret->data);
}

static CK_RV params_ecdh1(const CK_MECHANISM *mech, struct params *ret)
{
	CK_ECDH1_DERIVE_PARAMS in;

	RV_TRY(params_struct(mech, &in, sizeof(in)));
	if (!params_kdf(in.kdf, &ret->md) || in.ulPublicDataLen == 0)
		return CKR_MECHANISM_PARAM_INVALID;
	if (in.kdf == CKD_NULL && in.ulSharedDataLen != 0)
		return CKR_MECHANISM_PARAM_INVALID; /* 3.0, 2.3.15: none then */
	RV_TRY(params_data(in.pSharedData, in.ulSharedDataLen, &ret->data));
	return params_data(in.pPublicData, in.ulPublicDataLen, &ret->point);
}

static CK_RV params_eddsa(const CK_MECHANISM *mech, struct params *ret)
{
	CK_EDDSA_PARAMS in;

	if (params_absent(mech))
		return CKR_OK;
	RV_TRY(params_struct(mech, &in, sizeof(in)));
	if (in.ulContextDataLen > 255)
		return CKR_MECHANISM_PARAM_INVALID;
	ret->given = true;
	ret->prehash = in.phFlag != CK_FALSE;
	return params_data(in.pContextData, in.ulContextDataLen, &ret->data);
}

CK_RV params_read(const CK_MECHANISM *mech, enum params_kind kind, struct params *ret)
{
	ret->kind = kind;
	ret->given = ret->prehash = false;
	ret->iv_len = ret->mac_len = ret->salt_len = ret->counter_bits = 0;
	ret->md = ret->mgf_md = MD_NONE;
	ret->data.len = ret->point.len = 0; /* the memory stays for this time */
	switch (kind) {
	case PARAMS_NONE:
		/* many callers leave a pointer behind with length 0 */
		return mech->ulParameterLen == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
	case PARAMS_IV:
		return params_iv(ret, mech->pParameter, 16, 16, mech->ulParameterLen);
	case PARAMS_KW_IV:
		return params_absent(mech)
			       ? CKR_OK
			       : params_iv(ret, mech->pParameter, 8, 8, mech->ulParameterLen);
	case PARAMS_KWP_IV:
		return params_absent(mech)
			       ? CKR_OK
			       : params_iv(ret, mech->pParameter, 4, 4, mech->ulParameterLen);
	case PARAMS_CTR:
		return params_ctr(mech, ret);
	case PARAMS_GCM:
		return params_gcm(mech, ret);
	case PARAMS_MAC_GENERAL:
		return params_mac_general(mech, ret);
	case PARAMS_PSS:
		return params_pss(mech, ret);
	case PARAMS_OAEP:
		return params_oaep(mech, ret);
	case PARAMS_ECDH1:
		return params_ecdh1(mech, ret);
	case PARAMS_EDDSA:
		return params_eddsa(mech, ret);
	}
	return CKR_GENERAL_ERROR;
}

void params_done(struct params *p)
{
	buf_done(&p->data);
	buf_done(&p->point);
	*p = (struct params){0};
}
