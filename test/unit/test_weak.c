/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of known weaknesses: certain only where a published range of firmware says so. */
#include "finding.h"
#include "test.h"
#include "trust_info.h"

/* "certain", "may", or "" for a weakness of a TPM of this maker and firmware. */
static const char *weakness(const char *maker, const char *firmware, const char *id)
{
	struct trust_info tpm = {0};
	const char *found = "";
	JS(list);

	list = js_array();
	snprintf(tpm.maker, sizeof(tpm.maker), "%s", maker);
	snprintf(tpm.firmware, sizeof(tpm.firmware), "%s", firmware);
	weak_assess(list, &tpm);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *one = json_object_array_get_idx(list, i);

		if (strcmp(js_get(one, "id"), id) == 0)
			found = js_get_flag(one, "certain") ? "certain" : "may";
		CHECK(*js_get(one, "what") != '\0' && *js_get(one, "means") != '\0');
	}
	return found;
}

static void published_ranges_are_certain(void)
{
	CHECK(strcmp(weakness("IFX", "7.61.2785.0", "CVE-2017-15361"), "certain") == 0);
	CHECK(strcmp(weakness("IFX", "7.62.3126.2", "CVE-2017-15361"), "") == 0);
	CHECK(strcmp(weakness("IFX", "4.34.0.0", "CVE-2017-15361"), "") == 0);
	CHECK(strcmp(weakness("IFX", "4.40.0.0", "CVE-2017-15361"), "certain") == 0);
	CHECK(strcmp(weakness("STM ", "73.4.17568.4452", "CVE-2019-16863"), "certain") == 0);
	CHECK(strcmp(weakness("STM ", "73.20.17568.6684", "CVE-2019-16863"), "") == 0);
	CHECK(strcmp(weakness("STM ", "7.61.0.0", "CVE-2017-15361"), "") == 0);
}

static void makers_without_a_range_may_be_concerned(void)
{
	CHECK(strcmp(weakness("AMD", "3.87.0.5", "faulTPM"), "may") == 0);
	CHECK(strcmp(weakness("INTC", "403.1.0.0", "CVE-2019-11090"), "may") == 0);
	CHECK(strcmp(weakness("IBM", "8217.4131.22.13878", "CVE-2023-1017"), "may") == 0);
	CHECK(strcmp(weakness("IBM", "8217.4131.22.13878", "faulTPM"), "") == 0);
}

static void discrete_chips_have_a_bus(void)
{
	CHECK(strcmp(weakness("IFX", "7.85.0.0", "bus"), "may") == 0);
	CHECK(strcmp(weakness("AMD", "3.87.0.5", "bus"), "") == 0);
}

static void firmware_that_is_none_is_no_version(void)
{
	CHECK(strcmp(weakness("IFX", "", "CVE-2017-15361"), "") == 0);
	CHECK(strcmp(weakness("IFX", "x.y", "CVE-2017-15361"), "") == 0);
	CHECK(strcmp(weakness("IFX", "99999.99999", "CVE-2017-15361"), "") == 0);
	CHECK(strcmp(weakness("", "7.61.0.0", "CVE-2017-15361"), "") == 0);
}

/* Likewise, of a TEE of this version. */
static const char *weakness_tee(const char *version, const char *id)
{
	struct trust_info tee = {.tee = {.known = true}};
	const char *found = "";
	JS(list);

	list = js_array();
	snprintf(tee.firmware, sizeof(tee.firmware), "%s", version);
	weak_assess_tee(list, &tee);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *one = json_object_array_get_idx(list, i);

		if (strcmp(js_get(one, "id"), id) == 0)
			found = js_get_flag(one, "certain") ? "certain" : "may";
		CHECK(*js_get(one, "what") != '\0' && *js_get(one, "means") != '\0');
	}
	return found;
}

static void versions_of_tees_are_compared_as_numbers(void)
{
	CHECK(strcmp(weakness_tee("3.18.0", "CVE-2022-46152"), "certain") == 0);
	CHECK(strcmp(weakness_tee("3.19.0", "CVE-2022-46152"), "") == 0);
	CHECK(strcmp(weakness_tee("3.2.0", "CVE-2019-1010298"), "certain") == 0);
	CHECK(strcmp(weakness_tee("3.20.0", "CVE-2019-1010298"), "") == 0);
	CHECK(strcmp(weakness_tee("3.19.0", "CVE-2023-41325"), "") == 0);
	CHECK(strcmp(weakness_tee("3.21.0", "CVE-2023-41325"), "certain") == 0);
	CHECK(strcmp(weakness_tee("4.10.0", "CVE-2026-45614"), "certain") == 0);
	CHECK(strcmp(weakness_tee("4.11.0", "CVE-2026-45614"), "") == 0);
	CHECK(strcmp(weakness_tee("4.5.0", "CVE-2021-36133"), "may") == 0);
}

static void versions_of_tees_have_many_forms(void)
{
	CHECK(strcmp(weakness_tee("Unknown_3.18", "CVE-2022-46152"), "certain") == 0);
	CHECK(strcmp(weakness_tee("Unknown_4.5", "CVE-2022-46152"), "") == 0);
	CHECK(strcmp(weakness_tee("3.18.0-12-gabcdef", "CVE-2022-46152"), "certain") == 0);
	/* none that is told: whatever was published may apply */
	CHECK(strcmp(weakness_tee("", "CVE-2022-46152"), "may") == 0);
	CHECK(strcmp(weakness_tee("a1b2c3d", "CVE-2022-46152"), "may") == 0);
	CHECK(strcmp(weakness_tee("12345678", "CVE-2022-46152"), "may") == 0);
}

static const struct test tests[] = {
	TEST(published_ranges_are_certain),
	TEST(makers_without_a_range_may_be_concerned),
	TEST(discrete_chips_have_a_bus),
	TEST(firmware_that_is_none_is_no_version),
	TEST(versions_of_tees_are_compared_as_numbers),
	TEST(versions_of_tees_have_many_forms),
};

TEST_MAIN(tests)
