#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: servers
# Web servers with the key in the token: nginx with four workers, Apache with four processes, stunnel; requests, reloads,
# restarts. The TPM is asked when a process begins to use the token, and not for requests; nobody is locked out.
. "$CHECK_TOP/test/client/lib.sh"
swtpm_start "$DIR/tpm" && printf 'tcti = %s\n' "$(swtpm_tcti "$DIR/tpm")" >"$XDG_CONFIG_HOME/bulla/bulla.conf"
swtpm_tool "$DIR/tpm" tpm2_dictionarylockout -s -n 32 -t 600 -l 600 >/dev/null
p11_kit
printf %s "$PIN" >pin-only
export TOKEN=web PORT BEHIND

# request N: N of them, each with a handshake of its own
request() {
	for _ in $(seq "$1"); do
		curl -sS --max-time 10 --cacert tls.pem "https://localhost:$PORT/index.html" --resolve "localhost:$PORT:127.0.0.1" -o page || return 1
		grep -q "hello" page || { cat page; return 1; }
	done
}
export -f request
# how often a helper that asks the TPM was started by the server (its trace)
asked() { grep -c 'execve(.*bulla-tpm.* = 0' "$1"; }
quiet_requests() { # NAME TRACE: once the workers have the key, requests start no helper
	local before after
	before=$(asked "$2")
	try "$1: sixty requests" request 60
	after=$(asked "$2")
	echo "helpers started: $before, then $after"
	if [ "$before" -ge 1 ] && [ "$((after - before))" -le 4 ]; then # a worker that had nothing to do until now
		pass "$CASE/$1: the TPM is not asked for requests"
	else
		fail "$CASE/$1: the TPM is not asked for requests" "$before, then $after"
	fi
}
# serve NAME COMMAND...: under strace, ended by its own process id; SERVER
serve() {
	local name=$1
	shift
	rm -f "$name.trace" "$name.log"
	# Apache signals its whole process group
	setsid strace -f -qq -e trace=execve -e signal=none -o "$name.trace" "$@" >"$name.log" 2>&1 </dev/null &
	tracer=$!
	await pgrep -P $tracer -x "$(basename "$1")" # strace has short-lived children of its own
	SERVER=$(pgrep -P $tracer -x "$(basename "$1")")
	started "$SERVER"
	if await request 1; then pass "$CASE/$name: starts"; else tail -n 5 "$name.log"; fail "$CASE/$name: starts" "$(tail -n 1 "$name.log")"; return 1; fi
}
server_ended() { ! kill -0 "$SERVER"; }
stop() {
	kill "${1:--TERM}" "${SERVER:-$tracer}" 2>/dev/null
	[ -z "$SERVER" ] || await server_ended || kill -KILL "$SERVER"
	wait $tracer 2>/dev/null
}
unlocked() {
	local count
	count=$(($(swtpm_tool "$DIR/tpm" tpm2_getcap properties-variable | sed -n 's/.*LOCKOUT_COUNTER: *//p')))
	if [ "$count" -eq 0 ]; then pass "$CASE/$1: no wrong PIN was counted"; else fail "$CASE/$1: no wrong PIN was counted" "$count"; fi
}

howto "how-to: a token for a server" servers token
howto "how-to: openssl.cnf" servers engine
OPENSSL_CONF=$PWD/server.cnf

nginx_round() { # NAME
	if serve "$1" "$nginx" -p "$PWD/" -c nginx.conf; then
		try "$1: forty requests" request 40
		quiet_requests "$1" "$1.trace"
		kill -HUP "$SERVER"
		try "$1: forty requests during a reload" request 40
		kill -HUP "$SERVER"
		try "$1: after a second reload" request 40
	fi
	stop -QUIT
	serve "$1" "$nginx" -p "$PWD/" -c nginx.conf && try "$1: after a restart" request 10
	stop -QUIT
	unlocked "$1"
}
tried "nginx" "-"
if beside own nginx nginx-common; then
	nginx=$BESIDE/usr/sbin/nginx
	tried nginx "$(beside_version nginx), through libp11's engine $(version libengine-pkcs11-openssl)"
	PORT=$(free_port)
	howto "how-to: nginx" servers nginx
	export OPENSSL_CONF
	nginx_round nginx
	unset OPENSSL_CONF
else
	skip "$CASE/nginx" "$(cat beside.err)"
fi

# ---- the same through the provider: the key's file holds its URI
tried "nginx with pkcs11-provider" "-"
if [ -n "${nginx:-}" ] && provider; then
	tried "$CLIENT" "$(beside own nginx nginx-common && beside_version nginx), pkcs11-provider $PROVIDER_VERSION"
	export PROVIDER
	howto "how-to: openssl.cnf with the provider" servers provider
	howto "how-to: a key's file" servers key-file
	sed -i 's,ssl_certificate_key .*,ssl_certificate_key tls.key;,' nginx.conf
	export OPENSSL_CONF=$PWD/provider.cnf
	nginx_round nginx-provider
	unset OPENSSL_CONF
else
	skip "$CASE/nginx with the provider" "$(cat beside.err)"
fi

# ---- Apache: four processes made at the start
apache_conf() {
	cat <<END
ServerRoot $BESIDE
ServerName localhost
PidFile $PWD/apache.pid
DefaultRuntimeDir $PWD
ErrorLog $PWD/apache.err
Listen 127.0.0.1:$PORT
DocumentRoot $PWD/www
StartServers 4
MinSpareServers 4
MaxSpareServers 4
SSLSessionCache none
END
	for m in mpm_prefork authz_core ssl; do echo "LoadModule ${m}_module $BESIDE/usr/lib/apache2/modules/mod_$m.so"; done
	echo "Include $PWD/apache.conf"
}
tried "Apache httpd" "-"
if beside own apache2-bin libapr1 libaprutil1 libaprutil1-dbd-sqlite3 libaprutil1-ldap liblua5.3-0; then
	tried "$CLIENT" "$(beside_version apache2-bin), through libp11's engine $(version libengine-pkcs11-openssl)"
	export LD_LIBRARY_PATH=$LIB OPENSSL_CONF=$PWD/server.cnf
	PORT=$(free_port)
	mkdir www
	echo hello >www/index.html
	LD_LIBRARY_PATH='' howto "how-to: apache" servers apache
	apache_conf >whole.conf
	if serve apache "$BESIDE/usr/sbin/apache2" -DFOREGROUND -f "$PWD/whole.conf"; then
		try "apache: forty requests" request 40
		quiet_requests apache apache.trace
		kill -USR1 "$SERVER"
		try "apache: forty requests during a reload" request 40
	else
		cat apache.err
	fi
	stop
	serve "apache" "$BESIDE/usr/sbin/apache2" -DFOREGROUND -f "$PWD/whole.conf" && try "apache: after a restart" request 10
	stop
	unlocked apache
	unset LD_LIBRARY_PATH OPENSSL_CONF
else
	skip "$CASE/Apache" "$(cat beside.err)"
fi

# ---- stunnel, before a server that speaks no TLS
tried "stunnel" "-"
if beside own stunnel4 libwrap0; then
	tried "$CLIENT" "$(beside_version stunnel4), through libp11's engine $(version libengine-pkcs11-openssl)"
	BEHIND=$(free_port)
	PORT=$(free_port)
	mkdir -p www
	echo hello >www/index.html
	python3 -m http.server --bind 127.0.0.1 --directory www "$BEHIND" >behind.log 2>&1 </dev/null &
	started $!
	howto "how-to: stunnel" servers stunnel
	export OPENSSL_CONF=$PWD/server.cnf LD_LIBRARY_PATH=$LIB
	if serve stunnel "$BESIDE/usr/bin/stunnel4" stunnel.conf; then
		try "stunnel: forty requests" request 40
		quiet_requests stunnel stunnel.trace
		kill -HUP "$SERVER"
		await request 1 # it listens anew
		try "stunnel: after a reload" request 20
	fi
	stop
	unlocked stunnel
	unset OPENSSL_CONF LD_LIBRARY_PATH
else
	skip "$CASE/stunnel" "$(cat beside.err)"
fi
