/* SPDX-License-Identifier: BSD-2-Clause */
/* Known weaknesses of OP-TEE as rows. It tells a version of itself in most builds; what a vendor
 * put into it besides is not told, so a version in a published range is concerned unless it was
 * mended there, and others may be. */
#include <ctype.h>
#include <stdio.h>

#include "trust_info.h"

#include "finding.h"

struct weak_row {
	const char *id;
	uint32_t from,
		to; /* the first two numbers of the version, both inclusive: major << 16 | minor */
	enum reach reach; /* in this range */
	const char *what, *means;
};

#define V(a, b)  ((uint32_t) (a) << 16 | (b))
#define TO(a, b) 0, V(a, b)
#define ANY      0, UINT32_MAX
#define TAKES_TEE \
	"whoever runs programs in the normal world may take over the TEE, and open what is sealed"
#define CORE_WHAT "memory of the TEE's kernel is corrupted by parameters of calls"
#define RSA_WHAT  "RSA private keys leak from the TEE"
#define RSA_MEANS "sealing uses no RSA and is not concerned"
#define IMX_WHAT \
	"on i.MX parts the normal world reaches the TEE's memory, by DMA or after waking up"
#define SP_WHAT "shared memory of secure partitions is used after it is freed, or as what it is not"
#define SP_MEANS                                                                                  \
	"only builds with secure partitions; whoever has the normal world's kernel may get into " \
	"the TEE, or stop it"

/* clang-format off */
static const struct weak_row rows[] = {
	{"CVE-2026-45614",   TO(4, 10),          APPLIES,
		"public keys of ECDH are not verified, so that private ones can be worked out",
		"sealing uses no ECDH and is not concerned; keys that other applications agree with are"},
	{"CVE-2026-45702",   V(4, 3), V(4, 10),  IN_SOME_BUILDS, SP_WHAT, SP_MEANS},
	{"CVE-2026-40290",   V(3, 16), V(4, 10), IN_SOME_BUILDS, SP_WHAT, SP_MEANS},
	{"CVE-2025-46733",   ANY,                IN_SOME_BUILDS,
		"whoever takes tee-supplicant's place makes trusted applications panic, which lose their memory (since 4.7 only those that allow it)",
		"Bulla's asks OP-TEE itself for its storage, and is not concerned; others are"},
	{"CVE-2023-41325",   V(3, 20), V(3, 21), APPLIES,
		"memory is freed twice while a trusted application's signature is verified", TAKES_TEE},
	{"CVE-2022-47549",   TO(3, 19),          APPLIES,
		"a fault at the right moment skips the verification of a trusted application's signature",
		"who has the machine open may load an application of their own in this one's name, and open what is sealed"},
	{"CVE-2022-46152",   TO(3, 18),          APPLIES,
		"parameters of calls reach past an array in the TEE's kernel", TAKES_TEE},
	{"CVE-2021-44149",   TO(3, 15),          IN_SOME_BUILDS, IMX_WHAT, TAKES_TEE},
	{"CVE-2021-36133",   ANY,                IN_SOME_BUILDS, IMX_WHAT, TAKES_TEE},
	{"CVE-2019-25052",   TO(3, 6),           APPLIES,
		"cryptographic functions called out of order crash, and may leak what was there", TAKES_TEE},
	{"CVE-2019-1010292", TO(3, 3),           APPLIES, CORE_WHAT, TAKES_TEE},
	{"CVE-2019-1010293", TO(3, 3),           APPLIES, CORE_WHAT, TAKES_TEE},
	{"CVE-2019-1010294", TO(3, 3),           APPLIES,
		"code and data of one trusted application may be seen by the next", TAKES_TEE},
	{"CVE-2019-1010297", TO(3, 3),           APPLIES, CORE_WHAT, TAKES_TEE},
	{"CVE-2019-1010298", TO(3, 3),           APPLIES, CORE_WHAT, TAKES_TEE},
	{"CVE-2017-1000412", TO(2, 4),           APPLIES, RSA_WHAT, RSA_MEANS},
	{"CVE-2017-1000413", TO(2, 4),           APPLIES, RSA_WHAT, RSA_MEANS},
};
/* clang-format on */

/* "4.5.0", "Unknown_4.5", "3.21.0-12-gabcdef": the first two numbers with a dot between; 0: none.
 */
static uint32_t version_number(const char *text)
{
	unsigned major = 0, minor = 0;

	for (const char *at = text; *at != '\0'; at++) {
		bool starts = isdigit((unsigned char) *at) &&
			      (at == text || !isalnum((unsigned char) at[-1]));

		if (starts && sscanf(at, "%5u.%5u", &major, &minor) == 2)
			return V(major & 0xffff, minor & 0xffff);
	}
	return 0;
}

void weak_assess_tee(json_object *list, const struct trust_info *tee)
{
	uint32_t version = version_number(tee->firmware);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct weak_row *row = &rows[i];
		enum reach reach =
			version == 0 && row->reach == APPLIES ? VERSION_NOT_SAID : row->reach;

		if (version == 0 || (version >= row->from && version <= row->to))
			weakness_add(list, row->id, reach, row->what, row->means);
	}
}
