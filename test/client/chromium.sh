#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stage: browsers
# Chromium, through NSS: on a screen in memory, with a person who types the PIN and picks a certificate; without a screen,
# with a token that has no PIN. A server that demands a certificate, whose log says whose it was.
. "$CHECK_TOP/test/client/lib.sh"
. "$CHECK_TOP/test/client/browser_lib.sh"
TOKEN=me
client_token me
tried "Chromium" "$(version chromium)"
authority
askcert
export DATA=$PWD/data

# ---- the user's database
howto "how-to: the module" chromium module
certutil -A -d "sql:$HOME/.pki/nssdb" -n authority -t CT,, -i ca.pem
howto "how-to: a request" chromium request
issue me
howto "how-to: a certificate" chromium certificate
certutil -R -d "sql:$HOME/.pki/nssdb" -h me -k rsa -g 2048 -s CN=rsa-user -z noise -f pin -a -o rsa.req >request.log 2>&1
issue rsa
try "a second certificate, for an RSA key" certutil -A -d "sql:$HOME/.pki/nssdb" -h me -n rsa -t ,, -i rsa.pem -f pin

# choices FILE HOST=NAME...: a profile's preferences with what the policy AutoSelectCertificateForUrls would put there
choices() {
	local one
	for one in "${@:2}"; do
		printf '"https://%s,*": {"last_modified": "1", "setting": {"filters": [{"SUBJECT": {"CN": "%s"}}]}},' "${one%=*}" "${one#*=}"
	done | sed 's/,$//; s/.*/{"profile": {"content_settings": {"exceptions": {"auto_select_certificate": {&}}}}}/' >"$1"
}
# browser OPTION... [URL]: nothing in it speaks to anybody but us; one that runs with the same data opens URL in a new tab
browser() {
	local sandbox=()
	unshare -U true 2>/dev/null || sandbox=(--no-sandbox) # where users may have no namespaces; not for the browser process
	${EXEC:-} chromium --user-data-dir="$DATA" --no-first-run --disable-gpu --disable-background-networking --disable-component-update \
		--proxy-server=127.0.0.1:9 "${sandbox[@]}" "$@"
}
window() { xdotool search --name "^$1\$" >found && [ "$(wc -l <found)" -eq 1 ]; }
no_window() { ! xdotool search --name "^$1\$"; }
new_window() { window "$1" && ! cmp -s found before; }
patient() { await "$@" || await "$@" || await "$@"; } # two processors, and others at work
# keys [TEXT]: types it and Return into the window found last; without one, Escape
keys() {
	xdotool windowfocus --sync "$(cat found)" || return 1
	[ -z "${1:-}" ] || printf %s "$1" | xdotool type --delay 20 --file -
	xdotool key "$([ -n "${1:-}" ] && echo Return || echo Escape)"
	cp found before
}
unlock='Unlock Security Device'
# page TITLE URL [PIN...]: asks for a PIN as often as it is given one, and then shows the page
page() {
	local title=$1 url=$2 pin
	: >before
	browser "$url"
	for pin in "${@:3}"; do
		patient new_window "$unlock" || { echo "it does not ask for a PIN"; return 1; }
		keys "$pin" || return 1
	done
	patient window "$title - Chromium" || { window "$unlock" && echo "it asks for a PIN"; echo "no page $title"; return 1; }
	no_window "$unlock"
}
# cancelled URL: asks for a PIN (once for each certificate), gets none, and shows the server no certificate
cancelled() {
	: >before
	browser "$1"
	# shellcheck disable=SC2317 # patient calls it
	refused() {
		grep -q PEER_DID_NOT_RETURN_A_CERTIFICATE server.log && return
		new_window "$unlock" && keys
		return 1
	}
	patient refused && [ -s before ] && no_window "$unlock"
}
# chosen TITLE URL: the first certificate in the chooser, which is no window of its own
chosen() {
	browser "$2"
	# shellcheck disable=SC2317 # patient calls it
	first_one() {
		window "$1 - Chromium" && return
		xdotool search --name ' - Chromium$' >found && keys ' ' && return 1
	}
	patient first_one "$1"
}
export -f await patient browser window no_window new_window keys page cancelled chosen
export unlock LIMIT=90

# ---- a person before a screen
mkdir -p "$DATA/Default"
choices "$DATA/Default/Preferences" ec.localhost=me rsa.localhost=rsa-user
exec 7>display
Xvfb -displayfd 7 -screen 0 1024x768x24 -nolisten tcp -nolisten unix >xvfb.log 2>&1 &
started $!
exec 7>&-
await test -s display
DISPLAY=:$(cat display)
export DISPLAY
EXEC="exec" browser about:blank >browser.log 2>&1 </dev/null &
person=$!
started $person
patient window "about:blank - Chromium" || fail "$CASE/starts" "$(tail -n 1 browser.log)"
try "a PIN that is not typed" cancelled "https://localhost:$TLS13/cancelled"
try "a wrong PIN, the right one, a page" page ec-13 "https://ec.localhost:$TLS13/ec-13" "${PIN}0" "$PIN"
try "another page, and no PIN" page ec-again "https://ec.localhost:$TLS13/ec-again"
try "TLS 1.2" page ec-12 "https://ec.localhost:$TLS12/ec-12"
try "an RSA key" page rsa-13 "https://rsa.localhost:$TLS13/rsa-13"
try "an RSA key, TLS 1.2" page rsa-12 "https://rsa.localhost:$TLS12/rsa-12"
try "a choice among the token's certificates" chosen choice "https://none.localhost:$TLS13/choice"
begin=${EPOCHREALTIME/./}
server_end $person
echo "---- it ended within $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
unset DISPLAY
for page in ec-13 ec-again ec-12; do showed "$page" me; done
for page in rsa-13 rsa-12; do showed "$page" rsa; done
showed choice me rsa

# ---- no person, and a token without a PIN: of a user who has no other, since nobody answers if another one's is asked for
export HOME=$PWD/robot TOKEN=robot
export XDG_CONFIG_HOME=$HOME/.config XDG_DATA_HOME=$HOME/.local/share
mkdir -p "$XDG_CONFIG_HOME/bulla" "$XDG_DATA_HOME"
cp "$DIR/home/.config/bulla/bulla.conf" "$XDG_CONFIG_HOME/bulla"
howto "how-to: a user's database" chromium module
certutil -A -d "sql:$HOME/.pki/nssdb" -n authority -t CT,, -i ca.pem
howto "how-to: a token without a PIN" chromium no-pin
issue robot
howto "how-to: its certificate" chromium no-pin-certificate
export DATA=$PWD/robot/data TLS13
mkdir -p "$DATA/Default"
choices "$DATA/Default/Preferences" ec.localhost=robot
robot() { browser --headless --dump-dom "https://ec.localhost:$TLS13/robot" | grep '<title>robot</title>'; }
export -f robot
try "headless: a page" robot
showed robot robot
