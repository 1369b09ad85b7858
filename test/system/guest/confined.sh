#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Hardened units, row by row of docs/howto/services.md; tokens in a process of their own, for who has neither the TPM nor the store.
. "$(dirname "$0")/lib.sh"
CLIENT=/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so
export DROPIN=/run/systemd/system/nginx.service.d/row.conf

# with SETTING...: nginx with these in its unit, three requests
with() {
	mkdir -p "${DROPIN%/*}"
	printf '%s\n' '[Service]' "$@" >"$DROPIN"
	systemctl daemon-reload
	systemctl reset-failed nginx
	systemctl restart nginx && request 3
}
export -f with
# shellcheck disable=SC2016 # the backticks of the table
ticked() { grep -o '`[^`]*`' <<<"$1" | tr -d '`'; }
rows() {
	local settings effect opened list
	while IFS='|' read -r _ settings effect opened _; do
		mapfile -t list < <(ticked "$settings")
		if [[ $effect == *works* ]]; then
			try "${list[*]}" with "${list[@]}"
		else
			refuse "${list[*]}" "" with "${list[@]}"
			mapfile -t list < <(ticked "$opened")
			try "${list[*]}" with "${list[@]}"
		fi
	done < <(sed -n '/^| in the unit/,/^$/p' /opt/test/services.md | sed 1,2d | grep '^|')
	rm "$DROPIN"
}

try "the packages install" sh -c 'dpkg -i /opt/test/packages/bulla_*.deb /opt/test/packages/libpkcs11-bulla_*.deb'
howto log
patient
howto token
howto engine
howto nginx
try "nginx, requests" request 3
rows

# ---- AppArmor
howto apparmor
dmesg -C
try "nginx under AppArmor: requests" request 6
is "it is confined" "nginx (enforce)" "$(cat "/proc/$(systemctl show -P MainPID nginx)/attr/current")"
is "nothing was denied" "" "$(dmesg | grep 'apparmor="DENIED"')"
# changed SED-SCRIPT: nginx under a profile that was changed by sed
changed() { sed "$@" /etc/apparmor.d/nginx >/run/nginx.profile && apparmor_parser -r /run/nginx.profile && systemctl restart nginx && request 3; }
export -f changed
refuse "without the abstraction the module is denied" "failed" changed '/abstractions.bulla/d'
systemctl reset-failed nginx
refuse "without the helper's rule the TPM is" "alert internal error" changed 's,include <abstractions/bulla>,&\ndeny /usr/lib/x86_64-linux-gnu/bulla/bulla-tpm x\,,'
apparmor_parser -R /etc/apparmor.d/nginx
rm /etc/apparmor.d/nginx
try "nginx without a profile" systemctl restart nginx

# the control of what the how-to says of groups
gpasswd -d www-data tss
refuse "groups in the unit do not reach the workers" "alert internal error" with SupplementaryGroups=tss
rm "$DROPIN"
gpasswd -d www-data bulla

# ---- tokens of an account, for others
howto account
howto client
is "www-data is in neither group" "keys-web www-data" "$(id -nG www-data | tr ' ' '\n' | sort | xargs)"
is "the socket" "keys-web keys-web 660" "$(stat -c '%U %G %a' /run/bulla/keys-web/pkcs11)"
is "the store" "keys-web keys-web 700" "$(stat -c '%U %G %a' /var/lib/bulla-p11-kit/keys-web)"
export P11_KIT_SERVER_ADDRESS=unix:path=/run/bulla/keys-web/pkcs11 CLIENT
useradd --create-home alice
gpasswd -a alice keys-web
# sign USER NAME
sign() {
	runuser -u "$1" -- pkcs11-tool --module $CLIENT --token-label site --sign --id 01 -m ECDSA --signature-format openssl -i /run/hash -o "/tmp/$2.sig" &&
		openssl pkeyutl -verify -pubin -inkey /run/site.pub -in /run/hash -sigfile "/tmp/$2.sig"
}
export -f sign
head -c 32 /dev/urandom >/run/hash
chmod 644 /run/hash
runuser -u alice -- pkcs11-tool --module $CLIENT --token-label site --read-object --type pubkey --id 01 -o /tmp/site.der
openssl pkey -pubin -inform DER -in /tmp/site.der -out /run/site.pub
try "a user signs, and openssl believes it" sign alice one
refuse "who is not in the account's group sees nothing" "No slots" runuser -u nobody -- pkcs11-tool --module $CLIENT --list-objects
pids=()
for n in 1 2 3 4 5; do sign alice "many$n" >"/run/many$n" 2>&1 & pids+=($!); done
good=0
for pid in "${pids[@]}"; do wait "$pid" && good=$((good + 1)); done
is "five at once" 5 $good
refuse "its user has no shell and no TPM" "denied" runuser -u keys-web -- sh -c ': </dev/tpmrm0'

howto nginx-client
is "nginx is in neither group" "keys-web www-data" "$(id -nG www-data | tr ' ' '\n' | sort | xargs)"
try "nginx through the socket" request 3 /etc/ssl/certs/site.pem
before=$(systemctl show -P MainPID bulla-p11-kit@keys-web)
systemctl kill --signal KILL --kill-who main bulla-p11-kit@keys-web
renewed() { [ "$(systemctl show -P MainPID bulla-p11-kit@keys-web)" != "$1" ] && systemctl is-active bulla-p11-kit@keys-web nginx; }
export -f renewed
try "after kill -9 systemd starts it anew" await renewed "$before"
try "nginx serves again" await request 2 /etc/ssl/certs/site.pem
try "a user signs again" await sign alice two
systemctl stop nginx bulla-p11-kit@keys-web
refuse "while it is away there is no token, at once" "No slots" timeout 10 runuser -u alice -- pkcs11-tool --module $CLIENT --list-objects
is "no wrong PIN was counted" 0 "$(lockout_count)"
exit 0
