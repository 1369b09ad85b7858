#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A newer OpenSSH, unpacked beside the system, which takes Ed25519 keys of tokens: the agent, and logins with each kind of key.
. "$CHECK_TOP/test/client/lib.sh"
tried "OpenSSH 10.3, with Ed25519" "-"
next_debian || { skip "$CASE" "$(cat beside.err)"; exit 0; }
tried "$CLIENT" "$(beside_version openssh-client), OpenSSL $(beside_version openssl)"
client_token clients
keys_with_certificates
tool --login --pin env:PIN --keypairgen --key-type EC:edwards25519 --label ed --id 03 >keys.log 2>&1
PATH=$NEXT:$PATH
askpass
export SSH_PKCS11_HELPER=$NEXT/ssh-pkcs11-helper SSH_AUTH_SOCK=$DIR/agent
real=$(realpath "$MODULE")

try "ssh-keygen -D" ssh-keygen -D "$real"
for kind in ssh-rsa ecdsa-sha2-nistp256 ssh-ed25519; do
	grep "^$kind " last.log | cut -d' ' -f1,2 >"$kind.pub"
	chmod 600 "$kind.pub"
done
ssh-agent -D -a "$SSH_AUTH_SOCK" -P "$(dirname "$real")/*" >agent.log 2>&1 </dev/null &
started $!
await test -S "$SSH_AUTH_SOCK"
try "ssh-add -s" ssh-add -s "$real"
try "ssh-add -l" ssh-add -l

sshd_start
cat ./*.pub >sshd/authorized
for kind in ssh-rsa ecdsa-sha2-nistp256 ssh-ed25519; do
	if [ -s $kind.pub ]; then pass "$CASE/$kind: the key is shown"; else fail "$CASE/$kind: the key is shown" "it is not"; fi
	try "$kind: the agent signs" ssh-add -T $kind.pub
	try "$kind: login" "${SSH_IN[@]}" -o IdentitiesOnly=yes -i "$PWD/$kind.pub" 127.0.0.1 echo "in with $kind"
	said "$kind: the server ran the command" "in with $kind"
	accepted "$kind: the server saw the token's key" $kind.pub
done
