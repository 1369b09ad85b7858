#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: baddays
# GnuPG through gnupg-pkcs11-scd on bad days: wrong PIN, other PCRs, a TPM that is away or silent, and each time back.
. "$CHECK_TOP/test/client/bad-days-lib.sh"
swtpm_start "$DIR/tpm" && printf 'tcti = %s\npin-tries = 20\n' "$(swtpm_tcti "$DIR/tpm")" >"$XDG_CONFIG_HOME/bulla/bulla.conf"
swtpm_tool "$DIR/tpm" tpm2_dictionarylockout -s -n 32 -t 600 -l 600 >/dev/null
export TOKEN=me
p11_kit
echo "the text" >file
unset GNUPGHOME
# a person who knows the PIN, and has no other card at hand
cat >pinentry <<END
#!/bin/bash
echo OK
while read -r word rest; do
	case \$word in
	SETDESC) desc=\$rest; echo OK ;;
	GETPIN) echo "asked \$desc" >>"$PWD/asked"; echo "D \$(cat "$PWD/pin")"; echo OK ;;
	CONFIRM) echo "confirm \$desc" >>"$PWD/asked"; echo "ERR 83886179 canceled" ;;
	BYE) echo OK; exit 0 ;;
	*) echo OK ;;
	esac
done
END
chmod 700 pinentry
mkdir -m 700 "$HOME/.gnupg"
printf 'pinentry-program %s/pinentry\n' "$PWD" >"$HOME/.gnupg/gpg-agent.conf"
gnupg_end() { timeout 10 gpgconf --kill all; client_end; }
trap gnupg_end EXIT
for block in keys configure learn openpgp; do LIMIT=60 howto "how-to: $block" gnupg $block; done
right=$PIN

c_gpg() { rm -f file.gpg && gpg --batch --yes --sign --local-user me@example.org --output file.gpg file && gpg --verify file.gpg; }
export -f c_gpg await
cold() { gpgconf --kill all; } # another daemon, which is not logged in

: >asked
try "a good day" c_gpg
cold
pin_is wrong-one
refuse "wrong PIN: gpg" "$(words gpg pin)" c_gpg
if [ "$(wc -l <asked)" -le 4 ]; then pass "$CASE/wrong PIN: three tries at most"; else fail "$CASE/wrong PIN: three tries at most" "$(wc -l <asked)"; fi
status_says "wrong PIN" "a wrong PIN"
said "wrong PIN: each costs a try" "PIN tries left: 17 of 20"
pin_is "$right"
try "the right PIN again" c_gpg

cold
swtpm_tool "$DIR/tpm" tpm2_pcrextend "7:sha256=$(printf x | sha256sum | cut -d' ' -f1)" || fail "$CASE" "the PCR is not extended"
refuse "PCR changed: gpg" "$(words gpg refused)" c_gpg
swtpm_reset "$DIR/tpm"
try "the boot measured again: the same daemon" c_gpg

cold
swtpm_stop "$DIR/tpm"
refuse "no TPM: gpg" "$(words gpg away)" c_gpg
swtpm_start "$DIR/tpm"
try "the TPM is back: the same daemon" c_gpg

cold
kill -STOP "$(cat "$DIR/tpm/pid")"
refuse "silent TPM: gpg" "$(words gpg away)" c_gpg
status_says "silent TPM" "a TPM that does not answer"
kill -CONT "$(cat "$DIR/tpm/pid")"
try "the TPM speaks again: the same daemon" await c_gpg
swtpm_stop "$DIR/tpm"
try "TPM gone after the login: gpg signs" c_gpg
swtpm_start "$DIR/tpm"

rm "$STORE"/token-*
refuse "the token deleted: gpg" "signing failed: Operation cancelled" c_gpg
grep confirm asked >last.log
said "the token deleted: a person is asked for it" "insert the one with serial number"
