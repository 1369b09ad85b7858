#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A good guest: a process that loads the module and does not use it starts nothing, asks no TPM, says
# nothing and is quick; with no TPM at all it still loads and shows the token.
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

# the trace would see it: a login starts the helper
trace pkcs11-tool --module "$MODULE" --login --pin env:PIN --list-objects >/dev/null 2>&1
if grep -q 'execve(.*bulla-tpm' trace.log; then pass "$CASE/negative control: a login starts the helper"; else fail "$CASE/negative control: a login starts the helper" "the trace does not show it"; fi
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
