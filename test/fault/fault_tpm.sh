#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fault_tpm.sh PROGRAM POINTS - runs fault_tpm twice: with a TPM that has no persistent parent, and with one.
set -eu
export TSS2_LOG=all+NONE
# shellcheck source=test/lib/swtpm.sh
. "$(dirname "$0")/../lib/swtpm.sh"
dir=$(mktemp -d /tmp/fault.XXXXXX)
trap 'swtpm_stop "$dir"; rm -rf "$dir"' EXIT
swtpm_start "$dir"
BULLA_TCTI=$(swtpm_tcti "$dir") "$@"
swtpm_srk "$dir"
BULLA_TCTI=$(swtpm_tcti "$dir") "$@"
