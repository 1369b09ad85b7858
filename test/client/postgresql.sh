#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: network
# PostgreSQL: psql with a client's key in a token, against a server that demands a certificate and says whose it was; then the
# server's key. docs/howto/postgresql.md as it stands.
. "$CHECK_TOP/test/client/lib.sh"
tried "PostgreSQL (psql, libpq)" "-"
beside own postgresql-15 postgresql-client-15 libpq5 libicu72 libxml2 || { skip "$CASE/PostgreSQL" "$(cat beside.err)"; exit 0; }
tried "PostgreSQL (psql, libpq)" "$(beside_version libpq5), through libp11's engine $(version libengine-pkcs11-openssl)"
PG_VERSION=$(beside_version postgresql-15)
beside_programs usr/lib/postgresql/15/bin/{psql,pgbench,postgres,initdb}
swtpm_start "$DIR/tpm" && printf 'tcti = %s\n' "$(swtpm_tcti "$DIR/tpm")" >"$XDG_CONFIG_HOME/bulla/bulla.conf"
swtpm_tool "$DIR/tpm" tpm2_dictionarylockout -s -n 32 -t 600 -l 600 >/dev/null
p11_kit
authority
export TOKEN=me PORT
PORT=$(free_port)
openssl req -new -newkey rsa:2048 -nodes -keyout server.key -subj /CN=localhost -out server.req 2>/dev/null
issue server.req server.pem subjectAltName=DNS:localhost,IP:127.0.0.1
export PSQL_PAGER=cat
try "a cluster of databases" initdb -D data -U postgres -A reject --no-sync --no-locale -E UTF8
server_conf() { # KEY
	cat <<-END
		listen_addresses = '127.0.0.1'
		port = $PORT
		unix_socket_directories = ''
		fsync = off
		ssl = on
		ssl_cert_file = '$PWD/server.pem'
		ssl_key_file = '$PWD/$1'
		ssl_ca_file = '$PWD/ca.pem'
		log_connections = on
		shared_buffers = 16MB
	END
}
echo "hostssl all all 127.0.0.1/32 cert clientcert=verify-full" >data/pg_hba.conf
start() { # NAME KEY
	chmod 600 "$2"
	postgres -D data >server.log 2>&1 </dev/null &
	SERVER=$!
	started $SERVER
	if await grep -q "ready to accept" server.log; then pass "$CASE/$1"; else fail "$CASE/$1" "$(tail -n 1 server.log)"; fi
}
serve() { # NAME KEY
	server_conf "$2" >data/postgresql.conf
	start "$@"
}
finish() { # PostgreSQL's fast shutdown
	kill -INT $SERVER
	wait $SERVER
}
# file_key NAME EXTENSION...: a key and its certificate in files
file_key() {
	openssl req -new -newkey rsa:2048 -nodes -keyout "$1.key" -subj "/CN=$1" -out "$1.req" 2>/dev/null
	chmod 600 "$1.key"
	issue "$1.req" "$1.pem" "${@:2}"
}
token_key() { # TYPE ID LABEL USER
	# shellcheck disable=SC2086 # words
	tool $LOGIN --keypairgen --key-type "$1" --label "$3" --id "$2" &&
		openssl req -new -engine pkcs11 -keyform engine -key "pkcs11:token=$TOKEN;object=$3;type=private${LOGIN:+;pin-value=$PIN}" \
			-subj "/CN=$4" -out "$3.req" && issue "$3.req" "$3.pem" "$5"
}
export -f token_key issue
export LOGIN="--login --pin env:PIN" # a token without a PIN needs none
WHO="select client_dn, version from pg_stat_ssl where pid = pg_backend_pid()"
connect() { # USER CERTIFICATE KEY COMMAND...
	local where="host=localhost port=$PORT dbname=postgres sslmode=verify-full sslrootcert=ca.pem user=$1 sslcert=$2 sslkey=$3"
	shift 3
	"${@:-psql}" "$where" -c "$WHO"
}
export -f connect
export WHO
came() { # NAME USER TIMES
	local count
	count=$(grep -c "connection authenticated: identity=\"CN=$2\" method=cert" server.log)
	if [ "$count" -eq "$3" ]; then pass "$CASE/$1"; else tail -n 5 server.log; fail "$CASE/$1" "$count times"; fi
}

file_key server subjectAltName=DNS:localhost,IP:127.0.0.1
file_key postgres extendedKeyUsage=clientAuth
serve "the server starts" server.key
try "a user" psql "host=localhost port=$PORT dbname=postgres sslmode=verify-full sslrootcert=ca.pem user=postgres sslcert=postgres.pem sslkey=postgres.key" \
	-c 'create role ada login'
howto "how-to: a key" postgresql keys
issue ada.req ada.pem extendedKeyUsage=clientAuth
howto "how-to: psql, the PIN typed" postgresql client
said "the server says whose certificate it was" "/CN=ada  *| TLSv1.3"
came "the server knows her" ada 1
printf %s "$PIN" >pin-only
howto "how-to: a service" postgresql service
said "the server says whose it was" "/CN=ada  *| TLSv1.3"
came "the server knows her again" ada 2
try "an RSA key" token_key rsa:2048 02 db-rsa ada extendedKeyUsage=clientAuth
uri="pkcs11:pkcs11:token=me;type=private;pin-value=$PIN;object"
try "psql with it" connect ada db-rsa.pem "$uri=db-rsa"
came "the server knows her by RSA" ada 3
PGSSLMAXPROTOCOLVERSION=TLSv1.2 try "psql with it, TLS 1.2" connect ada db-rsa.pem "$uri=db-rsa"
said "the server says that it was TLS 1.2" "/CN=ada  *| TLSv1.2"

before=$(grep -c 'identity="CN=ada"' server.log)
# twenty connections of one process, in two threads
echo "select 1;" >one.sql
many() { pgbench -n -C -c 2 -j 2 -t 10 -f one.sql "host=localhost port=$PORT dbname=postgres sslmode=verify-full sslrootcert=ca.pem user=ada sslcert=ada.pem sslkey=$uri=db"; }
export -f many
export uri
try "twenty connections of one process" many
came "the server counts them, and one of pgbench itself" ada $((before + 21))

# ---- what must fail
before=$(grep -c "connection authorized: user=ada" server.log)
refuse "another key than the certificate's" "private key" connect ada ada.pem "$uri=db-rsa"
refuse "another's name" "authentication failed" connect postgres ada.pem "$uri=db"
refuse "a wrong PIN" "could not read private SSL key" connect ada ada.pem "pkcs11:pkcs11:token=me;type=private;object=db;pin-value=wrong-one"
count=$(($(swtpm_tool "$DIR/tpm" tpm2_getcap properties-variable | sed -n 's/.*LOCKOUT_COUNTER: *//p')))
if [ $count -eq 1 ]; then pass "$CASE/it was counted once"; else fail "$CASE/it was counted once" "$count"; fi
if [ "$(grep -c "connection authorized: user=ada" server.log)" -eq "$before" ]; then pass "$CASE/and nobody came"; else fail "$CASE/and nobody came" "$(tail -n 1 server.log)"; fi

# ---- a token without a PIN
client_token machine pcr=sha256:7
TOKEN=machine LOGIN=''
try "a key of a token without a PIN" token_key EC:prime256v1 01 machine ada extendedKeyUsage=clientAuth
before=$(grep -c 'identity="CN=ada"' server.log)
try "it comes without a PIN" connect ada machine.pem "pkcs11:pkcs11:token=machine;type=private;object=machine"
came "the server knows it" ada $((before + 1))
finish

# ---- by the provider: the client's key, and the server's
tried "PostgreSQL with pkcs11-provider" "-"
provider || { skip "$CASE/PostgreSQL with the provider" "$(cat beside.err)"; exit 0; }
tried "PostgreSQL with pkcs11-provider" "$PG_VERSION, pkcs11-provider $PROVIDER_VERSION"
client_token web
TOKEN=web LOGIN="--login --pin env:PIN"
try "a server's key" token_key EC:prime256v1 01 tls localhost subjectAltName=DNS:localhost
export PROVIDER
howto "how-to: openssl.cnf with the provider" servers provider
howto "how-to: a key's file" servers key-file
export OPENSSL_CONF=$PWD/provider.cnf
server_conf server.key >data/postgresql.conf
howto "how-to: the server's configuration" postgresql server
start "a server with its key in a token" tls.key
unset OPENSSL_CONF
for i in 1 2 3; do
	try "a client comes to it, $i" connect ada ada.pem "$uri=db"
done
came "the server knows them" ada 3
token_of_ada() { sed 's/token=web;object=tls/token=me;object=db/' howto.key-file; }
(token_of_ada | bash -eu) && mv tls.key ada.key && chmod 600 ada.key
export PGHOST=localhost PGPORT=$PORT PGDATABASE=postgres PGUSER=ada PGSSLMODE=verify-full PGSSLROOTCERT=ca.pem PGSSLCERT=ada.pem
howto "how-to: psql with a key's file" postgresql provider
came "the server knows her by the provider" ada 4
finish
