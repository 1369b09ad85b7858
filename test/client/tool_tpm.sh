#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# The command with a software TPM behind the source "tpm": what it says of it, and of PCRs that change.
. "$(dirname "$0")/tool_lib.sh"
. "$(dirname "$0")/../lib/swtpm.sh"

trap 'swtpm_stop "$dir/a"; swtpm_stop "$dir/b"; rm -rf "$dir"' EXIT
: >"$dir/bulla.conf"
check 'a software TPM starts' swtpm_start "$dir/a"
check 'and another one' swtpm_start "$dir/b"
BULLA_TCTI=$(swtpm_tcti "$dir/a")
export BULLA_TCTI

expect 0 "$bulla" assess --json
check 'it is known to be software' json 'j["sources"][0]["software"] is True and j["sources"][0]["maker"].strip() == "IBM"'
check 'so the assumption does not hold' json 'next(a["holds"] for a in j["assumptions"] if a["assumption"] == "A-tpm-hardware") == "no"'
check 'banks are named, and those that nothing was measured into' json '"sha256" in j["sources"][0]["banks"] and "sha512" in j["sources"][0]["all_zero_banks"] and "sha256" not in j["sources"][0]["all_zero_banks"]'
check 'its limits are told' json 'j["sources"][0]["lockout"]["max"] > 0'
swtpm_tool "$dir/a" tpm2_changeauth -c lockout secret
expect 0 "$bulla" assess --json
check 'an authorisation that was set is seen' json 'j["sources"][0]["lockout_auth_set"] and not j["sources"][0]["owner_auth_set"]'

expect 3 "$bulla" init --label x --policy pcr=sha512:7 --so=none
check 'a bank without a boot in it is refused, with the reason' said 'PCRs 0 to 7 are all zero'
token one --policy pin+pcr=sha256:7,14
expect 0 "$bulla" status --json
check 'it would open' json 'j["tokens"][0]["would_open"]'
expect 0 "$bulla" check --pin-file "$dir/pin"

BULLA_TCTI=$(swtpm_tcti "$dir/b") expect 3 "$bulla" status --json
check 'under another TPM it is foreign' json 'all(s["state"] == "foreign" for s in j["tokens"][0]["seals"])'
BULLA_TCTI=device:/dev/none expect 3 "$bulla" status --json
check 'without one it is away' json 'all(s["state"] == "unavailable" for s in j["tokens"][0]["seals"])'
BULLA_TCTI=device:/dev/none expect 0 "$bulla" list
check 'and listed all the same' printed '"one"'

swtpm_tool "$dir/a" tpm2_pcrextend "14:sha256=$(printf x | sha256sum | cut -d' ' -f1)"
expect 3 "$bulla" status --json
check 'the PCR that changed is named' json 'all(s["state"] == "pcr-changed" and s["changed_pcrs"] == [14] for s in j["tokens"][0]["seals"])'
expect 3 "$bulla" check --pin-file "$dir/pin"
check 'opening it says so' said 'PCR 14'
expect 3 "$bulla" pin --pin-file "$dir/pin" --new-pin-file "$dir/so"
expect 3 "$bulla" status --json
check 'and all this cost no try' json 'all(s["source_count"]["failed"] == 0 and s["tries"]["failed"] == 0 for s in j["tokens"][0]["seals"])'
finish
