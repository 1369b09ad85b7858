/* SPDX-License-Identifier: BSD-2-Clause */
/* pin_derive without its tenth of a second, for programs that try hundreds of PINs and are not
 * about stretching them. Linked with --wrap=pin_derive. */
#include "ossl.h"
#include "pin.h"

struct err __wrap_pin_derive(const struct pin_kdf *kdf, const struct secret *pin,
	const uint8_t seal_id[static ID_LEN], struct secret **ret_auth, struct secret **ret_kpin);

static struct err quick(const struct pin_kdf *kdf, const struct secret *pin,
	const uint8_t seal_id[static ID_LEN], struct secret **ret)
{
	SECRET(key);

	if (secret_len(pin) == 0)
		return ERR(E_INVALID);
	TRY(secret_new(PIN_KEY_LEN, &key));
	TRY(ossl_hkdf(secret_view(pin), BYTES_OF(kdf->salt), BYTES(seal_id, ID_LEN),
		secret_bytes(key), PIN_KEY_LEN));
	secret_bytes(key)[PIN_KEY_LEN - 1] |= 1;
	*ret = TAKE(key);
	return OK;
}

struct err __wrap_pin_derive(const struct pin_kdf *kdf, const struct secret *pin,
	const uint8_t seal_id[static ID_LEN], struct secret **ret_auth, struct secret **ret_kpin)
{
	SECRET(auth);
	SECRET(kpin);

	TRY(quick(kdf, pin, seal_id, &auth));
	TRY(quick(kdf, pin, seal_id, &kpin));
	*ret_auth = TAKE(auth);
	*ret_kpin = TAKE(kpin);
	return OK;
}
