#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# OpenSSH: ssh-agent with the module, a login to an sshd on loopback with an RSA and an EC key of the
# token, ssh-keygen -D, and a certificate signed by a key of the token.
. "$CHECK_TOP/test/client/lib.sh"
client_token clients
tried "OpenSSH" "$(version openssh-client)"
keys_with_certificates
printf '#!/bin/sh\nexec cat "%s/pin"\n' "$PWD" >askpass
chmod 700 askpass
export SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force
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

# a server of our own, as this user
mkdir -m 700 sshd
ssh-keygen -q -t ed25519 -N '' -f sshd/host
cp keys.pub sshd/authorized
port=$(free_port)
cat >sshd/config <<EOF
ListenAddress 127.0.0.1
Port $port
HostKey $PWD/sshd/host
PidFile none
AuthorizedKeysFile $PWD/sshd/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
EOF
/usr/sbin/sshd -D -e -f "$PWD/sshd/config" >sshd.log 2>&1 </dev/null &
started $!
await grep -q "Server listening" sshd.log
printf '[127.0.0.1]:%s %s\n' "$port" "$(cut -d' ' -f1,2 sshd/host.pub)" >known
ssh_in=(ssh -F none -p "$port" -o "UserKnownHostsFile=$PWD/known" -o GlobalKnownHostsFile=none -o ControlPath=none)
for kind in rsa ec; do
	try "login with the $kind key of the agent" "${ssh_in[@]}" -o IdentitiesOnly=yes -i "$PWD/$kind.pub" 127.0.0.1 echo "in with $kind"
	said "the server ran the command" "in with $kind"
done
ssh-add -e "$real" >/dev/null 2>&1
try "ssh-add -s a second time" ssh-add -s "$real"
try "login after that" "${ssh_in[@]}" -o IdentitiesOnly=yes -i "$PWD/ec.pub" 127.0.0.1 true
ssh-add -e "$real" >/dev/null 2>&1
refuse "no login without the token" "Permission denied" "${ssh_in[@]}" -o IdentitiesOnly=yes -i "$PWD/ec.pub" 127.0.0.1 true
unset SSH_AUTH_SOCK
try "login with PKCS11Provider" "${ssh_in[@]}" -o "PKCS11Provider=$real" 127.0.0.1 true

# a certificate authority whose key is in the token
ssh-keygen -q -t ed25519 -N '' -f user
try "sign a certificate with the token's key" ssh-keygen -q -D "$real" -s ec.pub -I someone -n "$(id -un)" -V +1h user.pub
printf 'cert-authority %s\n' "$(cat ec.pub)" >sshd/authorized
try "login with that certificate" "${ssh_in[@]}" -o IdentitiesOnly=yes -i "$PWD/user" 127.0.0.1 true

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
