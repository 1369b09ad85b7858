#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: servers
# Keys in a process of their own: p11-kit server with Bulla, and programs that have p11-kit-client.so instead, several at
# once; docs/howto/isolation.md as it stands, the unit for systemd, and what it costs.
. "$CHECK_TOP/test/client/lib.sh"
tried "p11-kit server and p11-kit-client.so" "$(version p11-kit)"
client_token me
export TOKEN=me
keys_with_certificates
export XDG_RUNTIME_DIR=$DIR/run CLIENT_MODULE
mkdir -m 700 "$XDG_RUNTIME_DIR"
CLIENT_MODULE=$(find /usr/lib -name p11-kit-client.so -print -quit)
host=$BUILD/test/client/client-host
echo "the text" >file

howto "how-to: the server" isolation server
started "$(sed -n 's/^P11_KIT_SERVER_PID=\([0-9]*\).*/\1/p' server.env)"
howto "how-to: a program" isolation use
# its environment is that of the how-to from here on
. ./server.env
export P11_KIT_SERVER_ADDRESS
try "one program" "$host" "$CLIENT_MODULE" me init open login sign:01 time:02 logout finalize
try "the token is listed" p11tool --provider "$CLIENT_MODULE" --list-tokens
said "by its label" "token=me"

# six at once, each with a login of its own; the others' logout is not theirs
workers=()
for i in 1 2 3 4 5 6; do
	timeout -k 5 60 "$host" "$CLIENT_MODULE" me init open login sign:01 sign:01 logout login time:02 finalize >"host.$i" 2>&1 </dev/null &
	workers+=($!)
done
good=0
for pid in "${workers[@]}"; do wait "$pid" && good=$((good + 1)); done
if [ $good -eq 6 ]; then pass "$CASE/six programs at once"; else fail "$CASE/six programs at once" "$good of 6: $(cat host.? | grep -v '^done' | head -n 1)"; fi
refuse "a wrong PIN" "0xa0" env PIN=wrong-one "$host" "$CLIENT_MODULE" me init open login finalize
refuse "without a login, no key" "0x" "$host" "$CLIENT_MODULE" me init open sign:01

# the client has neither the TPM nor the store; the keys' process is another
nothing() { env XDG_CONFIG_HOME=/nonexistent XDG_DATA_HOME=/nonexistent HOME=/nonexistent "$@"; }
export -f nothing
try "a program that may use neither TPM nor store" nothing "$host" "$CLIENT_MODULE" me init open login sign:01 finalize
strace -f -qq -e trace=execve,openat -o trace.log "$host" "$CLIENT_MODULE" me init open login sign:01 finalize >/dev/null 2>&1
if grep -q 'bulla-tpm\|token-.*\.db\|bulla-pkcs11' trace.log; then fail "$CASE/nothing of Bulla is in the program" "$(grep -m 1 bulla trace.log)"; else pass "$CASE/nothing of Bulla is in the program"; fi

# what a signature costs: not asserted here but that both are measured
try "a thousand signatures in the module" "$host" "$MODULE" me init open login time:02 finalize
inside=$(grep 'us per' last.log)
try "a thousand signatures through the server" "$host" "$CLIENT_MODULE" me init open login time:02 finalize
outside=$(grep 'us per' last.log)
echo "in the module: $inside; through p11-kit server: $outside"
if [ "${outside%% *}" -gt "${inside%% *}" ]; then pass "$CASE/what isolation costs"; else fail "$CASE/what isolation costs" "$inside in the module, $outside through the server: is it isolated?"; fi

howto "how-to: the end" isolation end
refuse "nobody is there any more" "" "$host" "$CLIENT_MODULE" me init open login finalize

# the unit
unit=$(find "$BUILD" -name bulla-p11-kit.service -print -quit)
if [ -z "$unit" ]; then
	skip "$CASE/the unit for systemd" "it is not built here"
elif command -v systemd-analyze >/dev/null; then
	try "systemd takes the unit" systemd-analyze --user --man=no verify "$unit"
else
	skip "$CASE/the unit for systemd" "there is no systemd"
fi
