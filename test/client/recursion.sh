#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A process whose own libcrypto is configured to come to this very module, through libp11's engine or
# the pkcs11 provider, for everything or for what is asked: the module does its own cryptography
# elsewhere, so nothing recurses and nothing hangs. Also after a fork.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
keys_with_certificates
host=$BUILD/test/client/client-host
echo "the text" >text
LIMIT=20

# ---- what the configurations are: engine, provider first, provider last
engine_conf engine.cnf "$MODULE"
sed 's/^init = 0/init = 1\ndefault_algorithms = ALL/' engine.cnf >engine-all.cnf
configurations=(engine engine-all engine-pin)

# Debian's pkcs11-provider of the backports, unpacked beside the system.
fetch_provider() {
	local uri root=$PWD/apt found
	found=$(find /usr/lib -path '*ossl-modules/pkcs11.so' -print -quit)
	if [ -z "$found" ]; then
		uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 2>/dev/null | awk '$2 ~ /^[a-z]+$/ && $3 == "main" {print $1; exit}')
		[ -n "$uri" ] || return 1
		mkdir -p "$root/lists/partial" "$root/cache/archives/partial" "$root/etc" "$root/x"
		printf 'deb %s %s-backports main\n' "$uri" "$(. /etc/os-release && echo "$VERSION_CODENAME")" >"$root/sources"
		local apt=(apt-get -q -o "Dir::Etc::sourcelist=$root/sources" -o Dir::Etc::sourceparts=/dev/null
			-o "Dir::State::lists=$root/lists" -o "Dir::Cache=$root/cache" -o APT::Sandbox::User= -o Acquire::Retries=2
			-o "Dir::Cache::pkgcache=$root/cache/p" -o "Dir::Cache::srcpkgcache=$root/cache/s")
		timeout 120 "${apt[@]}" update >apt.log 2>&1
		(cd "$root" && timeout 120 "${apt[@]}" download pkcs11-provider) >>apt.log 2>&1 || { tail -n 3 apt.log; return 1; }
		dpkg -x "$root"/pkcs11-provider*.deb "$root/x"
		found=$(find "$root/x" -name pkcs11.so -print -quit)
	fi
	[ -n "$found" ] && OPENSSL_CONF=/dev/null openssl list -providers -provider-path "$(dirname "$found")" -provider "$(basename "$found" .so)" >/dev/null 2>>apt.log || true
	PROVIDER=$found
	[ -n "$found" ]
}
provider_conf() { # FILE PROPERTIES ORDER...
	local file=$1 properties=$2 one
	shift 2
	{
		printf 'openssl_conf = main\n[main]\nproviders = providers\nalg_section = algorithms\n[algorithms]\n'
		[ -z "$properties" ] || printf 'default_properties = %s\n' "$properties"
		printf '[providers]\n'
		for one in "$@"; do printf '%s = %s_section\n' "$one" "$one"; done
		printf '[default_section]\nactivate = 1\n[pkcs11_section]\nmodule = %s\npkcs11-module-path = %s\n' "$PROVIDER" "$MODULE"
		printf 'pkcs11-module-token-pin = file:%s/pin\nactivate = 1\n[req]\ndistinguished_name = name\n[name]\n' "$PWD"
	} >"$file.cnf"
	configurations+=("$file")
}
if fetch_provider; then
	provider_conf provider-last "" default pkcs11
	provider_conf provider-first "" pkcs11 default
	provider_conf provider-preferred "?provider=pkcs11" default pkcs11
else
	skip "$CASE/openssl's pkcs11 provider" "the package pkcs11-provider of the backports is not to be had here"
fi

# ---- the module loaded directly in such a process
for conf in "${configurations[@]}"; do
	export OPENSSL_CONF=$PWD/$conf.cnf
	try "$conf: sign and generate" "$host" "$MODULE" clients init open login sign:01 sign:02 generate sign:7f destroy logout finalize
	try "$conf: after the host's own use of libcrypto" "$host" "$MODULE" clients evp init open evp login evp sign:01 sign:02 evp logout evp finalize
	try "$conf: a child" "$host" "$MODULE" clients evp init open login sign:01 fork finalize init open login sign:02 evp finalize
	try "$conf: a child that finalises nothing" "$host" "$MODULE" clients init open login sign:01 evp fork init open login sign:01 sign:02
	unset OPENSSL_CONF
done

# ---- openssl itself through them
export OPENSSL_CONF=$PWD/engine.cnf
for id in 01 02; do
	tool --read-object --type pubkey --id $id --output-file pub.der >/dev/null 2>&1
	openssl pkey -pubin -inform DER -in pub.der -pubout -out pub.pem 2>/dev/null
	rm -f sig
	try "engine: openssl pkeyutl with key $id" openssl pkeyutl -engine pkcs11 -keyform engine -sign -rawin -digest sha256 \
		-inkey "pkcs11:token=clients;id=%$id;type=private;pin-value=$PIN" -in text -out sig
	try "engine: plain openssl verifies it" env OPENSSL_CONF=/dev/null openssl dgst -sha256 -verify pub.pem -signature sig text
done
if [ -n "${PROVIDER:-}" ]; then
	for conf in provider-last provider-first provider-preferred; do
		export OPENSSL_CONF=$PWD/$conf.cnf
		try "$conf: openssl storeutl" openssl storeutl -text "pkcs11:token=clients;type=public"
		for id in 01 02; do
			OPENSSL_CONF=/dev/null tool --read-object --type pubkey --id $id --output-file pub.der >/dev/null 2>&1
			OPENSSL_CONF=/dev/null openssl pkey -pubin -inform DER -in pub.der -pubout -out pub.pem 2>/dev/null
			rm -f sig
			try "$conf: openssl pkeyutl with key $id" openssl pkeyutl -sign -rawin -digest sha256 -inkey "pkcs11:token=clients;id=%$id;type=private" -in text -out sig
			try "$conf: plain openssl verifies it" env OPENSSL_CONF=/dev/null openssl dgst -sha256 -verify pub.pem -signature sig text
		done
		try "$conf: openssl req" openssl req -new -x509 -key "pkcs11:token=clients;id=%02;type=private" -subj /CN=p -days 2 -out p.pem
	done
fi
