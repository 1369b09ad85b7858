#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# part of a case: web servers with keys in the system's store, before (first) and after (again) a reboot; docs/howto/services.md
. "$(dirname "$0")/lib.sh"

install_packages() {
	try "the packages install" sh -c 'dpkg -i /opt/test/packages/bulla_*.deb /opt/test/packages/libpkcs11-bulla_*.deb'
	is "the system's store" "root bulla 750" "$(stat -c '%U %G %a' /var/lib/bulla)"
	is "the group has nobody yet" "" "$(getent group bulla | cut -d: -f4)"
}
# asked_by COMMAND...: how often the TPM was asked meanwhile, in ASKED; 99 if the command fails
asked_by() {
	local before
	before=$(asked)
	"$@" >/run/asked.log 2>&1 || { cat /run/asked.log; tail -n 6 /var/log/nginx/error.log /var/log/apache2/error.log; ASKED=99; return; }
	ASKED=$(($(asked) - before))
}
workers() { pgrep -c -P "$(systemctl show -P MainPID "$1")"; }
# quiet_server UNIT CERTIFICATE RELOADS: its workers ask the TPM once each
quiet_server() {
	local round rounds=$3 sum=0
	count_start
	asked_by request 12 "$2"
	within "$1, each worker opens the token once" 0 "$(workers "$1")" "$ASKED"
	for round in $(seq "$rounds"); do
		systemctl reload "$1" || fail "$1, reload $round" "$(journalctl -u "$1" -n 1 -o cat)"
		asked_by request 3 "$2"
		sum=$((sum + ASKED))
	done
	within "$1, $rounds reloads" 1 $((rounds * $(workers "$1"))) "$sum"
	try "$1, is the same process" test "$(systemctl show -P NRestarts "$1")" = 0
	try "$1, restart" systemctl restart "$1"
	try "$1, requests after a restart" request 3 "$2"
	is "$1, no wrong PIN was counted" 0 "$(lockout_count)"
}
change_pcr() { tpm2_pcrextend "7:sha256=$(printf 'another boot' | sha256sum | cut -d' ' -f1)"; }

export -f change_pcr

first() {
	install_packages
	howto log
	patient
	howto token
	howto recovery
	is "files of the store are the group's to read" "root bulla 640" "$(stat -c '%U %G %a' /var/lib/bulla/token-*.db | sort -u)"
	try "somebody else sees no token" runuser -u nobody -- bulla list
	is "and no error" "no token" "$(cat "$LAST")"
	refuse "nor the file" "denied" runuser -u nobody -- sh -c 'cat /var/lib/bulla/token-*.db'
	howto engine
	howto nginx
	try "nginx, requests" request 5
	is "workers are www-data" www-data "$(ps -o user= -C nginx | sort -u | grep -v root)"
	refuse "workers cannot change the store" "denied" runuser -u www-data -- sh -c ': >>"$(ls /var/lib/bulla/token-*.db)"'
	quiet_server nginx /etc/ssl/certs/web.pem 6

	try "the boot changes" change_pcr
	refuse "nginx, a reload is refused" "failed" systemctl reload nginx
	try "the journal says why" journalctl -u nginx --no-pager -n 30
	said "by its PCR" "PCR 7 of the sha256 bank changed"
	try "nginx, the workers go on" request 2
	refuse "nginx, a restart is refused" "failed" systemctl restart nginx
	howto why
	said "bulla status says it in words" "would not open: PCRs are not what they were when it was sealed"
	refuse "nobody answers" "onnect" request 1
	is "no wrong PIN was counted" 0 "$(lockout_count)"
}

again() {
	LIMIT=300 try "the boot ends well" systemctl is-system-running --wait
	try "nginx was started by it" systemctl is-active nginx || journalctl -b -u nginx --no-pager
	try "the token opens again, nobody typed anything" request 3
	howto credential
	howto pin-source
	try "nginx with a PIN of systemd's" request 3 /etc/ssl/certs/web2.pem
	refuse "workers may not read the PIN" "denied" runuser -u www-data -- cat /run/credentials/nginx.service/pin
	try "the PIN is nowhere else" test ! -e /run/web.pin
	quiet_server nginx /etc/ssl/certs/web2.pem 2

	try "nginx makes room" systemctl stop nginx
	howto apache
	try "Apache, requests" request 5
	quiet_server apache2 /etc/ssl/certs/web.pem 3
	try "Apache makes room" systemctl stop apache2

	howto nginx
	try "nginx makes room again" systemctl stop nginx
	try "Apache starts again" systemctl start apache2
	try "the firmware is updated" change_pcr
	refuse "Apache, a reload is refused" "failed" systemctl reload apache2
	try "Apache goes on" systemctl is-active apache2
	refuse "Apache does not start" "failed" systemctl restart apache2
	try "Apache's journal says why" journalctl -b -u apache2 --no-pager -n 30
	said "Apache's journal names the PCR" "PCR 7 of the sha256 bank changed"
	refuse "nginx does not start" "failed" systemctl restart nginx
	howto renew
	try "nginx after the renewal" request 3
	is "no wrong PIN was counted at last" 0 "$(lockout_count)"
}
case $1 in
first) first ;;
again) again ;;
esac
exit 0
