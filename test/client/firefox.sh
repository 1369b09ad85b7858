#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: browsers
# Firefox: the module in a profile, by policy, through p11-kit's proxy, and loaded by hand; a person who types the PIN and
# chooses a certificate; a server that demands one, whose log says whose it was.
. "$CHECK_TOP/test/client/lib.sh"
. "$CHECK_TOP/test/client/browser_lib.sh"
TOKEN=me
client_token me
tried "Firefox ESR" "$(version firefox-esr)"
program=/usr/lib/firefox-esr/firefox-esr
export LIMIT=150 PROFILE WRONG=${PIN}0

# profile NAME: one of a person who has used it before; nothing in it speaks to anybody but us
profile() {
	PROFILE=$PWD/$1
	mkdir "$PROFILE"
	certutil -N -d "sql:$PROFILE" -f empty
	certutil -A -d "sql:$PROFILE" -n authority -t CT,, -i ca.pem
	cat >"$PROFILE/user.js" <<END
user_pref("marionette.port", 0);
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.http.speculative-parallel-limit", 0);
user_pref("services.settings.server", "data:,none");
user_pref("app.normandy.enabled", false);
END
}
# firefox PROGRAM: does the steps of its input
firefox() {
	printf '%s\n' "$STEPS" | strace -f -qq --seccomp-bpf -e trace=execve -e signal=none -o firefox.trace \
		python3 "$CHECK_TOP/test/client/firefox.py" "$1" "$PROFILE"
}
export -f firefox
export STEPS

authority
askcert

# ---- the profile's own database
profile mine
howto "how-to: the module and a request" firefox profile
issue me
howto "how-to: a certificate" firefox certificate
certutil -R -d "sql:$PROFILE" -h me -k rsa -g 2048 -s CN=rsa-user -z noise -f pin -a -o rsa.req >request.log 2>&1
issue rsa
try "a second certificate, for an RSA key" certutil -A -d "sql:$PROFILE" -h me -n rsa -t ,, -i rsa.pem -f pin
STEPS="modules bulla
error https://cancel.localhost:$TLS13/cancelled pin
error https://none.localhost:$TLS13/none pin=WRONG pin=PIN choose
page ec-13 https://ec.localhost:$TLS13/ec-13 choose=me
page ec-13-again https://ec.localhost:$TLS13/ec-13-again
page ec-12 https://ec.localhost:$TLS12/ec-12
page rsa-13 https://rsa.localhost:$TLS13/rsa-13 choose=rsa-user
page rsa-12 https://rsa.localhost:$TLS12/rsa-12
logout me
page ec-anew https://ec.localhost:$TLS13/ec-anew pin=PIN
unload bulla
no-modules bulla
error https://ec.localhost:$TLS13/unloaded"
try "profile: a person with a PIN and two certificates" firefox $program
for page in ec-13 ec-13-again ec-12 ec-anew; do showed "$page" me; done
for page in rsa-13 rsa-12; do showed "$page" rsa; done
refusals 3 "cancelled, none chosen, and module unloaded: the server gets no certificate"

# ---- policy: of a Firefox in a folder of its own, where a machine's would be in /etc/firefox/policies
cp -rs /usr/lib/firefox-esr app
rm app/firefox-esr app/distribution
cp $program app/
mkdir app/distribution
export POLICIES=$PWD/app/distribution
howto "how-to: a policy" firefox policy
profile policy
howto "how-to: no chooser" firefox automatic
STEPS="modules bulla
page policy https://localhost:$TLS13/policy pin=PIN
page policy-again https://localhost:$TLS13/policy-again"
try "policy: a person with a PIN, and Firefox chooses" firefox app/firefox-esr
for page in policy policy-again; do showed "$page" me rsa; done

# ---- loaded by hand
profile hand
STEPS="no-modules bulla
load bulla $MODULE
unload bulla
no-modules bulla
load bulla $MODULE
page hand https://localhost:$TLS13/hand pin=PIN choose=me"
try "by hand: loaded, unloaded, loaded again; a person with a PIN" firefox $program
showed hand me
# starting and ending with the module, and loading it, wait for no TPM
asked=$(grep -c 'execve(.*bulla-tpm.* = 0' firefox.trace)
if [ "$asked" -eq 1 ]; then
	pass "$CASE/the TPM is asked once, for the PIN"
else
	fail "$CASE/the TPM is asked once, for the PIN" "$asked helpers were started"
fi

# ---- p11-kit's proxy
p11_kit
profile proxy
howto "how-to: p11-kit's proxy" firefox proxy
export NEW_PIN=${PIN}1
STEPS="modules p11-kit
page proxy https://localhost:$TLS13/proxy pin=PIN choose=rsa-user
change me PIN NEW_PIN
logout me
page changed https://rsa.localhost:$TLS13/changed pin=PIN pin=NEW_PIN choose=rsa-user"
try "p11-kit's proxy: a person with a PIN, who changes it" firefox $program
for page in proxy changed; do showed "$page" rsa; done
