#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# bulla in a real OP-TEE: what it says of the TEE, of seals for users and groups, and of what opens them.
. /opt/test/guest/lib.sh
cd "$(mktemp -d)" || exit 1
chmod 755 .
umask 077
for u in alice bob carol dave; do
	mkdir "$u" && echo 1234 >"$u/pin" && echo 56785678 >"$u/so" && echo 9999 >"$u/wrong" && chown -R "$u:$u" "$u"
done
store=$(mktemp -d)
chmod 700 "$store"
VARS=("BULLA_STORE=$store/s")
printf 'source = tee\n' >conf && chmod 644 conf
VARS+=("BULLA_CONF=$PWD/conf")

# wants NAME CODE TEXT USER ARGS...: bulla ends with this code, and says this
wants() {
	local name=$1 code=$2 text=$3 user=$4 out rc
	shift 4
	out=$(as "$user" bulla "$@" 2>&1 </dev/null)
	rc=$?
	if [ $rc -eq "$code" ] && grep -qF -e "$text" <<<"$out"; then
		pass "$name"
	else
		printf '%s\n' "$out"
		fail "$name" "status $rc for $code, or no \"$text\""
	fi
}
# mine USER: the store is this user's now
mine() { chown -R "$1:$1" "$store"; }

wants away-without-access 3 'no permission for' dave init --label x --pin-file dave/pin --so-pin-file dave/so
wants assess-version 0 'version' alice assess
wants assess-huk 0 'the hardware unique key is all zero' alice assess
wants assess-rollback 0 'anti-rollback level 100; counts are kept in files of the normal world' alice assess
wants assess-signing 0 'signed with the key that OP-TEE publishes, and this TEE takes it' alice assess
wants assess-no-tpm-findings 0 'trust source: tee' alice assess
if as alice bulla assess 2>/dev/null | grep -q 'A-tpm\|A-pcr'; then fail no-findings-of-tpms 'there are'; else pass no-findings-of-tpms; fi
wants assess-strict 3 'does NOT' alice assess --strict

mine alice
wants somebody-elses-seal 1 'and you are not' alice init --label x --policy pin+login=user:bob --pin-file alice/pin --so-pin-file alice/so
wants group-of-others 1 'and you are not' carol init --label x --policy pin+login=group:shared --pin-file carol/pin --so-pin-file carol/so
wants user 0 'policy: pin+login=user:alice' alice init --label one --policy pin+login=user --pin-file alice/pin --so-pin-file alice/so
wants opens 0 'would open now (given its PIN)' alice status
mine bob
wants not-for-others 3 'would not open for you' bob status
wants nor-with-the-pin 3 'sealed for another user or group' bob list --pin-file bob/pin
mine root
wants nor-for-root 3 'would not open for you' root status
mine alice
wants add-weaker 2 'demands less' alice seal add --token one --policy pin+login=group:shared --pin-file alice/pin
wants add-group 0 'pin+login=group:shared' alice seal add --token one --policy pin+login=group:shared --pin-file alice/pin --yes
mine bob
wants a-member 0 'would open now' bob status
wants a-member-opens 0 'no objects' bob list --pin-file bob/pin
mine carol
wants not-a-member 3 'would not open for you' carol status
mine alice
for _ in 1 2 3 4 5 6 7 8 9; do as alice bulla list --pin-file alice/wrong >/dev/null 2>&1 </dev/null; done
wants nine 0 'PIN tries left: 1 of 10' alice status
wants tenth 4 'wrong PIN' alice list --pin-file alice/wrong
wants locked 0 'no time ends that' alice status
wants the-other-seal-counts-for-itself 0 'no objects' alice list --pin-file alice/pin
wants unblocked 0 'is set' alice pin --reset --so-pin-file alice/so --new-pin-file alice/pin
cp -a "$store/s" "$store/before"
wants removed 0 'removed seal' alice seal remove --source tee --role user "$(as alice bulla seal list --quick | sed -n 's/.*group:shared.* id //p')" --pin-file alice/pin
wants forgotten 0 'would not open, ever' alice status --store "$store/before"
wants checked 0 'sound' alice check --pin-file alice/pin
