#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A good guest: a process that loads the module and does not use it reads the configuration and the store's directory, and
# does nothing else: starts nothing, asks no TPM, writes nothing, says nothing; with no TPM at all it still loads and shows
# the token.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
trace() { strace -f -qq -e trace=execve,clone,clone3,fork,vfork,connect,socket -o trace.log "$@"; }
export -f trace

cat >load.c <<'EOF'
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
	CK_RV (*get)(CK_FUNCTION_LIST **);
	struct timespec a, b;
	CK_FUNCTION_LIST *f;
	CK_ULONG n = 0;
	void *so = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);

	(void) argc;
	if (so == NULL)
		return fprintf(stderr, "%s\n", dlerror()), 1;
	*(void **) &get = dlsym(so, "C_GetFunctionList");
	if (get == NULL || get(&f) != CKR_OK)
		return 2;
	for (int i = 0; i < 20; i++) {
		clock_gettime(CLOCK_MONOTONIC, &a);
		if (f->C_Initialize(&args) != CKR_OK)
			return 3;
		if (f->C_GetSlotList(CK_TRUE, NULL, &n) != CKR_OK)
			return 4;
		if (f->C_Finalize(NULL) != CKR_OK)
			return 5;
		clock_gettime(CLOCK_MONOTONIC, &b);
		fprintf(stderr, "%ld us\n", (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000);
	}
	printf("%lu tokens\n", n);
	return dlclose(so);
}
EOF
# shellcheck disable=SC2046 # words
gcc -o load load.c $(pkg-config --cflags p11-kit-1) -ldl
try "loads, initialises and finalises" trace ./load "$MODULE"
said "one token is seen" "^1 tokens"
printf 'initialise, list slots, finalise: %s (not asserted here: bench)\n' "$(grep ' us$' last.log | sort -n | sed -n 10p)"
if [ "$(grep -c execve trace.log)" -eq 1 ]; then pass "$CASE/no program is started"; else cat trace.log; fail "$CASE/no program is started" "$(grep -c execve trace.log) execve"; fi
if grep -E 'clone|fork|socket|connect' trace.log; then fail "$CASE/no process and no connection is made" "see the trace"; else pass "$CASE/no process and no connection is made"; fi
if [ "$(grep -cv ' us$\|^1 tokens' last.log)" -eq 0 ]; then pass "$CASE/the module prints nothing"; else fail "$CASE/the module prints nothing" "$(grep -v ' us$\|tokens$' last.log | head -n 1)"; fi

# ---- every system call, from the loading of the module on (quiet.py)
quiet() { # LOOKS PATTERNS COMMAND...
	local looks=$1 patterns
	read -ra patterns <<<"$2"
	shift 2
	rm -f all.trace
	strace -f -y -qq -e signal=none -o all.trace "$@" || return
	python3 "$CHECK_TOP/test/client/quiet.py" all.trace "$MODULE" "$STORE" "$looks" ${patterns[@]+"${patterns[@]}"}
}
export -f quiet
export host=$BUILD/test/client/client-host
keys_with_certificates
store_seen() { (cd "$STORE" && stat -c '%n %s %y %z' . ./* && cat ./* | sha256sum) >"$1"; }
store_seen before
try "idle: reads its configuration and the store's directory, and that is all" quiet "" "" ./load "$MODULE"
# libcrypto's generator, which an open token needs, reads libcrypto's configuration
try "asked for the token's name: reads its database, too" quiet looks '/openssl.cnf$' "$host" "$MODULE" clients init open finalize
# p11-kit with no other module; what it reads for itself is its translations
mkdir -p "$XDG_CONFIG_HOME/pkcs11"
echo 'user-config: only' >"$XDG_CONFIG_HOME/pkcs11/pkcs11.conf"
p11_kit
try "p11-kit list-modules" quiet looks '/locale/ /pkcs11/ /openssl.cnf$' p11-kit list-modules
said "p11-kit has the module alone" quiet
# a program whose configuration has the module's engine, and that has no use for it: it does not even load the module
engine_conf engine.cnf "$MODULE"
OPENSSL_CONF=$PWD/engine.cnf strace -f -qq -e trace=openat -o engine.trace openssl dgst engine.cnf >/dev/null 2>&1
if grep -q 'openat.*/pkcs11.so.* = [0-9]' engine.trace && ! grep "$MODULE" engine.trace; then pass "$CASE/openssl with an engine that it does not use"; else fail "$CASE/openssl with an engine that it does not use" "$(tail -n 1 engine.trace)"; fi
store_seen after
if cmp before after; then pass "$CASE/nothing in the store was touched"; else fail "$CASE/nothing in the store was touched" "$(diff before after | head -n 1)"; fi
# an agent that was given no module has none; the system's has a group of its own so that nobody may look, a copy has not
cp "$(command -v ssh-agent)" agent-copy
strace -D -f -y -qq -e trace=openat,execve -o agent.trace ./agent-copy -D -a "$DIR/agent" -P "$MODULE" >/dev/null 2>&1 </dev/null &
started $!
await test -S "$DIR/agent"
SSH_AUTH_SOCK=$DIR/agent ssh-add -l >/dev/null 2>&1
if grep -q openat agent.trace && ! grep 'openat.*bulla-pkcs11' agent.trace; then pass "$CASE/ssh-agent without keys has no module"; else fail "$CASE/ssh-agent without keys has no module" "$(grep -m 1 'openat.*bulla-pkcs11' agent.trace)"; fi

# the traces would show it: a login starts the helper, a new key is written
refuse "negative control: a login is not quiet" "not a call of an idle module: clone" quiet looks "" "$host" "$MODULE" clients init open login finalize
said "negative control: a login starts the helper" "not a call of an idle module: execve(.*bulla-tpm"
refuse "negative control: a new key is not quiet" "opened for writing: openat(.*token-.*db" quiet looks "" "$host" "$MODULE" clients init open login generate destroy finalize
# nobody of ours is left, and the TPM holds nothing
swtpm_tool "$DIR/tpm" tpm2_getcap handles-transient >handles 2>&1
swtpm_tool "$DIR/tpm" tpm2_getcap handles-loaded-session >>handles 2>&1
if [ -s handles ]; then fail "$CASE/an idle module holds nothing in the TPM" "$(head -n 1 handles)"; else pass "$CASE/an idle module holds nothing in the TPM"; fi

swtpm_stop "$DIR/tpm"
try "without a TPM: the token is listed" tool --list-token-slots
said "without a TPM: with its label" "clients"
try "without a TPM: public objects are listed" tool --list-objects
refuse "without a TPM: a login says that the device is the cause" "CKR_DEVICE_ERROR\|CKR_DEVICE_REMOVED\|CKR_FUNCTION_FAILED\|CKR_TOKEN_NOT_PRESENT" tool --login --pin env:PIN --list-objects
refuse "without a TPM: bulla status says so, in words" "the trust source is away" "$BULLA" status
