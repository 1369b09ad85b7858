#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC1091,SC2154,SC2016 # tool_lib.sh
# bulla assess: always a report; what cannot be seen is unknown, not well.
. "$(dirname "$0")/tool_lib.sh"

token one
expect 0 "$bulla" init --label open --policy none --so=none --yes
expect 0 "$bulla" assess --json
check 'the source is named' json 'j["sources"][0]["name"] == "fake" and j["sources"][0]["available"]'
documented=$(sed -n 's/^| \(A-[a-z-]*\) .*/\1/p' "$(dirname "$0")/../../docs/threat-model/README.md")
check 'the threat model lists assumptions' test -n "$documented"
export documented
check 'every assumption of the threat model that is not about TEEs is assessed, and no other' json '{a["assumption"] for a in j["assumptions"]} == {d for d in __import__("os").environ["documented"].split() if not d.startswith("A-tee-")}'
check 'holds is yes, no or unknown' json '{a["holds"] for a in j["assumptions"]} <= {"yes", "no", "unknown"}'
check 'what does not hold says what follows' json 'all(a["means"] for a in j["assumptions"] if a["holds"] == "no")'
check 'each token has its meaning' json '{t["label"] for t in j["tokens"]} == {"one", "open"} and all(t["means"] for t in j["tokens"])'
check 'a token without a PIN is called so' json 'any("needs no PIN" in m for t in j["tokens"] if t["label"] == "open" for m in t["means"])'
expect 0 "$bulla" assess
check 'as text' printed 'assumptions of the threat model'

# The core limit of the process that asks is what is reported.
expect 0 bash -c 'ulimit -c 0; "$1" assess --json' - "$bulla"
check 'the limit is seen' json 'any(a["assumption"] == "A-core" and "ulimit -c is 0" in a["seen"] for a in j["assumptions"])'

echo 'state=1' >"$dir/fake"
expect 0 "$bulla" assess --json
check 'a source that is away is no error here' json 'j["sources"][0]["available"] is False'
expect 3 "$bulla" assess --strict
finish
