/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose key signed a trusted application. The headers were made with the private keys that OP-TEE
 * publishes (keys/default.pem of its optee_os, before and after April 2025), and with one of our
 * own. */
#include "ta_signer.h"
#include "test.h"

static const char pss2048[] =
	"4853544f010000000010000030494170200000016eebb2dc730d9e1e0f3203974774f4097dcffdb5"
	"ee435ab40106786fc8d51eed452d04ab58e90812c18580da26af623b317403963861db9bd9c0fd3c"
	"aea5e922f16ae61c04967abec37bde170b4d55bb2dccb0515ff598a769f998b1dce543ab9465fe1b"
	"4f9fe4a027f4362d483ec7c8020ec9ee26504689852741206b922bd5646a2da77b4a2e56bf060559"
	"3a15109ebe02df14dcfc9db92a22c5921dda5a047e73d129c885833ef2edae60c3e9faa4454f741f"
	"fed2e9cd21716d8a3ac7ac5f1bca22bb1063d37323677ab2bcbec4b17ec3f773e4973172118a1dce"
	"5eb56670870a9441b5acf01655cb0200e568b1e5d7ff4292cb04a92d64a1ce7bb49e17f3fbedd809"
	"d4dd9f352f1aae32e4712c927d55f35aa42c0a5cdb9e7576df55d604";

static const char pkcs2048[] =
	"4853544f01000000001000003048007020000001f0d7b389158c93e93321fef59e3858d2939fcc09"
	"0e6316b01fd5443020447dd868f210eb343d755687e91255792f99073aa4b161cb103d738893da5d"
	"e51d6ba93ac58642c0001da1aedb3853b9dd0d72bc7a18240c443828c993d495572faf725abf7887"
	"a3574de42f1f555fcc251f84da12ce647508eb874e8968778c4f8e2769e2a11d5e4123a04c79d035"
	"a75f818cbe9608b8caa24e20dbd4e345b2579032df069206d45315e28db86c92afcc0b0b5035e6b1"
	"835ba6893411ec2af37402a867f7c378bf27ebe47850f0ffa0a8c170de1b1ab9fad608009ea10dc4"
	"da26ebcda0d633b3fb0b0110ef75a668295aa9220aef89447e0d786d88c20bd33705c3d2af5fe355"
	"7d9dee483031179fd882415b5a3b22b2aad39b82603dbd55c48b4523";

static const char pss4096[] =
	"4853544f010000000010000030494170200000024ce2efd17ed832fd25166cc2df39ab6277be0e59"
	"67dac61ff25352ab353a612e5dfbdc419bd138313b08b2475e877e2ddf5dcb3f0b29504325e9f6e3"
	"581b70fff5991fc0b2e13793e72e2dd453c61343544299f138acf85c647d53dd853bb0203f517b82"
	"7a0276f80cd4f405a0ed3bfd7d5ecbcf0fdffc881c995ec9bf883f9f6931acd54e0d573b9ae7c8fe"
	"f0b2dcd944db6aefd2fde9c3ec3f1da32712f52bf66b72f3bb81af10cae16f6c719da635e6f20fd8"
	"2a648e42097329c44127f54457da4483e80e1a96b0a166debfe19d421cb70102d9b8cff587cb370c"
	"2f2ef353b9645b59ab877d3b143d74c739dd3eb12350b29a7602c783f0603b3872976116b5971895"
	"696c5fbcce57f080f0fe3ed6527fcd8220c94bc244d368d3043cc134d856e44355841f6289a5deb3"
	"1ce24fd2b8e6ee7f49dc0c16df9dc5b583c97718d8f0c94fe4f28a4a90ed7638d8e0897251db5d77"
	"2fff91d9c49765ad16b0cf2bd75e901b649eec0c3670c8fb09e70465197735ecbf74eaaf3e52d9db"
	"64116f8ed5fae23d4b2851e8c96a59728c89c7997b5db6a3d976677914c4bad32ccc3a556c60d118"
	"ea7ea4c952241c3ab2c0532282563a862095916f9c08366b5cb16caf7093fd67b126466bab05dadb"
	"dac4a6a2505383f1af72f4d6ff2ffa30bc38fdb6518317071c923c3bb2cc1c6d757a48517aeef955"
	"f0e72e0abc26722cdff2e8e3513e8519573188dd8f0e433492879f25a993daada3fc0b8fb1741080"
	"0c56f675";

static const char other2048[] =
	"4853544f010000000010000030494170200000013327f71fad75d66fbdbe9ed432af7ca8e251d372"
	"316dd5223448cce323cb3986328ed8b6ef5f7016ca037d6f6ddc75599acf06642dea89181b4564ff"
	"2cba4e9cc2a00a55905fae1acdedb7b0d52730efd718948ab897542a04766c93d62b60188e398b19"
	"b987822dca8158329d75c545d6d7ab85bc1337c7394bed8208dbae561c6806dce33dd8a231bd2321"
	"4718f61d8b3506e94f2e81034f6e60fa80ce627982937fee47d44a1311a05ef8d43ced9f9074c26a"
	"1231cb0abfb186968e19e9c4e754f7a2ab8844b0482f4dbb44bd1b961bf40a291c5ec8ba7d0d53d6"
	"dba449e63f31a47e24c0196b924f35365e49e09c12b66496fa22539794f262612032407aa81a5113"
	"e0f82655e794333143696b042ea3c3f5d252518a1838559276320e17";

#define HEAD_MAX 600u

static enum ta_signer signer(const char *hex, size_t flip, size_t len)
{
	uint8_t head[HEAD_MAX] = {0};
	size_t n = strlen(hex) / 2;

	if (!CHECK(n <= sizeof(head) && bytes_from_hex(hex, head, n)))
		return TA_SIGNER_UNKNOWN;
	if (flip < n)
		head[flip] ^= 1;
	return ta_signer_of(BYTES(head, len < n ? len : n));
}

#define WHOLE SIZE_MAX
#define NONE  SIZE_MAX

static void published_keys_are_known(void)
{
	CHECK_EQ(signer(pss2048, NONE, WHOLE), TA_SIGNER_PUBLISHED);
	CHECK_EQ(signer(pkcs2048, NONE, WHOLE), TA_SIGNER_PUBLISHED);
	CHECK_EQ(signer(pss4096, NONE, WHOLE), TA_SIGNER_PUBLISHED);
}

static void other_keys_are_other_keys(void)
{
	CHECK_EQ(signer(other2048, NONE, WHOLE), TA_SIGNER_OTHER);
	/* a changed hash, the first and the last byte of the signature */
	CHECK_EQ(signer(pss2048, 20, WHOLE), TA_SIGNER_OTHER);
	CHECK_EQ(signer(pss2048, 52, WHOLE), TA_SIGNER_OTHER);
	CHECK_EQ(signer(pss2048, 307, WHOLE), TA_SIGNER_OTHER);
	CHECK_EQ(signer(pss4096, 563, WHOLE), TA_SIGNER_OTHER);
}

static void what_is_no_header_tells_nothing(void)
{
	/* magic, type, algorithm, length of the hash */
	static const size_t fields[] = {0, 3, 6, 12, 15, 16, 17};
	uint8_t subkey[308];

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		CHECK_EQ(signer(pss2048, fields[i], WHOLE), TA_SIGNER_UNKNOWN);
	for (size_t len = 0; len < 308; len++)
		CHECK_EQ(signer(pss2048, NONE, len), TA_SIGNER_UNKNOWN);
	REQUIRE(bytes_from_hex(pss2048, subkey, sizeof(subkey)));
	subkey[4] = 3; /* the first of a chain of keys */
	CHECK_EQ(ta_signer_of(BYTES_OF(subkey)), TA_SIGNER_UNKNOWN);
	CHECK_EQ(ta_signer_of(BYTES_NONE), TA_SIGNER_UNKNOWN);
}

static const struct test tests[] = {
	TEST(published_keys_are_known),
	TEST(other_keys_are_other_keys),
	TEST(what_is_no_header_tells_nothing),
};

TEST_MAIN(tests)
