/* SPDX-License-Identifier: BSD-2-Clause */
/* Known weaknesses of TPMs as rows. A TPM names its maker and a firmware version, not whether it
 * was mended: unless the published range is one of TPM firmware versions, a row only says "may
 * apply". */
#include <stdio.h>
#include <string.h>

#include "trust_info.h"

#include "finding.h"

struct weak_row {
	const char *id, *maker; /* maker NULL: any */
	uint32_t from, to;      /* first two numbers of the firmware: major << 16 | minor */
	enum reach reach;
	const char *what, *means;
};

#define ANY         0, UINT32_MAX
#define FW(a, b)    ((uint32_t) (a) << 16 | (b))
#define ROCA_WHAT   "RSA keys that the TPM makes can be factored (ROCA)"
#define ROCA_MEANS  "sealing here is under an ECC key and not concerned; replace RSA keys made in it"
#define ST_WHAT     "ECDSA nonces leak through timing (TPM-FAIL)"
#define FAIL_MEANS  "sealing does not sign and is not concerned; keys that the TPM signs with are"
#define PARAM_WHAT  "reading and writing past a buffer while parameters are decrypted"
#define PARAM_MEANS "whoever may use the TPM may take it over: update its firmware"

/* clang-format off */
/* The maker lists single versions, and says that no other is concerned. */
#define ST(a, b) {"CVE-2019-16863", "STM", FW(a, b), FW(a, b), APPLIES, ST_WHAT, FAIL_MEANS}

static const struct weak_row rows[] = {
	{"CVE-2017-15361", "IFX",  FW(4, 0),   FW(4, 33),    APPLIES, ROCA_WHAT, ROCA_MEANS},
	{"CVE-2017-15361", "IFX",  FW(4, 40),  FW(4, 42),    APPLIES, ROCA_WHAT, ROCA_MEANS},
	{"CVE-2017-15361", "IFX",  FW(5, 0),   FW(5, 61),    APPLIES, ROCA_WHAT, ROCA_MEANS},
	{"CVE-2017-15361", "IFX",  FW(6, 0),   FW(6, 42),    APPLIES, ROCA_WHAT, ROCA_MEANS},
	{"CVE-2017-15361", "IFX",  FW(7, 0),   FW(7, 61),    APPLIES, ROCA_WHAT, ROCA_MEANS},
	{"CVE-2017-15361", "IFX",  FW(133, 0), FW(133, 32),  APPLIES, ROCA_WHAT, ROCA_MEANS},
	ST(71, 0),
	ST(71, 4),
	ST(71, 12),
	ST(73, 0),
	ST(73, 4),
	ST(73, 5),
	ST(73, 8),
	ST(73, 9),
	ST(74, 0),
	ST(74, 4),
	ST(74, 5),
	ST(74, 8),
	ST(74, 9),
	ST(74, 16),
	{"CVE-2019-11090", "INTC", ANY,                      MAY_APPLY, ST_WHAT, FAIL_MEANS},
	{"faulTPM",        "AMD",  ANY,                      MAY_APPLY,
		"hours with the board give up everything that the firmware TPM keeps (Zen 2, Zen 3)",
		"then only scrypt of the PIN is left: choose a passphrase, not digits"},
	{"CVE-2023-1017",  NULL,   ANY,                      UNLESS_MENDED, PARAM_WHAT, PARAM_MEANS},
	{"CVE-2023-1018",  NULL,   ANY,                      UNLESS_MENDED, PARAM_WHAT, PARAM_MEANS},
	{"CVE-2025-2884",  NULL,   ANY,                      UNLESS_MENDED,
		"reading past a buffer in CryptHmacSign",
		"whoever may use the TPM may read some of its memory: update its firmware"},
	{"CVE-2018-6622",  NULL,   ANY,                      UNLESS_MENDED,
		"after some suspends PCRs start anew and can be made to say anything",
		"PCR policies fall where the firmware is not mended; PINs do not"},
};
/* clang-format on */

#define DISCRETE_MEANS                                                                   \
	"who opens the case can stand between CPU and TPM: what is sealed is encrypted " \
	"there, but the TPM can be reset and told other PCR values; a PIN holds"
static const char *const discrete[] = {"IFX", "STM", "NTC", "ATML", "NSM", "SMSC", "WEC"};

/* "7.85.4555.0": the first two numbers; 0 for what is none. */
static uint32_t firmware_number(const char *text)
{
	unsigned major = 0, minor = 0;

	if (sscanf(text, "%5u.%5u", &major, &minor) < 1)
		return 0;
	return FW(major & 0xffff, minor & 0xffff);
}

static bool maker_is(const struct trust_info *tpm, const char *maker)
{
	size_t len = strlen(maker);

	return strncmp(tpm->maker, maker, len) == 0 &&
	       (tpm->maker[len] == '\0' || tpm->maker[len] == ' ');
}

void weak_assess(json_object *list, const struct trust_info *tpm)
{
	uint32_t firmware = firmware_number(tpm->firmware);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct weak_row *row = &rows[i];

		if (row->maker != NULL && !maker_is(tpm, row->maker))
			continue;
		if (firmware >= row->from && firmware <= row->to)
			weakness_add(list, row->id, row->reach, row->what, row->means);
	}
	for (size_t i = 0; i < ARRAY_LEN(discrete); i++)
		if (maker_is(tpm, discrete[i]))
			weakness_add(list, "bus", MAY_APPLY,
				"a chip of its own on a bus that can be reached", DISCRETE_MEANS);
}
