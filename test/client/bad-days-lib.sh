#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: none, sourced by bad-days-*.sh
# What the tests of bad days share: the clients as functions, each of which logs in and uses a key; what each says of which
# error; a neighbour in p11-kit; and `bulla status`. Every client ends by itself within ten seconds, whatever the day.
. "$CHECK_TOP/test/client/lib.sh"
export LIMIT=10
find_module() { find /usr/lib -name "$1" -print -quit; }

# ---- clients ----

c_pkcs11_tool() { tool --login --pin env:PIN --sign --id 02 --mechanism ECDSA-SHA256 --input-file text --output-file sig; }
c_p11tool() { GNUTLS_PIN=$PIN p11tool --login --test-sign "pkcs11:token=$TOKEN;object=ec;type=private"; }
# the agent's own words stand in its log
c_ssh_add() {
	local rc
	: >"$AGENT_LOG"
	ssh-add -s "$REAL"
	rc=$?
	cat "$AGENT_LOG"
	return $rc
}
c_engine() {
	OPENSSL_CONF=engine.cnf openssl dgst -sha256 -engine pkcs11 -keyform engine \
		-sign "pkcs11:token=$TOKEN;id=%02;type=private;pin-value=$PIN" -out sig text
}
# openssl's own words are none: the provider's are in its log
c_provider() {
	local rc
	rm -f provider.log
	PKCS11_PROVIDER_DEBUG=file:provider.log OPENSSL_CONF=provider.cnf openssl dgst -sha256 -sign "pkcs11:token=$TOKEN;id=%02;type=private" -out sig text
	rc=$?
	grep -i 'error\|CKR_\|returned' provider.log | tail -n 20
	return $rc
}
c_certutil() { certutil -K -d sql:db -h "$TOKEN" -f pin; }
c_server() { pkcs11-tool --module "$CLIENT_MODULE" --token-label "$TOKEN" --login --pin env:PIN --sign --id 02 --mechanism ECDSA --input-file digest --output-file sig; }
export -f c_pkcs11_tool c_p11tool c_ssh_add c_engine c_provider c_certutil c_server
CLIENTS=(pkcs11_tool p11tool ssh_add engine certutil server)
declare -A NAME=([pkcs11_tool]="pkcs11-tool" [p11tool]="p11tool" [ssh_add]="ssh-add -s" [engine]="openssl by the engine"
	[provider]="openssl by the provider" [certutil]="certutil" [server]="through p11-kit server" [gpg]="gpg")

# What each says, and what `bulla status` says, is read from the tables of the page for people.
PAGE=$CHECK_TOP/docs/howto/when-it-fails.md
# cell ROW COLUMN: its text; the row's name is its first column
cell() { awk -F'|' -v row="$1" -v column="$2" '{gsub(/^ +| +$/, "", $2)} $2 == row {print $(column + 1); exit}' "$PAGE"; }
# quoted ROW COLUMN: what the cell has in backquotes, one a line
# shellcheck disable=SC2016 # backquotes
quoted() { cell "$1" "$2" | grep -o '`[^`]*`' | tr -d '`'; }
declare -A COLUMN=([pin]=2 [locked]=3 [refused]=4 [away]=5)
# words CLIENT KIND: what it says, as a pattern
words() {
	local text
	text=$(quoted "${NAME[$1]}" "${COLUMN[$2]}" | head -n 1)
	[ -n "$text" ] || { fail "$CASE/${NAME[$1]}" "the page has no words for $2"; text="no words"; }
	# shellcheck disable=SC2001 # brackets
	sed 's/[][\.*^$]/\\&/g' <<<"$text"
}

# pin_is PIN: what clients are told from now on
pin_is() {
	PIN=$1
	(umask 077 && printf '%s\n' "$PIN" >pin)
}

# clients_start: what they need once there is a token with its keys
clients_start() {
	REAL=$(realpath "$MODULE")
	CLIENT_MODULE=$(find_module p11-kit-client.so)
	export REAL CLIENT_MODULE XDG_RUNTIME_DIR=$DIR/run SSH_AUTH_SOCK=$DIR/agent SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	echo "the text" >text
	head -c 32 /dev/urandom >digest
	printf '#!/bin/sh\nexec cat "%s/pin"\n' "$PWD" >askpass
	chmod 700 askpass
	p11_kit
	export AGENT_LOG=$DIR/agent.log
	ssh-agent -d -a "$SSH_AUTH_SOCK" -P "$(dirname "$REAL")/*" >>"$AGENT_LOG" 2>&1 </dev/null &
	AGENT=$!
	started $AGENT
	await test -S "$SSH_AUTH_SOCK"
	p11-kit server --sh --name "$XDG_RUNTIME_DIR/pkcs11" --provider "$MODULE" "pkcs11:token=$TOKEN" >server.env 2>server.log </dev/null
	started "$(sed -n 's/^P11_KIT_SERVER_PID=\([0-9]*\).*/\1/p' server.env)"
	# shellcheck disable=SC1091 # made by p11-kit
	. ./server.env
	export P11_KIT_SERVER_ADDRESS
	engine_conf engine.cnf "$MODULE"
	if provider; then
		provider_conf provider '' default pkcs11
		CLIENTS+=(provider)
	else
		skip "$CASE/${NAME[provider]}" "$(cat beside.err)"
	fi
	mkdir db
	printf '\n' >empty
	certutil -N -d sql:db -f empty
	modutil -force -dbdir sql:db -add bulla -libfile "$MODULE" >modutil.log 2>&1
}

# ---- rows ----

# all_well DAY: every client can
all_well() {
	local client
	for client in "${CLIENTS[@]}"; do
		ssh-add -e "$REAL" >/dev/null 2>&1
		try "$1: ${NAME[$client]}" "c_$client"
	done
	ssh-add -e "$REAL" >/dev/null 2>&1
	return 0
}
# all_ill DAY KIND: none can, and each says so in its words
all_ill() {
	local client
	for client in "${CLIENTS[@]}"; do
		refuse "$1: ${NAME[$client]}" "$(words "$client" "$2")" "c_$client"
	done
}
# at_once DAY KIND|well: all clients at the same time, each in a directory of its own
at_once() {
	local client rc
	local -A of=()
	ssh-add -e "$REAL" >/dev/null 2>&1
	for client in "${CLIENTS[@]}"; do
		rm -rf "at.$client"
		cp -r . "$DIR/at.$client" && mv "$DIR/at.$client" . || return
		(cd "at.$client" && limited "c_$client") &
		of[$client]=$!
	done
	for client in "${CLIENTS[@]}"; do
		wait "${of[$client]}"
		rc=$?
		cp "at.$client/last.log" last.log
		if [ $rc -eq 124 ]; then
			fail "$CASE/$1: ${NAME[$client]}" "it did not end within $LIMIT s"
		elif [ "$2" = well ] && [ $rc -eq 0 ]; then
			pass "$CASE/$1: ${NAME[$client]}"
		elif [ "$2" != well ] && [ $rc -ne 0 ] && [[ $rc -lt 126 || $rc -eq 255 ]]; then
			said "$1: ${NAME[$client]}" "$(words "$client" "$2")"
		else
			tail -n 5 last.log
			fail "$CASE/$1: ${NAME[$client]}" "status $rc"
		fi
		rm -rf "at.$client"
	done
	ssh-add -e "$REAL" >/dev/null 2>&1
}
# status_says DAY ROW: `bulla status` ends and speaks as the page's row says
status_says() {
	local rc text count=0
	limited "$BULLA" status
	rc=$?
	[ "$(cell "$2" 2 | grep -o '[0-9]' | head -n 1)" = $rc ] || { cat last.log; fail "$CASE/$1: bulla status" "status $rc"; return; }
	while read -r text; do
		count=$((count + 1))
		grep -qF -- "$text" last.log || { cat last.log; fail "$CASE/$1: bulla status" "no \"$text\""; return; }
	done < <(quoted "$2" 2)
	if [ $count -gt 0 ]; then pass "$CASE/$1: bulla status says why"; else fail "$CASE/$1: bulla status" "the page has no words"; fi
}

# ---- a neighbour in p11-kit ----

c_neighbour() {
	p11tool --list-token-urls | tee tokens && grep -q token=neighbour tokens &&
		GNUTLS_PIN=1234 p11tool --login --test-sign "pkcs11:token=neighbour;object=next-door;type=private"
}
export -f c_neighbour
# neighbour_well DAY: another module's token is listed and used through p11-kit
neighbour_well() { try "$1: p11-kit's other modules" c_neighbour; }
