#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# memcheck finds no error and no lost block of ours, in pkcs11-tool, in ssh-agent with the program that it starts for the
# module, and in a host that initialises, unloads and forks. The TPM's helper runs outside of it: it refuses to be watched.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
echo 'blank-slot = yes' >>"$XDG_CONFIG_HOME/bulla/bulla.conf"
real=$(realpath "$MODULE")
host=$BUILD/test/client/client-host
echo "the text" >text
mkdir logs
# what a process and its children are run under; a process ends with 99 if there was an error
memcheck=(valgrind --error-exitcode=99 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite
	--keep-debuginfo=yes --num-callers=30 --trace-children=yes "--trace-children-skip=*/bulla-tpm,*/cat,*/sh,*/askpass"
	"--suppressions=$CHECK_TOP/test/memory/valgrind.supp")

# sound NAME PROCESSES [CONTROL]: in the logs of this name no process had an error, and this many came to their end
# (what became the helper did not). With a third argument, the other way round: each of the words was found.
sound() {
	local bad ended word
	bad=$(grep -lE 'ERROR SUMMARY: [1-9]|Process terminating|has to exit' "logs/$1".*)
	ended=$(cat "logs/$1".* | grep -c 'ERROR SUMMARY')
	for word in ${3:-}; do
		# shellcheck disable=SC2086 # files
		if [ -n "$bad" ] && cat $bad | grep -q "$word"; then pass "$CASE/$1: $word is found"; else cat "logs/$1".*; fail "$CASE/$1: $word is found" "it is not"; fi
	done
	[ -z "${3:-}" ] || return
	if [ -n "$bad" ]; then
		# shellcheck disable=SC2086 # files
		cat $bad
		# shellcheck disable=SC2086
		fail "$CASE/$1: memcheck" "$(cat $bad | sed -n 's/^==[0-9]*== //p' | grep -m 1 'lost\|Invalid\|ninitialised\|exit\|terminating')"
	elif [ "$ended" -lt "$2" ]; then
		fail "$CASE/$1: memcheck" "it saw $ended processes, not $2"
	else
		pass "$CASE/$1: memcheck"
	fi
}
watched() { # NAME COMMAND...: becomes it
	local name=$1
	shift
	exec "${memcheck[@]}" "--log-file=$PWD/logs/$name.%p" "$@"
}
under() { # NAME COMMAND...: a case that passes if the command does, and one if memcheck has nothing to say
	local name=$1
	shift
	LIMIT=180 try "$name" "${memcheck[@]}" "--log-file=$PWD/logs/$name.%p" "$@"
	sound "$name" 1
}
as_user() { # NAME OPTIONS...
	local name=$1
	shift
	under "$name" pkcs11-tool --module "$MODULE" --token-label "$TOKEN" --login --pin env:PIN "$@"
}

if wanted pkcs11-tool; then
	slot=$(pkcs11-tool --module "$MODULE" --list-slots 2>&1 | sed -n '/^Slot/h;/uninitialized/{x;s/.*(\(0x[0-9a-f]*\)).*/\1/p}')
	under init-token pkcs11-tool --module "$MODULE" --slot "$slot" --init-token --label made --so-pin env:SO_PIN
	under init-pin pkcs11-tool --module "$MODULE" --token-label made --login --login-type so --so-pin env:SO_PIN --init-pin --new-pin env:PIN
	under list-before-login pkcs11-tool --module "$MODULE" --list-token-slots --list-mechanisms --list-objects
	as_user keypairgen-ec --keypairgen --key-type EC:prime256v1 --id 02 --label ec --usage-sign --usage-derive
	as_user keypairgen-rsa --keypairgen --key-type rsa:2048 --id 01 --label rsa --usage-sign --usage-decrypt
	as_user keypairgen-ed --keypairgen --key-type EC:edwards25519 --id 03 --label ed
	as_user keygen --keygen --key-type AES:32 --id 07 --label aes --extractable
	as_user sign-rsa --sign --id 01 --mechanism SHA256-RSA-PKCS --input-file text --output-file sig
	as_user verify-rsa --verify --id 01 --mechanism SHA256-RSA-PKCS --input-file text --signature-file sig
	as_user sign-pss --sign --id 01 --mechanism SHA256-RSA-PKCS-PSS --salt-len 32 --input-file text --output-file sig
	as_user sign-ec --sign --id 02 --mechanism ECDSA-SHA256 --input-file text --output-file sig
	as_user sign-ed --sign --id 03 --mechanism EDDSA --input-file text --output-file sig
	as_user encrypt --encrypt --id 07 --mechanism AES-CBC-PAD --iv 000102030405060708090a0b0c0d0e0f --input-file text --output-file cipher
	as_user decrypt --decrypt --id 07 --mechanism AES-CBC-PAD --iv 000102030405060708090a0b0c0d0e0f --input-file cipher --output-file plain
	openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null | openssl pkey -pubout -outform DER -out peer.der
	as_user derive --derive --id 02 --mechanism ECDH1-DERIVE --input-file peer.der --output-file derived
	# a key that comes wrapped by another program; none goes out by the mechanisms that pkcs11-tool has
	as_user keypairgen-unwrap --keypairgen --key-type rsa:2048 --id 0d --label unwrap --usage-wrap
	tool --read-object --type pubkey --id 0d --output-file unwrap.der >/dev/null 2>&1
	openssl rand 32 | openssl pkeyutl -encrypt -pubin -keyform DER -inkey unwrap.der -out wrapped
	as_user unwrap --unwrap --id 0d --mechanism RSA-PKCS --input-file wrapped --key-type AES: --application-id 08 --application-label unwrapped
	LIMIT=180 refuse wrap CKR_ "${memcheck[@]}" "--log-file=$PWD/logs/wrap.%p" \
		pkcs11-tool --module "$MODULE" --token-label "$TOKEN" --login --pin env:PIN --wrap --id 0d --mechanism RSA-PKCS --application-id 07 --output-file out
	sound wrap 1
	as_user write --write-object text --type data --label words
	as_user list --list-objects
	as_user delete --delete-object --type privkey --id 03
	as_user change-pin --change-pin --new-pin "$PIN"
	LIMIT=180 refuse wrong-pin CKR_PIN_INCORRECT "${memcheck[@]}" "--log-file=$PWD/logs/wrong-pin.%p" \
		pkcs11-tool --module "$MODULE" --token-label "$TOKEN" --login --pin wrong-one --list-objects
	sound wrong-pin 1
fi

if wanted host; then
	tool --login --pin env:PIN --keypairgen --key-type EC:prime256v1 --id 0a --label host >/dev/null 2>&1
	round="init open find login sign:0a generate destroy logout finalize"
	# shellcheck disable=SC2086 # words
	under host-rounds "$host" "$MODULE" "$TOKEN" $round $round $round
	# shellcheck disable=SC2086
	under host-unloads "$host" "$MODULE" "$TOKEN" $round reload $round reload init finalize reload
	under host-does-not-finalise "$host" "$MODULE" "$TOKEN" init open login sign:0a
	under host-forks "$host" "$MODULE" "$TOKEN" init open login sign:0a fork init open login sign:0a finalize
	sound host-forks 2
	under host-wrong-pin "$host" "$MODULE" "$TOKEN" init open wrong-pin login logout finalize
	# controls: a host that lies makes us read beyond, and a host that forgets has its lost block found
	"${memcheck[@]}" "--log-file=$PWD/logs/control.%p" "$host" "$MODULE" "$TOKEN" init open lie finalize >/dev/null 2>&1
	sound control 1 "Invalid.read bulla-pkcs11"
fi

if wanted agent; then
	askpass
	export SSH_AUTH_SOCK=$DIR/agent
	for kind in rsa:2048=0b EC:prime256v1=0c; do
		tool --login --pin env:PIN --keypairgen --key-type "${kind%=*}" --id "${kind#*=}" --label "ssh-${kind%=*}" >/dev/null 2>&1
	done
	ssh-keygen -D "$real" 2>/dev/null | cut -d' ' -f1,2 >keys.pub
	grep '^ssh-rsa' keys.pub | tail -n 1 >rsa.pub
	grep '^ecdsa' keys.pub | tail -n 1 >ec.pub
	# the system's has a group of its own so that nobody may look; a copy has not
	cp "$(command -v ssh-agent)" agent-copy
	(watched agent "$PWD/agent-copy" -D -a "$SSH_AUTH_SOCK" -P "$(dirname "$real")/*") >agent.log 2>&1 </dev/null &
	agent=$!
	started $agent
	await test -S "$SSH_AUTH_SOCK"
	for i in 1 2; do
		LIMIT=180 try "ssh-add -s, $i" ssh-add -s "$real"
		for kind in rsa ec; do LIMIT=180 try "the agent signs with $kind, $i" ssh-add -T $kind.pub; done
		LIMIT=180 try "ssh-add -e, $i" ssh-add -e "$real"
	done
	kill $agent
	wait $agent
	sound agent 3 # the agent, and what it started for the module, twice
	LIMIT=180 try "ssh-keygen -D" "${memcheck[@]}" "--log-file=$PWD/logs/keygen.%p" ssh-keygen -D "$real"
	sound keygen 1
fi
