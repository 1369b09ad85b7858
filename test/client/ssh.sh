#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# OpenSSH: ssh-agent with the module, a login to an sshd on loopback with an RSA and an EC key of the
# token, ssh-keygen -D, and a certificate signed by a key of the token.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
tried "OpenSSH" "$(version openssh-client)"
keys_with_certificates
askpass
real=$(realpath "$MODULE")

try "ssh-keygen -D" ssh-keygen -D "$real"
grep '^ssh-rsa\|^ecdsa-' last.log | sed 's/\(^[^ ]* [^ ]*\).*/\1/' >keys.pub
grep -h '^ssh-rsa' keys.pub >rsa.pub
grep -h '^ecdsa-' keys.pub >ec.pub
chmod 600 rsa.pub ec.pub # ssh takes them for private keys where the agent has none
if [ -s rsa.pub ] && [ -s ec.pub ]; then pass "$CASE/both public keys are shown"; else fail "$CASE/both public keys are shown" "$(wc -l <keys.pub) keys"; fi

ssh-agent -D -a "$DIR/agent" -P "$(dirname "$real")/*" >agent.log 2>&1 </dev/null &
started $!
export SSH_AUTH_SOCK=$DIR/agent
await test -S "$SSH_AUTH_SOCK"
try "ssh-add -s" ssh-add -s "$real"
try "ssh-add -l" ssh-add -l
said "the agent has the RSA key" "(RSA)"
said "the agent has the EC key" "(ECDSA)"
try "ssh-add -T RSA" ssh-add -T rsa.pub
try "ssh-add -T EC" ssh-add -T ec.pub

sshd_start
cp keys.pub sshd/authorized
for kind in rsa ec; do
	try "login with the $kind key of the agent" "${SSH_IN[@]}" -o IdentitiesOnly=yes -i "$PWD/$kind.pub" 127.0.0.1 echo "in with $kind"
	said "the server ran the command" "in with $kind"
	accepted "the server saw the token's $kind key" $kind.pub
done
ssh-add -e "$real" >/dev/null 2>&1
try "ssh-add -s a second time" ssh-add -s "$real"
try "login after that" "${SSH_IN[@]}" -o IdentitiesOnly=yes -i "$PWD/ec.pub" 127.0.0.1 true
ssh-add -e "$real" >/dev/null 2>&1
refuse "no login without the token" "Permission denied" "${SSH_IN[@]}" -o IdentitiesOnly=yes -i "$PWD/ec.pub" 127.0.0.1 true
unset SSH_AUTH_SOCK
try "login with PKCS11Provider" "${SSH_IN[@]}" -o "PKCS11Provider=$real" 127.0.0.1 true
try "login with ssh -I" "${SSH_IN[@]}" -I "$real" 127.0.0.1 echo "in with -I"
said "the server ran that, too" "in with -I"

# a certificate authority whose key is in the token
ssh-keygen -q -t ed25519 -N '' -f user
try "sign a certificate with the token's key" ssh-keygen -q -D "$real" -s ec.pub -I someone -n "$(id -un)" -V +1h user.pub
printf 'cert-authority %s\n' "$(cat ec.pub)" >sshd/authorized
try "login with that certificate" "${SSH_IN[@]}" -o IdentitiesOnly=yes -i "$PWD/user" 127.0.0.1 true
authority_seen() { # NAME KEY
	if grep -q "Accepted publickey.*CA [A-Z]* $(ssh-keygen -l -f "$2" | cut -d' ' -f2)" sshd.log; then pass "$CASE/$1"; else tail -n 3 sshd.log; fail "$CASE/$1" "the server's log does not have it"; fi
}
authority_seen "the server saw the token's key behind it" ec.pub
printf 'cert-authority %s\n' "$(cat rsa.pub)" >sshd/authorized
refuse "a certificate of another authority" "Permission denied" "${SSH_IN[@]}" -o IdentitiesOnly=yes -i "$PWD/user" 127.0.0.1 true
# the authority's key behind an agent, of which the signer needs the public half only
export SSH_AUTH_SOCK=$DIR/agent
ssh-add -s "$real" >/dev/null 2>&1
try "sign a certificate through the agent, RSA" ssh-keygen -q -U -s rsa.pub -t rsa-sha2-256 -I somebody -n "$(id -un)" -V +1h user.pub
ssh-add -e "$real" >/dev/null 2>&1
unset SSH_AUTH_SOCK
try "login with that one" "${SSH_IN[@]}" -o IdentitiesOnly=yes -i "$PWD/user" 127.0.0.1 true
authority_seen "the server saw the token's RSA key behind it" rsa.pub

# ---- which modules an agent takes: by their real paths, below those that it was told
other_agent() { # NAME ALLOWED: becomes the one that is asked
	ssh-agent -D -a "$DIR/agent.$1" -P "$2" >agent.log 2>&1 </dev/null &
	started $!
	export SSH_AUTH_SOCK=$DIR/agent.$1
	await test -S "$SSH_AUTH_SOCK"
}
mkdir allowed
ln -s "$real" allowed/bulla-pkcs11.so
other_agent other "$PWD/allowed/*"
refuse "the agent refuses a module elsewhere" "refused" ssh-add -s "$real"
refuse "the agent looks where a link leads" "refused" ssh-add -s "$PWD/allowed/bulla-pkcs11.so"
other_agent exact "$real"
try "a link to a path that it allows" ssh-add -s "$PWD/allowed/bulla-pkcs11.so"
try "the keys are there" ssh-add -T ec.pub
unset SSH_AUTH_SOCK

# ---- docs/howto/ssh.md, on a token of its own; MODULE is named by its real path, as the page says
MODULE=$real
rm -rf "$STORE"
unset SSH_ASKPASS SSH_ASKPASS_REQUIRE SSH_AUTH_SOCK
howto "how-to: a key" ssh key
ssh-agent -D -a "$DIR/agent-2" -P "$MODULE" >agent.log 2>&1 </dev/null &
started $!
export SSH_AUTH_SOCK=$DIR/agent-2
await test -S "$SSH_AUTH_SOCK"
chmod 600 id.pub
howto "how-to: the agent" ssh agent
mkdir repository
cp id.pub repository
chmod 600 repository/id.pub
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
cd repository || exit 1
git init -q .
howto "how-to: git signs a commit" ssh git
printf 'a@b %s\n' "$(cat id.pub)" >allowed
try "git verifies it" git -c "gpg.ssh.allowedSignersFile=$PWD/allowed" verify-commit HEAD
said "by the token's key" "Good \"git\" signature"
