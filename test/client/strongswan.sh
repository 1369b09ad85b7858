#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: network
# strongSwan: docs/howto/strongswan.md as it stands, pki and two charons with keys in tokens.
. "$CHECK_TOP/test/client/lib.sh"
tried "strongSwan (pki)" "-"
beside own strongswan-pki strongswan-libcharon libstrongswan libstrongswan-standard-plugins libstrongswan-extra-plugins \
	libcharon-extra-plugins strongswan-swanctl charon-systemd libgmp10 || { skip "$CASE/strongSwan" "$(cat beside.err)"; exit 0; }
# it looks for its plugins in /usr/lib/ipsec and nowhere else
own_view "$BESIDE/usr/lib" || { skip "$CASE/strongSwan" "no user may have a view of /usr/lib of its own here: $(tail -n 1 view.err)"; exit 0; }
in_view=("${VIEW[@]}" env "LD_LIBRARY_PATH=/usr/lib/ipsec:$LIB")
for program in bin/pki sbin/swanctl; do
	printf '#!/bin/sh\nexec %s %s/usr/%s "$@"\n' "${in_view[*]}" "$BESIDE" $program >"$DIR/bin/${program#*/}"
	chmod 755 "$DIR/bin/${program#*/}"
done
tried "strongSwan (pki)" "$(beside_version strongswan-pki)"
swtpm_start "$DIR/tpm" && printf 'tcti = %s\n' "$(swtpm_tcti "$DIR/tpm")" >"$XDG_CONFIG_HOME/bulla/bulla.conf"
swtpm_tool "$DIR/tpm" tpm2_dictionarylockout -s -n 32 -t 600 -l 600 >/dev/null
export STRONGSWAN_CONF=$PWD/strongswan.conf

howto "how-to: the module" strongswan module
howto "how-to: an authority" strongswan authority
howto "how-to: certificates" strongswan issue
try "openssl verifies the gateway's" openssl verify -CAfile ca.pem gateway.pem
try "openssl verifies the notebook's" openssl verify -CAfile ca.pem notebook.pem
howto "how-to: more" strongswan more
try "openssl reads the list of revoked certificates" openssl crl -in crl.pem -CAfile ca.pem -noout
try "the public key is the certificate's" cmp notebook-pub.pem <(openssl x509 -in notebook.pem -noout -pubkey)
export TOKEN=me
try "a second key, RSA" tool --login --pin env:PIN --keypairgen --key-type rsa:2048 --label vpn-rsa --id 52
typed() { "$CHECK_TOP/test/client/typist.py" "$@"; }
export -f typed
rsa_certificate() {
	typed pki --req --keyid 52 --dn 'O=Example, CN=notebook-rsa' --san notebook-rsa@example --outform pem | sed -n '/^-----BEGIN/,$p' >rsa.req &&
		typed pki --issue --cakeyid a1 --cacert ca.pem --type pkcs10 --in rsa.req --san notebook-rsa@example --outform pem | sed -n '/^-----BEGIN/,$p' >rsa.pem &&
		openssl verify -CAfile ca.pem rsa.pem && openssl x509 -in rsa.pem -outform DER -out rsa.der &&
		tool --login --pin env:PIN --write-object rsa.der --type cert --id 52 --label vpn-rsa
}
export -f rsa_certificate
try "and its certificate, which goes to the token" rsa_certificate
wrong_pin() { PIN=wrong-one typed pki --pub --keyid 51 2>&1; }
export -f wrong_pin
refuse "a wrong PIN" "parsing private key failed" wrong_pin
count=$(($(swtpm_tool "$DIR/tpm" tpm2_getcap properties-variable | sed -n 's/.*LOCKOUT_COUNTER: *//p')))
if [ $count -eq 1 ]; then pass "$CASE/a wrong PIN is counted once"; else fail "$CASE/a wrong PIN is counted once" "$count"; fi

# a gateway's key in a token without a PIN
client_token gateway pcr=sha256:7
TOKEN=gateway
gateway_certificate() { # pki itself takes no empty PIN
	tool --keypairgen --key-type EC:prime256v1 --label gateway --id 61 && engine_conf engine.cnf "$MODULE" &&
		OPENSSL_CONF=engine.cnf openssl req -new -engine pkcs11 -keyform engine -key 'pkcs11:token=gateway;id=%61;type=private' \
			-subj '/O=Example/CN=gateway' -out gateway-token.req &&
		typed pki --issue --cakeyid a1 --cacert ca.pem --type pkcs10 --in gateway-token.req --san gateway.example --outform pem |
		sed -n '/^-----BEGIN/,$p' >gateway-token.pem && openssl verify -CAfile ca.pem gateway-token.pem
}
export -f gateway_certificate
try "a gateway's certificate for a key of a token without a PIN" gateway_certificate

# ---- two charons, in a network of their own; an IKE_SA and no IPsec, of which the token knows nothing
tried "strongSwan (charon)" "$(beside_version charon-systemd)"
export GATEWAY=10.9.0.1
mkdir -p gateway/x509 gateway/private notebook/x509 gateway/x509ca notebook/x509ca
cp ca.pem gateway/x509ca
cp ca.pem notebook/x509ca
cp gateway.pem gateway/x509
cp gateway-key.pem gateway/private
cp notebook.pem notebook/x509
SWANCTL_DIR=$PWD/notebook howto "how-to: charon" strongswan charon

daemon_conf() { # NAME LINE...: what a charon of this name has besides the module
	local name=$1
	shift
	cat strongswan.conf
	printf '%s\n' "charon {" "$@" "filelog {" "log {" "path = $PWD/$name.log" "default = 1" "flush_line = yes" "}" "}" \
		"plugins {" "vici {" "socket = unix://$DIR/$name.vici" "}" "}" "}" \
		"swanctl {" "socket = unix://$DIR/$name.vici" "}"
}
daemon_conf gateway >gateway.conf
daemon_conf notebook "port = 0" "port_nat_t = 0" >notebook.conf
gateway_conf() { # KEY-LINE...
	printf '%s\n' "connections {" "users {" "local {" "auth = pubkey" "id = gateway.example" "$@" "}" \
		"remote {" "auth = pubkey" "cacerts = ca.pem" "}" "}" "}"
}
gateway_conf "certs = gateway.pem" >gateway/swanctl.conf
cat >both <<END
#!/bin/sh
ip addr add $GATEWAY/24 dev lo
for name in gateway notebook; do
	STRONGSWAN_CONF=$PWD/\$name.conf SWANCTL_DIR=$PWD/\$name $BESIDE/usr/sbin/charon-systemd &
	echo \$! >\$name.pid
done
wait
END
chmod 755 both
control() { # gateway|notebook COMMAND...
	local name=$1
	shift
	STRONGSWAN_CONF=$PWD/$name.conf SWANCTL_DIR=$PWD/$name swanctl "$@"
}
export -f control
begin() {
	rm -f ./*.pid "$DIR"/*.vici gateway.log notebook.log
	"${in_view[@]}" ./both >both.log 2>&1 </dev/null &
	BOTH=$!
	started $BOTH
	await test -S "$DIR/gateway.vici" && await test -S "$DIR/notebook.vici"
	started "$(cat gateway.pid)"
	started "$(cat notebook.pid)"
	control gateway --load-all --noprompt >load.log 2>&1 || cat load.log
}
finish() {
	kill "$(cat gateway.pid)" "$(cat notebook.pid)"
	wait $BOTH
}
# authenticated NAME ID KIND [TIMES]: the gateway believes who that is, by a signature of this kind
authenticated() {
	if await times "authentication of '$2' with $3 successful" gateway.log "${4:-1}" && await times "established between.*\\[$2\\]" gateway.log "${4:-1}"; then
		pass "$CASE/$1"
	else
		tail -n 12 gateway.log notebook.log
		fail "$CASE/$1" "$(tail -n 1 gateway.log)"
	fi
}
times() { [ "$(grep -c -- "$1" "$2")" -ge "$3" ]; }

begin
try "the notebook's configuration, ECDSA" control notebook --load-all
try "it connects" control notebook --initiate --ike example --timeout 20
authenticated "the gateway knows it by ECDSA" notebook@example ECDSA_WITH_SHA256_DER
try "it disconnects" control notebook --terminate --ike example --timeout 20
try "and connects again" control notebook --initiate --ike example --timeout 20
authenticated "the gateway knows it again" notebook@example ECDSA_WITH_SHA256_DER 2
finish

# notebook_conf ID LOCAL-LINE...: a key of the token, and more of `local`
notebook_conf() {
	local id=$1
	shift
	printf '%s\n' "connections {" "example {" "remote_addrs = $GATEWAY" "local {" "$@" "}" "remote {" "auth = pubkey" "id = gateway.example" "}" "}" "}" \
		"secrets {" "token-vpn {" "handle = $id" "module = bulla" "pin = $PIN" "}" "}"
}
connect() { control notebook --load-all 2>&1 | grep -v '^opening directory' && control notebook --initiate --ike example --timeout 20; }
export -f connect
begin
sed '/pin = /d' notebook/swanctl.conf >typed.conf
cp typed.conf notebook/swanctl.conf
typed_pin() { typed bash -c connect; }
export -f typed_pin
try "the PIN typed" typed_pin
said "it was asked for" "PIN"
authenticated "the gateway knows it with the PIN typed" notebook@example ECDSA_WITH_SHA256_DER
finish
rm notebook/x509/notebook.pem
for kind in pubkey:RSA_EMSA_PKCS1_SHA2_256 ike:rsa-sha512:RSA_EMSA_PKCS1_SHA2_512; do
	begin
	notebook_conf 52 "auth = ${kind%:*}" "id = notebook-rsa@example" "cert-token {" "handle = 52" "}" >notebook/swanctl.conf
	try "RSA with its certificate in the token: ${kind%:*}" connect
	authenticated "the gateway knows it by ${kind##*:}" notebook-rsa@example "${kind##*:}"
	finish
done

# the same with what else strongSwan can leave to a token: hashes, random numbers, others' public keys; not ECDH, where
# strongSwan 5.9 uses the parameters after their end of life
cp notebook.conf plain.conf
cat >>notebook.conf <<END
charon {
plugins {
pkcs11 {
use_hasher = yes
use_pubkey = yes
use_rng = yes
}
}
}
END
begin
try "hashes and random numbers by the token, too" connect
authenticated "the gateway knows it, hashed by the token" notebook-rsa@example RSA_EMSA_PKCS1_SHA2_512
try "its algorithms" control notebook --list-algs
said "a hash is the token's" 'SHA.*256\[pkcs11\]'
said "random numbers are the token's" 'RNG_STRONG\[pkcs11\]'
finish
mv plain.conf notebook.conf

# the gateway's key
rm gateway/private/* gateway/x509/*
cp gateway-token.pem gateway/x509/gateway.pem
gateway_conf "certs = gateway.pem" >gateway/swanctl.conf
printf '%s\n' "secrets {" "token-gateway {" "handle = 61" "pin = \"\"" "}" "}" >>gateway/swanctl.conf
begin
try "a gateway with its key in a token without a PIN" connect
authenticated "it knows the notebook" notebook-rsa@example RSA_EMSA_PKCS1_SHA2_512
cp notebook.log last.log
said "and the notebook knows the gateway" "authentication of 'gateway.example' with ECDSA_WITH_SHA256_DER successful"
finish

# a wrong PIN in the configuration: one try for each time that it is loaded
begin
sed -i "s/pin = .*/pin = wrong-one/" notebook/swanctl.conf
refuse "a wrong PIN in swanctl.conf" "loading 'token-vpn' failed" connect
if grep -q "established between" gateway.log; then fail "$CASE/and nobody came" "$(tail -n 1 gateway.log)"; else pass "$CASE/and nobody came"; fi
finish
count=$(($(swtpm_tool "$DIR/tpm" tpm2_getcap properties-variable | sed -n 's/.*LOCKOUT_COUNTER: *//p')))
if [ $count -eq 2 ]; then pass "$CASE/it was counted once"; else fail "$CASE/it was counted once" "$count"; fi
