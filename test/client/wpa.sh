#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: network
# EAP-TLS: wpa_supplicant's eapol_test with keys in a token, against hostapd's RADIUS server, whose log says who came;
# docs/howto/wpa.md as it stands. Both are in a network of their own: hostapd listens on all addresses.
. "$CHECK_TOP/test/client/lib.sh"
tried "wpa_supplicant (eapol_test)" "-"
beside own hostapd eapoltest libnl-3-200 libnl-genl-3-200 libnl-route-3-200 libpcsclite1 libdbus-1-3 || { skip "$CASE/wpa" "$(cat beside.err)"; exit 0; }
# wpa_supplicant takes a module from /usr/lib alone: there it is, as Debian's package has it
arch=$(gcc -print-multiarch)
mkdir -p "$DIR/view/$arch/bulla" "$DIR/view/$arch/pkcs11"
cp "$MODULE" "$DIR/view/$arch/pkcs11"
cp "$BUILD/tpm/bulla-tpm" "$DIR/view/$arch/bulla"
own_view "$DIR/view" || { skip "$CASE/wpa" "no user may have a view of /usr/lib of its own here: $(tail -n 1 view.err)"; exit 0; }
tried "wpa_supplicant (eapol_test)" "$(beside_version eapoltest), hostapd $(beside_version hostapd), through libp11's engine $(version libengine-pkcs11-openssl)"
swtpm_start "$DIR/tpm" && printf 'tcti = %s\n' "$(swtpm_tcti "$DIR/tpm")" >"$XDG_CONFIG_HOME/bulla/bulla.conf"
swtpm_tool "$DIR/tpm" tpm2_dictionarylockout -s -n 32 -t 600 -l 600 >/dev/null
p11_kit
authority
export TOKEN=me SECRET=radius
openssl req -new -newkey rsa:2048 -nodes -keyout radius.key -subj /CN=radius.example -out radius.req 2>/dev/null
issue radius.req radius.pem extendedKeyUsage=serverAuth
cat >hostapd.conf <<END
driver=none
interface=none
eap_server=1
eap_user_file=$PWD/users
ca_cert=$PWD/ca.pem
server_cert=$PWD/radius.pem
private_key=$PWD/radius.key
radius_server_clients=$PWD/clients
radius_server_auth_port=1812
tls_flags=[ENABLE-TLSv1.3]
END
echo '* TLS' >users
echo "127.0.0.1/32 $SECRET" >clients
# both: a RADIUS server, and what asks it
cat >both <<END
#!/bin/bash
export LD_LIBRARY_PATH=$LIB:$BESIDE${LIB#"$BESIDE/usr"}
$BESIDE/usr/sbin/hostapd -d hostapd.conf >hostapd.log 2>&1 </dev/null &
server=\$!
for _ in \$(seq 100); do ! grep -q "AP-ENABLED\|Setup of interface done" hostapd.log || break; sleep 0.1; done
$BESIDE/usr/bin/eapol_test "\$@" 
status=\$?
kill \$server
wait \$server
exit \$status
END
chmod 755 both
printf '#!/bin/sh\nexec %s %s/both "$@"\n' "${VIEW[*]}" "$PWD" >"$DIR/bin/eapol_test"
chmod 755 "$DIR/bin/eapol_test"

howto "how-to: a key" wpa keys
issue notebook.req notebook.pem extendedKeyUsage=clientAuth
MODULE=/usr/lib/$arch/pkcs11/bulla-pkcs11.so howto "how-to: the configuration" wpa configure
howto "how-to: the try" wpa try
# known NAME SUBJECT VERSION [TIMES]: hostapd let somebody in, who showed this certificate
known() {
	local count
	count=$(grep -c "EAP authentication succeeded" hostapd.log)
	if [ "$count" -eq "${4:-1}" ] && grep -q "tls_verify_cb - preverify_ok=1 err=0 (ok).*depth=0 buf='/CN=$2'" hostapd.log && grep -q "Using TLS version TLSv$3" hostapd.log; then
		pass "$CASE/$1"
	else
		grep -v hexdump hostapd.log | tail -n 20
		fail "$CASE/$1" "$count times; $(grep 'tls_verify_cb' hostapd.log | tail -n 1)"
	fi
}
# unknown NAME: hostapd let nobody in
unknown() { if grep -q "EAP authentication succeeded" hostapd.log; then fail "$CASE/$1" "it let somebody in"; else pass "$CASE/$1"; fi; }
known "hostapd knows the notebook" notebook 1.2

token_key() { # TYPE ID NAME: and a certificate, in a file and beside the key
	# shellcheck disable=SC2086 # words
	tool $LOGIN --keypairgen --key-type "$1" --label "$3" --id "$2" &&
		openssl req -new -engine pkcs11 -keyform engine -key "pkcs11:token=$TOKEN;object=$3;type=private${LOGIN:+;pin-value=$PIN}" -subj "/CN=$3" -out "$3.req" &&
		issue "$3.req" "$3.pem" extendedKeyUsage=clientAuth && openssl x509 -in "$3.pem" -outform DER -out "$3.der" &&
		tool $LOGIN --write-object "$3.der" --type cert --id "$2" --label "$3"
}
export -f token_key issue
export LOGIN="--login --pin env:PIN" # a token without a PIN needs none
# network LINE...: a configuration like the how-to's, with these lines for the key
network() {
	sed '/client_cert=\|private_key=\|pin=/d; /^}/d' wpa_supplicant.conf
	printf '    %s\n' "$@"
	echo "}"
}
asks() { eapol_test -c network.conf -a 127.0.0.1 -s "$SECRET" -t 10 "$@"; }
export -f asks
try "an RSA key" token_key rsa:2048 02 rsa
try "a P-384 key" token_key EC:secp384r1 03 p384
uri="pkcs11:token=me;type=private;object"
tls13='phase1="tls_disable_tlsv1_3=0"'
for key in rsa p384; do
	network "client_cert=\"$PWD/$key.pem\"" "private_key=\"$uri=$key\"" "pin=\"$PIN\"" >network.conf
	try "$key, TLS 1.2" asks
	known "hostapd knows it: $key, TLS 1.2" $key 1.2
	network "client_cert=\"$PWD/$key.pem\"" "engine=1" 'engine_id="pkcs11"' "key_id=\"$uri=$key\"" "pin=\"$PIN\"" "$tls13" >network.conf
	try "$key, TLS 1.3, engine and key_id" asks
	known "hostapd knows it: $key, TLS 1.3" $key 1.3
	network "client_cert=\"pkcs11:token=me;type=cert;object=$key\"" "private_key=\"$uri=$key;pin-value=$PIN\"" >network.conf
	try "$key, the certificate and the key from the token, the PIN in the URI" asks
	known "hostapd knows it: $key, all from the token" $key 1.2
done
try "twice again, in one process" asks -r 2
known "hostapd knows it three times" p384 1.2 3

# ---- what must fail
network "client_cert=\"$PWD/rsa.pem\"" "private_key=\"$uri=p384\"" "pin=\"$PIN\"" >network.conf
refuse "another key than the certificate's" "FAILURE" asks
unknown "nobody with a certificate alone"
network "client_cert=\"$PWD/rsa.pem\"" "private_key=\"$uri=rsa\"" 'pin="wrong-one"' >network.conf
refuse "a wrong PIN" "FAILURE" asks
unknown "nobody with a wrong PIN"
count=$(($(swtpm_tool "$DIR/tpm" tpm2_getcap properties-variable | sed -n 's/.*LOCKOUT_COUNTER: *//p')))
if [ $count -eq 1 ]; then pass "$CASE/it was counted once"; else fail "$CASE/it was counted once" "$count"; fi
openssl req -x509 -newkey rsa:2048 -nodes -keyout stranger.key -out stranger.pem -subj /CN=rsa -days 2 2>/dev/null
network "client_cert=\"$PWD/stranger.pem\"" "private_key=\"$PWD/stranger.key\"" >network.conf
refuse "a certificate of another authority" "FAILURE" asks
unknown "no stranger"

# ---- a token without a PIN
client_token machine pcr=sha256:7
TOKEN=machine LOGIN=''
try "a key of a token without a PIN" token_key EC:prime256v1 01 machine
network "client_cert=\"$PWD/machine.pem\"" 'private_key="pkcs11:token=machine;object=machine;type=private"' "$tls13" >network.conf
try "it comes without a PIN" asks
known "hostapd knows the machine" machine 1.3
