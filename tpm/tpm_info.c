/* SPDX-License-Identifier: BSD-2-Clause */
/* See tpm_info.h. Its words come from the chip and are not to be believed blindly: a software TPM
 * may call itself anything. */
#include "tpm_info.h"

#include "parent.h"
#include "tpm_policy.h"

#include <stdio.h>

#define PCRS_OF_FIRMWARE 0xffu /* 0 to 7 */

static const struct {
	TPM2_ALG_ID alg;
	enum policy_bank bank;
} banks[] = {
	{TPM2_ALG_SHA1, BANK_SHA1},
	{TPM2_ALG_SHA256, BANK_SHA256},
	{TPM2_ALG_SHA384, BANK_SHA384},
	{TPM2_ALG_SHA512, BANK_SHA512},
};

/* Makers and vendor strings of TPMs that are programs on the same host. */
static const struct {
	const char *maker, *vendor;
} software[] = {
	{"IBM", "SW"},        /* libtpms: swtpm */
	{"MSFT", "xCG fTPM"}, /* the reference code, as a simulator */
	{"XYZZ", ""},         /* the reference code before it had a name */
};

static struct err banks_read(struct esys *x, uint32_t *ret)
{
	struct esys_cmd c = esys_cmd(x, "TPM2_GetCapability");
	_cleanup_(esys_freep) TPMS_CAPABILITY_DATA *data = NULL;
	const TPML_PCR_SELECTION *list;
	uint32_t mask = 0;
	TPMI_YES_NO more;

	while (esys_next(&c))
		c.rc = Esys_GetCapability(x->ctx, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
			TPM2_CAP_PCRS, 0, 1, &more, &data);
	TRY(esys_result(&c));
	list = &data->data.assignedPCR;
	if (data->capability != TPM2_CAP_PCRS || list->count > ARRAY_LEN(list->pcrSelections))
		return esys_fail(x, E_UNAVAILABLE, "the TPM's list of PCR banks makes no sense");
	for (uint32_t i = 0; i < list->count; i++) {
		const TPMS_PCR_SELECTION *s = &list->pcrSelections[i];
		bool all = s->sizeofSelect >= 3 && s->pcrSelect[0] == 0xff &&
			   s->pcrSelect[1] == 0xff && s->pcrSelect[2] == 0xff;

		for (size_t k = 0; k < ARRAY_LEN(banks); k++)
			if (all && banks[k].alg == s->hash)
				mask |= 1u << banks[k].bank;
	}
	*ret = mask;
	return OK;
}

static struct err bank_zero(struct esys *x, enum policy_bank bank, bool *ret)
{
	static const uint8_t zero[PCR_DIGEST_MAX];
	struct pcr_values v;
	bool all = true;

	TRY(pcr_read(x, bank, PCRS_OF_FIRMWARE, &v));
	for (unsigned n = 0; n < 8; n++)
		all = all && bytes_eq(BYTES_OF(v.value[n]), BYTES_OF(zero));
	*ret = all;
	return OK;
}

struct err bank_check(struct esys *x, enum policy_bank bank)
{
	uint32_t mask;
	bool zero;

	TRY(banks_read(x, &mask));
	if ((mask & 1u << bank) == 0)
		return esys_fail(x, E_UNSUPPORTED, "the TPM's %s bank is not allocated",
			policy_bank_name(bank));
	TRY(bank_zero(x, bank, &zero));
	if (zero)
		return esys_fail(x, E_UNSUPPORTED,
			"the firmware measures nothing into the %s bank: PCRs 0 to 7 are all zero",
			policy_bank_name(bank));
	return OK;
}

/* Up to four characters of a property; no more than what a terminal may see. */
static size_t text_put(char *ret, size_t at, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		char ch = (char) (v >> shift & 0x7f);

		if (ch >= 0x20 && ch <= 0x7e)
			ret[at++] = ch;
	}
	ret[at] = '\0';
	return at;
}

static void text_trim(char *s)
{
	size_t lead = strspn(s, " "), len;

	len = strlen(s + lead);
	memmove(s, s + lead, len + 1);
	while (len > 0 && s[len - 1] == ' ')
		s[--len] = '\0';
}

static struct err names_read(struct esys *x, struct trust_info *i)
{
	uint32_t v, low;
	size_t at = 0;

	TRY(esys_property(x, TPM2_PT_MANUFACTURER, &v));
	text_put(i->maker, 0, v);
	text_trim(i->maker);
	for (TPM2_PT k = TPM2_PT_VENDOR_STRING_1; k <= TPM2_PT_VENDOR_STRING_4; k++) {
		TRY(esys_property(x, k, &v));
		at = text_put(i->vendor, at, v);
	}
	text_trim(i->vendor);
	TRY(esys_property(x, TPM2_PT_FIRMWARE_VERSION_1, &v));
	TRY(esys_property(x, TPM2_PT_FIRMWARE_VERSION_2, &low));
	snprintf(i->firmware, sizeof(i->firmware), "%u.%u.%u.%u", v >> 16 & 0xffff, v & 0xffff,
		low >> 16 & 0xff, low & 0xffff);
	TRY(esys_property(x, TPM2_PT_REVISION, &v));
	snprintf(i->spec, sizeof(i->spec), "2.0 rev %u.%02u", v / 100 % 100, v % 100);
	for (size_t k = 0; k < ARRAY_LEN(software); k++)
		if (strcmp(i->maker, software[k].maker) == 0 &&
			strstr(i->vendor, software[k].vendor) != NULL)
			i->software = true;
	return OK;
}

static struct err clock_read(struct esys *x, struct trust_info *i)
{
	struct esys_cmd c = esys_cmd(x, "TPM2_ReadClock");
	_cleanup_(esys_freep) TPMS_TIME_INFO *now = NULL;

	while (esys_next(&c))
		c.rc = Esys_ReadClock(x->ctx, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &now);
	TRY(esys_result(&c));
	i->reset_count = now->clockInfo.resetCount;
	i->restart_count = now->clockInfo.restartCount;
	return OK;
}

struct err tpm_info(struct esys *x, struct trust_info *ret)
{
	struct trust_info i = {0};
	uint32_t permanent;
	bool zero;

	TRY(names_read(x, &i));
	TRY(esys_property(x, TPM2_PT_PERMANENT, &permanent));
	i.owner_auth_set = (permanent & TPMA_PERMANENT_OWNERAUTHSET) != 0;
	i.endorsement_auth_set = (permanent & TPMA_PERMANENT_ENDORSEMENTAUTHSET) != 0;
	i.lockout_auth_set = (permanent & TPMA_PERMANENT_LOCKOUTAUTHSET) != 0;
	TRY(esys_count(x, &i.count));
	TRY(parent_persistent(x, &i.srk_persistent));
	TRY(banks_read(x, &i.banks));
	for (size_t k = 0; k < ARRAY_LEN(banks); k++) {
		if ((i.banks & 1u << banks[k].bank) == 0)
			continue;
		TRY(bank_zero(x, banks[k].bank, &zero));
		if (zero)
			i.zero_banks |= 1u << banks[k].bank;
	}
	TRY(clock_read(x, &i));
	*ret = i;
	return OK;
}
