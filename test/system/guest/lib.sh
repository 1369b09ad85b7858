# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What scripts on the machine have: results, the how-to's blocks, requests to its web server, and how often the TPM was asked.
set -u
export LC_ALL=C.UTF-8
cd /root || exit 1
LAST=/run/last.log

# a name has no colon: what is behind one is the reason
pass() { printf 'PASS %s\n' "${1//:/ -}"; }
fail() { printf 'FAIL %s: %s\n' "${1//:/ -}" "${2:-}"; }

# limited COMMAND...: within two minutes, the output in $LAST; the command may be a function
limited() {
	if [ "$(type -t "$1")" = function ]; then
		# shellcheck disable=SC2016 # for the inner shell
		set -- bash -c '. /opt/test/guest/lib.sh; "$@"' bash "$@"
	fi
	timeout -k 5 "${LIMIT:-120}" "$@" >$LAST 2>&1 </dev/null
}
# try NAME COMMAND...
try() {
	local name=$1 rc
	shift
	limited "$@"
	rc=$?
	if [ $rc -eq 0 ]; then
		pass "$name"
	else
		echo "\$ $*"
		tail -n 25 $LAST
		fail "$name" "status $rc: $(tail -n 1 $LAST)"
	fi
	return $rc
}
# refuse NAME PATTERN COMMAND...: it fails, and says so
refuse() {
	local name=$1 pattern=$2 rc
	shift 2
	limited "$@"
	rc=$?
	if [ $rc -ne 0 ] && [[ ! $rc =~ ^(124|127|13[0-9])$ ]] && grep -q -- "$pattern" $LAST; then
		pass "$name"
	else
		echo "\$ $*"
		tail -n 25 $LAST
		fail "$name" "status $rc, and \"$pattern\" is $(grep -q -- "$pattern" $LAST || echo not) in what it said"
	fi
}
# said NAME PATTERN: the last command's output has it
said() { if grep -q -- "$2" $LAST; then pass "$1"; else tail -n 25 $LAST; fail "$1" "no \"$2\""; fi; }
# is NAME WANTED FOUND
is() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "$3, not $2"; fi; }
# most NAME LEAST MOST FOUND
within() { if [ "$4" -ge "$2" ] && [ "$4" -le "$3" ]; then pass "$1"; else fail "$1" "$4, not $2 to $3"; fi; }
# howto BLOCK: of docs/howto/services.md, as it stands there
howto() { try "how-to $1" bash -eu "/opt/test/howto/$1"; }
# patient: this machine is emulated, beside other tests; a TPM that answers late is not what is tested here
patient() { echo 'tpm-timeout-ms = 60000' >>/etc/bulla/bulla.conf; }
# await COMMAND...: until it succeeds, a minute at most
await() {
	local end=$((SECONDS + 60))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# request N [CERTIFICATE]: so many, each with a handshake of its own and the server's key
request() {
	local i
	for i in $(seq "$1"); do
		curl -sS --max-time 20 --cacert "${2:-/etc/ssl/certs/web.pem}" https://localhost/ -o /run/page || return 1
		[ -s /run/page ] || { echo "request $i: an empty page"; return 1; }
	done
}

# The kernel tells of each program that is started; helpers that ask the TPM are counted.
TRACE=/sys/kernel/tracing
count_start() {
	mountpoint -q $TRACE || mount -t tracefs tracefs $TRACE
	echo 'filename ~ "*/bulla-tpm"' >$TRACE/events/sched/sched_process_exec/filter
	echo 1 >$TRACE/events/sched/sched_process_exec/enable
	echo >$TRACE/trace
}
asked() { grep -c bulla-tpm $TRACE/trace; }

lockout_count() { echo $(($(tpm2_getcap properties-variable | sed -n 's/.*LOCKOUT_COUNTER: *//p'))); }
