/* SPDX-License-Identifier: BSD-2-Clause */
/* As wraps.c, for the calls of tpm2-tss: only the helper makes them. */
#include "nth.h"

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

/* Visible, since the linker takes the libraries' calls among themselves into account, too. */
#define SEEN __attribute__((visibility("default")))
#define WRAP(name, params, args)                    \
	TSS2_RC __real_##name params;               \
	SEEN TSS2_RC __wrap_##name params;          \
	SEEN TSS2_RC __wrap_##name params           \
	{                                           \
		if (nth_fails(#name))               \
			return TSS2_ESYS_RC_MEMORY; \
		return __real_##name args;          \
	}

/* clang-format off */
WRAP(Tss2_TctiLdr_Initialize, (const char *a0, TSS2_TCTI_CONTEXT **a1), (a0, a1))
WRAP(Esys_Initialize, (ESYS_CONTEXT **a0, TSS2_TCTI_CONTEXT *a1, TSS2_ABI_VERSION *a2), (a0, a1, a2))
WRAP(Esys_FlushContext, (ESYS_CONTEXT *a0, ESYS_TR a1), (a0, a1))
WRAP(Esys_TR_Close, (ESYS_CONTEXT *a0, ESYS_TR *a1), (a0, a1))
WRAP(Esys_TR_SetAuth, (ESYS_CONTEXT *a0, ESYS_TR a1, TPM2B_AUTH const *a2), (a0, a1, a2))
WRAP(Esys_TRSess_SetAttributes, (ESYS_CONTEXT *a0, ESYS_TR a1, TPMA_SESSION a2, TPMA_SESSION a3), (a0, a1, a2, a3))
WRAP(Esys_TRSess_GetAttributes, (ESYS_CONTEXT *a0, ESYS_TR a1, TPMA_SESSION *a2), (a0, a1, a2))
WRAP(Esys_StartAuthSession, (ESYS_CONTEXT *a0, ESYS_TR a1, ESYS_TR a2, ESYS_TR a3, ESYS_TR a4, ESYS_TR a5, const TPM2B_NONCE *a6, TPM2_SE a7, const TPMT_SYM_DEF *a8, TPMI_ALG_HASH a9, ESYS_TR *a10), (a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10))
WRAP(Esys_GetCapability, (ESYS_CONTEXT *a0, ESYS_TR a1, ESYS_TR a2, ESYS_TR a3, TPM2_CAP a4, UINT32 a5, UINT32 a6, TPMI_YES_NO *a7, TPMS_CAPABILITY_DATA **a8), (a0, a1, a2, a3, a4, a5, a6, a7, a8))
WRAP(Esys_PCR_Read, (ESYS_CONTEXT *a0, ESYS_TR a1, ESYS_TR a2, ESYS_TR a3, const TPML_PCR_SELECTION *a4, UINT32 *a5, TPML_PCR_SELECTION **a6, TPML_DIGEST **a7), (a0, a1, a2, a3, a4, a5, a6, a7))
WRAP(Esys_PolicyPCR, (ESYS_CONTEXT *a0, ESYS_TR a1, ESYS_TR a2, ESYS_TR a3, ESYS_TR a4, const TPM2B_DIGEST *a5, const TPML_PCR_SELECTION *a6), (a0, a1, a2, a3, a4, a5, a6))
WRAP(Esys_PolicyAuthValue, (ESYS_CONTEXT *a0, ESYS_TR a1, ESYS_TR a2, ESYS_TR a3, ESYS_TR a4), (a0, a1, a2, a3, a4))
WRAP(Esys_PolicyGetDigest, (ESYS_CONTEXT *a0, ESYS_TR a1, ESYS_TR a2, ESYS_TR a3, ESYS_TR a4, TPM2B_DIGEST **a5), (a0, a1, a2, a3, a4, a5))
WRAP(Esys_CreatePrimary, (ESYS_CONTEXT *a0, ESYS_TR a1, ESYS_TR a2, ESYS_TR a3, ESYS_TR a4, const TPM2B_SENSITIVE_CREATE *a5, const TPM2B_PUBLIC *a6, const TPM2B_DATA *a7, const TPML_PCR_SELECTION *a8, ESYS_TR *a9, TPM2B_PUBLIC **a10, TPM2B_CREATION_DATA **a11, TPM2B_DIGEST **a12, TPMT_TK_CREATION **a13), (a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13))
WRAP(Esys_Create, (ESYS_CONTEXT *a0, ESYS_TR a1, ESYS_TR a2, ESYS_TR a3, ESYS_TR a4, const TPM2B_SENSITIVE_CREATE *a5, const TPM2B_PUBLIC *a6, const TPM2B_DATA *a7, const TPML_PCR_SELECTION *a8, TPM2B_PRIVATE **a9, TPM2B_PUBLIC **a10, TPM2B_CREATION_DATA **a11, TPM2B_DIGEST **a12, TPMT_TK_CREATION **a13), (a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13))
WRAP(Esys_Load, (ESYS_CONTEXT *a0, ESYS_TR a1, ESYS_TR a2, ESYS_TR a3, ESYS_TR a4, const TPM2B_PRIVATE *a5, const TPM2B_PUBLIC *a6, ESYS_TR *a7), (a0, a1, a2, a3, a4, a5, a6, a7))
WRAP(Esys_Unseal, (ESYS_CONTEXT *a0, ESYS_TR a1, ESYS_TR a2, ESYS_TR a3, ESYS_TR a4, TPM2B_SENSITIVE_DATA **a5), (a0, a1, a2, a3, a4, a5))
WRAP(Esys_GetRandom, (ESYS_CONTEXT *a0, ESYS_TR a1, ESYS_TR a2, ESYS_TR a3, UINT16 a4, TPM2B_DIGEST **a5), (a0, a1, a2, a3, a4, a5))
WRAP(Esys_ReadClock, (ESYS_CONTEXT *a0, ESYS_TR a1, ESYS_TR a2, ESYS_TR a3, TPMS_TIME_INFO **a4), (a0, a1, a2, a3, a4))
WRAP(Esys_TR_FromTPMPublic, (ESYS_CONTEXT *a0, TPM2_HANDLE a1, ESYS_TR a2, ESYS_TR a3, ESYS_TR a4, ESYS_TR *a5), (a0, a1, a2, a3, a4, a5))
WRAP(Esys_ReadPublic, (ESYS_CONTEXT *a0, ESYS_TR a1, ESYS_TR a2, ESYS_TR a3, ESYS_TR a4, TPM2B_PUBLIC **a5, TPM2B_NAME **a6, TPM2B_NAME **a7), (a0, a1, a2, a3, a4, a5, a6, a7))
WRAP(Esys_TR_Deserialize, (ESYS_CONTEXT *a0, uint8_t const *a1, size_t a2, ESYS_TR *a3), (a0, a1, a2, a3))
WRAP(Esys_TR_GetName, (ESYS_CONTEXT *a0, ESYS_TR a1, TPM2B_NAME **a2), (a0, a1, a2))
WRAP(Tss2_MU_UINT32_Marshal, (UINT32 a0, uint8_t a1[], size_t a2, size_t *a3), (a0, a1, a2, a3))
WRAP(Tss2_MU_TPML_PCR_SELECTION_Marshal, (TPML_PCR_SELECTION const *a0, uint8_t a1[], size_t a2, size_t *a3), (a0, a1, a2, a3))
WRAP(Tss2_MU_TPM2B_PUBLIC_Marshal, (TPM2B_PUBLIC const *a0, uint8_t a1[], size_t a2, size_t *a3), (a0, a1, a2, a3))
WRAP(Tss2_MU_TPM2B_PUBLIC_Unmarshal, (uint8_t const a0[], size_t a1, size_t *a2, TPM2B_PUBLIC *a3), (a0, a1, a2, a3))
