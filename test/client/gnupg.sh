#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# GnuPG through gnupg-pkcs11-scd: docs/howto/gnupg.md as it stands, and what comes of it read by others.
. "$CHECK_TOP/test/client/lib.sh"
tried "GnuPG (gpg, gpgsm) with gnupg-pkcs11-scd, RSA keys" "GnuPG $(version gnupg), scd $(version gnupg-pkcs11-scd)"
swtpm_start "$DIR/tpm" && printf 'tcti = %s\n' "$(swtpm_tcti "$DIR/tpm")" >"$XDG_CONFIG_HOME/bulla/bulla.conf"
p11_kit
export TOKEN=me
echo "the text" >file
unset GNUPGHOME

# what a person does at a pinentry
cat >pinentry <<EOF
#!/bin/bash
echo OK
while read -r word rest; do
	case \$word in
	GETPIN) echo "asked \$rest" >>"$PWD/asked"; echo "D \$(cat "$PWD/pin")"; echo OK ;;
	BYE) echo OK; exit 0 ;;
	*) echo OK ;;
	esac
done
EOF
chmod 700 pinentry
mkdir -m 700 "$HOME/.gnupg"
printf 'pinentry-program %s/pinentry\n' "$PWD" >"$HOME/.gnupg/gpg-agent.conf"
gnupg_end() { timeout 10 gpgconf --kill all; client_end; }
trap gnupg_end EXIT

howto "how-to: keys and certificates" gnupg keys
howto "how-to: the agent's configuration" gnupg configure
howto "how-to: the agent learns" gnupg learn
howto "how-to: an OpenPGP key" gnupg openpgp
howto "how-to: sign, verify, encrypt, decrypt" gnupg use
try "what was decrypted is what was encrypted" cmp file file.out
try "the PIN was asked for by the pinentry" grep -q asked asked
howto "how-to: gpgsm" gnupg gpgsm
try "what gpgsm decrypted is what was encrypted" cmp file file.p7d

# ---- a key that the daemon cannot use must not keep it from those that it can
keygrips() { gpg-connect-agent 'SCD LEARN --force' 'LEARN --sendinfo' /bye && gpg-connect-agent 'KEYINFO --list' /bye | awk '$4 == "T" {print $3}' | sort; }
export -f keygrips
try "an EC key with a certificate beside the others" tool --login --pin env:PIN --keypairgen --key-type EC:prime256v1 --label "gpg ec" --id 03
try "its certificate" engine_cert 03 "gpg ec" ec.pem
gpgconf --kill all
try "the agent learns again" keygrips
if [ "$(grep -c '^[0-9A-F]\{40\}$' last.log)" -eq 2 ]; then pass "$CASE/the RSA keys alone"; else cat last.log; fail "$CASE/the RSA keys alone" "not two keys"; fi
rm -f file.gpg
try "and signs" gpg --batch --sign --local-user me@example.org --output file.gpg file
try "gpg verifies it" gpg --batch --verify file.gpg
