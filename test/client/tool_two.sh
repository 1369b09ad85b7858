#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# One token with a seal by a TPM and one by a TEE: each opens it, each refuses in its own way.
. "$(dirname "$0")/tool_lib.sh"
. "$(dirname "$0")/tool_tee_lib.sh"
. "$(dirname "$0")/../lib/swtpm.sh"

trap 'swtpm_stop "$dir/a"; rm -rf "$dir"' EXIT
check 'a software TPM starts' swtpm_start "$dir/a"
BULLA_TCTI=$(swtpm_tcti "$dir/a")
export BULLA_TCTI
printf 'source = tpm\n' >"$dir/bulla.conf"
without_tpm() { env BULLA_TCTI=device:/dev/none "$@"; }
secret new abcdefgh

token one --policy pin+pcr=sha256:14
expect 2 setsid "$bulla" seal add --source tee --policy pin
check 'a TEE with a development key is agreed to' said 'demands less'
expect 0 "$bulla" seal add --source tee --policy pin+login=user --pin-file "$dir/pin" --yes --json
check 'each with what it binds to' json "j['after']['policy'] == 'pin+pcr=sha256:14 on tpm or pin+login=user:$(id -u) on tee'"
expect 0 "$bulla" status --json
check 'both open' json 'all(s["would_open"] for s in j["tokens"][0]["seals"]) and len(j["tokens"][0]["seals"]) == 3'
expect 0 "$bulla" assess --json
check 'both are assessed' json '[s["name"] for s in j["sources"]] == ["tpm", "tee"] and all(s["available"] for s in j["sources"])'
check 'in words for each' json 'any(m.startswith("tpm: ") for m in j["tokens"][0]["means"]) and any(m.startswith("tee: ") for m in j["tokens"][0]["means"])'

expect 0 without_tee "$bulla" check --pin-file "$dir/pin"
expect 0 without_tpm "$bulla" check --pin-file "$dir/pin"
swtpm_tool "$dir/a" tpm2_pcrextend "14:sha256=$(printf x | sha256sum | cut -d' ' -f1)"
expect 0 "$bulla" status --json
check 'one of them would open' json '{s["source"]: s["state"] for s in j["tokens"][0]["seals"] if s["role"] == "user"} == {"tpm": "pcr-changed", "tee": "opens"}'
expect 0 "$bulla" check --pin-file "$dir/pin"
expect 3 without_tee "$bulla" check --pin-file "$dir/pin"
expect 0 "$bulla" pin --pin-file "$dir/pin" --new-pin-file "$dir/new"
check 'the old PIN is worth something to one' said 'on this machine (tpm)'
check 'and nothing to the other' said 'tee refuses the old PIN'
expect 0 "$bulla" seal remove --source tpm --role user --pin-file "$dir/new" --json
check 'a TPM forgets nothing' json 'j["forgotten"] is False'
expect 0 without_tpm "$bulla" check --pin-file "$dir/new"

# docs/howto/seals.md as it stands
howto() {
	python3 "$(dirname "$0")/howto.py" "$(dirname "$0")/../../docs/howto/$1.md" "$2" >"$dir/block"
	expect 0 env PATH="$dir/bin:$PATH" PIN=1234 SO_PIN=56785678 "$(dirname "$0")/typist.py" bash -eu "$dir/block"
}
mkdir "$dir/bin" && ln -s "$bulla" "$dir/bin/bulla"
howto seals two
check 'two sources are listed' printed 'pin+login=user'
check 'both would open' not printed 'would not open'
howto seals remove
check 'it is forgotten' not said 'still opens'
expect 0 "$bulla" seal list --token me --json
check 'the other ones stay' json '[(s["role"], s["source"]) for s in j["tokens"][0]["seals"]] == [("user", "tpm"), ("so", "tpm")]'
finish
