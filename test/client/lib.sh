#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the tests with real programs share: a software TPM, a token sealed by it, and a home directory
# with the configuration of one user. Sourced; BUILD is a finished build. One script by itself:
# ./check clients:NAME.
. "$CHECK_TOP/test/stages/lib.sh"
. "$CHECK_TOP/test/lib/swtpm.sh"

export HOME=$DIR/home XDG_CONFIG_HOME=$DIR/home/.config XDG_DATA_HOME=$DIR/home/.local/share
MODULE=$BUILD/module/bulla-pkcs11.so
BULLA=$BUILD/tool/bulla
export STORE=$XDG_DATA_HOME/bulla
PIN=$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
SO_PIN=$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
export PIN SO_PIN # pkcs11-tool --pin env:PIN
CASE=$(basename "$0" .sh)
pids=()

# server_end PID: ends it; how it ended is not the test's business
server_end() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}
client_end() {
	local pid
	for pid in ${pids[@]+"${pids[@]}"}; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	swtpm_stop "$DIR/tpm"
	[ -n "${CLIENT_KEEP:-}" ] || rm -rf "$DIR"
}
trap client_end EXIT

mkdir -p "$XDG_CONFIG_HOME/bulla" "$XDG_CONFIG_HOME/pkcs11/modules" "$XDG_DATA_HOME" "$DIR/work"
cd "$DIR/work" || exit 1
(umask 077 && printf '%s\n' "$PIN" >pin && printf '%s\n' "$SO_PIN" >so-pin)

# started PID: to be ended with this script
started() { pids+=("$1"); }

# limited COMMAND...: output into last.log; the command may be an exported function
limited() {
	if [ "$(type -t "$1")" = function ]; then
		# shellcheck disable=SC2016 # for the inner shell
		set -- bash -c '"$@"' bash "$@"
	fi
	timeout -k 5 "${LIMIT:-60}" "$@" >last.log 2>&1 </dev/null
}
# try NAME COMMAND...: a case that passes if the command does, within a minute
try() {
	local name=$1 rc
	shift
	limited "$@"
	rc=$?
	if [ $rc -eq 0 ]; then
		pass "$CASE/$name"
	else
		echo "\$ $*"
		tail -n 25 last.log
		fail "$CASE/$name" "$(case $rc in 124) echo "it did not end within ${LIMIT:-60} s" ;; *) echo "status $rc: $(tail -n 1 last.log)" ;; esac)"
	fi
	return $rc
}
# refuse NAME PATTERN COMMAND...: passes if the command fails and says so
refuse() {
	local name=$1 pattern=$2 rc
	shift 2
	limited "$@"
	rc=$?
	if [ $rc -ne 0 ] && [[ ! $rc =~ ^(124|127|13[0-9])$ ]] && grep -q -- "$pattern" last.log; then
		pass "$CASE/$name"
	else
		echo "\$ $*"
		tail -n 25 last.log
		fail "$CASE/$name" "status $rc, and \"$pattern\" is $(grep -q -- "$pattern" last.log || echo not) in what it said"
	fi
}
# said NAME PATTERN: the last command's output has it
said() { if grep -q -- "$2" last.log; then pass "$CASE/$1"; else tail -n 25 last.log; fail "$CASE/$1" "no \"$2\""; fi; }

# client_token LABEL [POLICY]: a software TPM if there is none yet, and a token of this user
client_token() {
	if [ ! -e "$DIR/tpm/pid" ]; then
		swtpm_start "$DIR/tpm" || { fail "$CASE" "swtpm does not start"; exit 0; }
		# as TPMs in machines have it; swtpm's own limit of three is not what is tested here
		swtpm_tool "$DIR/tpm" tpm2_dictionarylockout -s -n 32 -t 600 -l 600 >/dev/null
		printf 'tcti = %s\n' "$(swtpm_tcti "$DIR/tpm")" >"$XDG_CONFIG_HOME/bulla/bulla.conf"
	fi
	"$BULLA" init --label "$1" --policy "${2:-pin}" --pin-file pin --so-pin-file so-pin >init.log 2>&1 ||
		{ cat init.log; fail "$CASE" "no token could be made: $(tail -n 1 init.log)"; exit 0; }
}
# p11_kit: Bulla's module in this user's p11-kit, as `meson install` would put it there for all
p11_kit() {
	if [ -n "${INSTALLED_CONFIG:-}" ]; then # what `meson install` made, for this user only
		cp "$INSTALLED_CONFIG" "$XDG_CONFIG_HOME/pkcs11/modules/bulla.module"
		return
	fi
	printf 'module: %s\nx-init-reserved: blank-slot=no\ntrust-policy: no\n' "$MODULE" >"$XDG_CONFIG_HOME/pkcs11/modules/bulla.module"
}

find_module() { find /usr/lib -name "$1" -print -quit; }
# neighbour: one more module in this user's p11-kit, a software token with a key
neighbour() {
	mkdir softhsm && printf 'directories.tokendir = %s/softhsm\n' "$PWD" >softhsm.conf
	export SOFTHSM2_CONF=$PWD/softhsm.conf
	softhsm2-util --init-token --free --label neighbour --pin 1234 --so-pin 1234 >/dev/null 2>&1
	pkcs11-tool --module "$(find_module libsofthsm2.so)" --token-label neighbour --login --pin 1234 --keypairgen \
		--key-type EC:prime256v1 --label next-door --id 77 >/dev/null 2>&1
	printf 'module: %s\n' "$(find_module libsofthsm2.so)" >"$XDG_CONFIG_HOME/pkcs11/modules/softhsm2.module"
}
# p11_kit_neighbours: that, and the system's trust anchors
p11_kit_neighbours() {
	neighbour
	printf 'module: %s\ntrust-policy: yes\n' "$(find_module p11-kit-trust.so)" >"$XDG_CONFIG_HOME/pkcs11/modules/p11-kit-trust.module"
}

tool() { pkcs11-tool --module "$MODULE" --token-label "$TOKEN" "$@"; }
# public_key ID OUT.pem: of the token TOKEN. Not by pkcs11-tool: 0.23 frees an EC point before it writes it.
public_key() { p11tool --provider "$MODULE" --export "pkcs11:token=$TOKEN;id=%$1;type=public" --outfile "$2" >public_key.log 2>&1 || { cat public_key.log; return 1; }; }
export -f tool public_key
export MODULE BULLA TOKEN=clients

# keys: an RSA and an EC key with certificates, ids 01 and 02
keys_with_certificates() {
	tool --login --pin env:PIN --keypairgen --key-type rsa:2048 --label rsa --id 01 >keys.log 2>&1 &&
		tool --login --pin env:PIN --keypairgen --key-type EC:prime256v1 --label ec --id 02 >>keys.log 2>&1 ||
		{ cat keys.log; fail "$CASE" "no keys could be made: $(tail -n 1 keys.log)"; exit 0; }
}

# lock_out: wrong PINs until the token takes none any more, and `bulla status` says so
lock_out() {
	local count=0
	until tool --login --pin wrong-pin -O 2>&1 | grep -q CKR_PIN_LOCKED; do
		[ $((count += 1)) -lt 30 ] || { fail "$CASE/a token that is locked" "$count wrong PINs do not lock it"; return 1; }
	done
	"$BULLA" status --token "$TOKEN" >last.log 2>&1
	said "bulla status says that the PIN is locked" "PIN tries left: 0 .*locked"
}

# engine_conf FILE MODULE [DIRECTORY]: an openssl.cnf with libp11's engine for this module
engine_conf() {
	cat >"$1" <<EOF
openssl_conf = main
[main]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
dynamic_path = ${3:-$(OPENSSL_CONF=/dev/null openssl version -e | sed 's/.*"\(.*\)"/\1/')}/pkcs11.so
MODULE_PATH = $2
init = 0
[req]
distinguished_name = name
[name]
EOF
}
# engine_cert KEY-ID KEY-LABEL OUT.pem: self-signed by a key of the token, and put beside it
engine_cert() {
	engine_conf engine.cnf "$MODULE"
	OPENSSL_CONF=engine.cnf timeout 60 openssl req -new -x509 -engine pkcs11 -keyform engine -days 2 -sha256 \
		-key "pkcs11:token=$TOKEN;id=%$1;type=private;pin-value=$PIN" \
		-subj "/CN=localhost" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -out "$3" &&
		openssl x509 -in "$3" -outform DER -out "$3.der" &&
		tool --login --pin env:PIN --write-object "$3.der" --type cert --id "$1" --label "$2"
}
export -f engine_cert engine_conf
# next_debian: NEXT is a directory with openssl and ssh of the Debian after this one, with all that they need
next_debian() {
	local program
	beside next openssl libssl3t64 libc6 zlib1g libzstd1 openssh-client@backports pkcs11-provider@backports libselinux1 libpcre2-8-0 \
		libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libcom-err2 libkeyutils1 libfido2-1 libcbor0.10 libudev1 || return 1
	NEXT=$PWD/next
	mkdir -p "$NEXT"
	for program in usr/bin/openssl usr/bin/ssh usr/bin/ssh-agent usr/bin/ssh-add usr/bin/ssh-keygen usr/lib/openssh/ssh-pkcs11-helper; do
		printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' "$(find "$LIB" -name 'ld-linux*' -print -quit)" "$LIB" "$BESIDE/$program" >"$NEXT/${program##*/}"
		chmod 755 "$NEXT/${program##*/}"
	done
}
# provider: PROVIDER is OpenSSL's pkcs11 provider, the system's or that of the backports
provider() {
	PROVIDER=$(find /usr/lib -path '*ossl-modules/pkcs11.so' -print -quit)
	PROVIDER_VERSION=$(version pkcs11-provider)
	[ -z "$PROVIDER" ] || return 0
	beside backports pkcs11-provider || return 1
	PROVIDER=$LIB/ossl-modules/pkcs11.so
	# shellcheck disable=SC2034 # for the tests
	PROVIDER_VERSION=$(beside_version pkcs11-provider)
}
# provider_conf NAME PROPERTIES ORDER...: NAME.cnf, an openssl.cnf with the provider for this module
provider_conf() {
	local file=$1 properties=$2 one
	shift 2
	{
		printf 'openssl_conf = main\n[main]\nproviders = providers\nalg_section = algorithms\n[algorithms]\n'
		[ -z "$properties" ] || printf 'default_properties = %s\n' "$properties"
		printf '[providers]\n'
		for one in "$@"; do printf '%s = %s_section\n' "$one" "$one"; done
		printf '[default_section]\nactivate = 1\n[pkcs11_section]\nmodule = %s\npkcs11-module-path = %s\n' "$PROVIDER" "$MODULE"
		printf 'pkcs11-module-token-pin = file:%s/pin\npkcs11-module-encode-provider-uri-to-pem = true\n%sactivate = 1\n[req]\ndistinguished_name = name\n[name]\n' "$PWD" "${PROVIDER_MORE:-}"
	} >"$file.cnf"
}
# uri_file FILE URI: a key's URI in PEM, which the provider takes for the key
uri_file() {
	printf 'asn1 = SEQUENCE:uri\n[uri]\nversion = VISIBLESTRING:"PKCS#11 Provider URI v1.0"\nuri = UTF8:"%s"\n' "$2" >"$1.cnf"
	openssl asn1parse -genconf "$1.cnf" -noout -out "$1.der"
	{
		echo '-----BEGIN PKCS#11 PROVIDER URI-----'
		base64 -w 64 "$1.der"
		echo '-----END PKCS#11 PROVIDER URI-----'
	} >"$1"
}
# free_port: nobody listens there now
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# await COMMAND...: until it succeeds, ten seconds at most
await() {
	local end=$((SECONDS + 10))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# askpass: ssh's programs get the PIN from the file pin
askpass() {
	printf '#!/bin/sh\nexec cat "%s/pin"\n' "$PWD" >askpass
	chmod 700 askpass
	export SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force
}
# sshd_start: a server of our own, as this user, which admits who is in sshd/authorized and writes sshd.log; SSH_IN is the
# command that logs in there
sshd_start() {
	local port
	port=$(free_port)
	mkdir -p -m 700 sshd
	ssh-keygen -q -t ed25519 -N '' -f sshd/host
	cat >sshd/config <<EOF
ListenAddress 127.0.0.1
Port $port
HostKey $PWD/sshd/host
PidFile none
AuthorizedKeysFile $PWD/sshd/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
EOF
	/usr/sbin/sshd -D -e -f "$PWD/sshd/config" >sshd.log 2>&1 </dev/null &
	started $!
	await grep -q "Server listening" sshd.log
	printf '[127.0.0.1]:%s %s\n' "$port" "$(cut -d' ' -f1,2 sshd/host.pub)" >known
	# shellcheck disable=SC2034 # for the tests
	SSH_IN=(ssh -F none -p "$port" -o "UserKnownHostsFile=$PWD/known" -o GlobalKnownHostsFile=none -o ControlPath=none)
}
# accepted NAME PUBLIC-KEY: the server says that it was this key that came last
accepted() {
	local print
	print=$(ssh-keygen -l -f "$2" | cut -d' ' -f2)
	if grep 'Accepted publickey' sshd.log | tail -n 1 | grep -qF "$print"; then pass "$CASE/$1"; else tail -n 3 sshd.log; fail "$CASE/$1" "the server's log has no $print"; fi
}

# ---- which clients were tried (the README's table), and the how-tos ----

# tried NAME VERSION: the cases from here on speak of this client
CLIENT='' CLIENT_VERSION=''
tried() {
	CLIENT=$1 CLIENT_VERSION=$2
	echo "---- $CLIENT $CLIENT_VERSION"
}
result() {
	printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$CHECK_STAGE/$3" "${4:-}" >>"$CHECK_RESULTS"
	[ -z "$CLIENT" ] || printf '%s\t%s\t%s\n' "$1" "$CLIENT" "$CLIENT_VERSION" >>"${CHECK_CLIENTS:-$CHECK_WORK/clients.tsv}"
}
# version PACKAGE: of Debian's package, without its revision
version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null | sed 's/^[0-9]*://;s/-[^-]*$//'; }
# beside SUITE PACKAGE...: BESIDE is where the packages are, and LIB their libraries; see beside.sh
beside() {
	BESIDE=$("$CHECK_TOP/test/client/beside.sh" "$@" 2>beside.err) || { tail -n 1 beside.err; return 1; }
	# shellcheck disable=SC2034 # for the tests
	LIB=$BESIDE/usr/lib/$(gcc -print-multiarch)
}
# beside_version PACKAGE: of one in BESIDE
beside_version() { sed -n "s/^$1 \([0-9]*:\)\{0,1\}\([^ ]*\).*/\2/p" "$BESIDE/versions" | sed 's/-[^-]*$//' | head -n 1; }
# beside_programs PATH...: programs of BESIDE by their names, with the libraries of BESIDE
beside_programs() {
	local one
	mkdir -p "$DIR/bin"
	for one; do
		printf '#!/bin/sh\nLD_LIBRARY_PATH=%s:%s exec %s "$@"\n' "$LIB" "$BESIDE${LIB#"$BESIDE/usr"}" "$BESIDE/$one" >"$DIR/bin/${one##*/}"
		chmod 755 "$DIR/bin/${one##*/}"
	done
	PATH=$DIR/bin:$PATH
}
# own_view DIRECTORY: VIEW before a command gives it DIRECTORY over /usr/lib, and a network of its own; for programs
# that take their plugins from there and nowhere else
own_view() {
	mkdir -p "$DIR/bin"
	cat >"$DIR/bin/in-view" <<-END
		#!/bin/sh
		mount -t overlay overlay -o "lowerdir=$1:/usr/lib" /usr/lib && ip link set lo up && exec "\$@"
	END
	chmod 755 "$DIR/bin/in-view"
	VIEW=(unshare --user --mount --net --map-current-user --keep-caps "$DIR/bin/in-view")
	PATH=$DIR/bin:$PATH
	"${VIEW[@]}" true 2>view.err
}
# authority: a certificate authority in files, ca.pem and ca.key; issue REQUEST OUT EXTENSION...: a certificate by it
authority() { openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj "/CN=authority" -days 2 2>/dev/null; }
issue() {
	local request=$1 out=$2
	shift 2
	printf '%s\n' "$@" >extensions
	openssl x509 -req -in "$request" -CA ca.pem -CAkey ca.key -days 2 -extfile extensions -out "$out"
}
# howto_start PAGE BLOCK: as howto, in the background: TYPIST is its process id, and what it says goes to howto.BLOCK.log
howto_start() {
	python3 "$CHECK_TOP/test/client/howto.py" "$CHECK_TOP/docs/howto/$1.md" "$2" >"howto.$2" || return 1
	timeout -k 5 "${LIMIT:-60}" "$CHECK_TOP/test/client/typist.py" bash -eu "howto.$2" >"howto.$2.log" 2>&1 </dev/null &
	# shellcheck disable=SC2034 # for the tests
	TYPIST=$!
	started $!
}
# howto NAME PAGE BLOCK: a case that passes if the commands of docs/howto/PAGE.md do, as they stand there, on a
# terminal where the PIN is typed when something asks for it
howto() {
	python3 "$CHECK_TOP/test/client/howto.py" "$CHECK_TOP/docs/howto/$2.md" "$3" >"howto.$3" || { fail "$CASE/$1" "no such block"; return 1; }
	try "$1" "$CHECK_TOP/test/client/typist.py" bash -eu "howto.$3"
}
PATH=$BUILD/tool:$PATH # how-tos say "bulla"
