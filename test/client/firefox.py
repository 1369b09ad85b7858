#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""firefox.py FIREFOX PROFILE <STEPS - runs Firefox without a screen and does in it what a person would, by Marionette
over loopback. Steps, one a line:

    page TITLE URL [ANSWER...]  goes there, and a page with this title comes
    error URL [ANSWER...]       goes there, and Firefox's own page comes, which says that it failed
    modules NAME...             Firefox has these security modules
    no-modules NAME...          Firefox has none of these

and as its dialog "Security Devices" does them:

    load NAME FILE              loads a security module
    unload NAME                 unloads one
    logout LABEL                logs out of the token
    change LABEL OLD NEW        changes its PIN, from and to the values of two variables

An answer is pin=VARIABLE (types the variable's value where a PIN is asked for), pin (cancels there), choose=NAME (picks
the certificate of this name in the chooser), or choose (cancels it). All that asks must be what is answered, in this
order. At the end Firefox is told to quit, and must. Prints how long things took."""
import json
import os
import socket
import subprocess
import sys
import time

WAIT = 40  # seconds, for anything
# While Firefox asks for a PIN its network thread waits, and Marionette's words with it: so what answers lives in Firefox.
PERSON = """
const person = window.person = {answers: [], seen: []};
function answer(kind, text) {
	person.seen.push(kind + ": " + text);
	return person.answers.length && person.answers[0][0] == kind ? person.answers.shift()[1] : null;
}
Services.obs.addObserver(dialog => dialog.setTimeout(() => {
	const ui = dialog.Dialog.ui;
	const pin = answer("pin", dialog.Dialog.args.text);
	if (pin !== null)
		ui.password1Textbox.value = pin;
	(pin === null ? ui.button1 : ui.button0).click();
}, 0), "common-dialog-loaded");
Services.obs.addObserver(element => element.documentGlobal.setTimeout(() => {
	const document = element.ownerDocument;
	const names = document.getElementById("nicknames");
	const labels = Array.from(names.menupopup.children).map(item => item.label);
	const name = answer("choose", labels.join(", "));
	const index = name === null ? -1 : labels.findIndex(label => label.startsWith(name + " ["));
	if (index >= 0)
		names.selectedIndex = index;
	document.querySelector("dialog").getButton(index >= 0 ? "accept" : "cancel").click();
}, 0), "cert-dialog-loaded");
"""
GO = """
const [url, answers] = arguments;
window.person.answers = answers;
window.person.seen = [];
const triggeringPrincipal = Services.scriptSecurityManager.getSystemPrincipal();
gBrowser.selectedBrowser.fixupAndLoadURIString(url, {triggeringPrincipal});
"""
LOOK = """
const browser = gBrowser.selectedBrowser;
if (gBrowser.getTabDialogBox(browser).getTabDialogManager().dialogs.length || browser.webProgress.isLoadingDocument ||
    browser.currentURI.spec != arguments[0])
	return null;
const failed = browser.documentURI.spec.match("^about:[a-z]*error.e=([^&]*)");
return {kind: failed ? "error" : "page", title: failed ? failed[1] : browser.contentTitle,
	seen: window.person.seen, left: window.person.answers.length};
"""
MODULES = """
const db = Cc["@mozilla.org/security/pkcs11moduledb;1"].getService(Ci.nsIPKCS11ModuleDB);
return (async () => {
	%s
})();
"""
NAMES = MODULES % "return Array.from(await db.listModules()).map(module => module.name);"
LOAD = MODULES % "await db.addModule(arguments[0], arguments[1], 0, 0);"
UNLOAD = MODULES % "await db.deleteModule(arguments[0]);"
# What was looked at here is not let go of until Firefox collects its garbage; a module is loaded again only after that.
TOKEN = """
	const slots = Array.from(await db.listModules()).flatMap(module => Array.from(module.slots));
	const token = slots.map(slot => slot.getToken()).find(one => one.tokenName == arguments[0]);
"""
CHANGE = MODULES % (TOKEN + "token.changePassword(arguments[1], arguments[2]);")
LOGOUT = MODULES % (TOKEN + """
	token.logout();
	Cc["@mozilla.org/psm;1"].getService(Ci.nsINSSComponent).clearTLSCacheAndCancelAllConnections();
	return token.isLoggedIn;
""")


class Marionette:
    """JSON over TCP: "LENGTH:[0, id, command, parameters]" and back "LENGTH:[1, id, error, result]"."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT)
        self.stream = self.socket.makefile("rb")
        self.number = 0
        self.read()  # it says who it is

    def read(self):
        length = b""
        while not length.endswith(b":"):
            one = self.stream.read(1)
            if not one:
                sys.exit("firefox.py: Firefox has closed the connection")
            length += one
        return json.loads(self.stream.read(int(length[:-1])))

    def __call__(self, command, **parameters):
        self.number += 1
        message = json.dumps([0, self.number, command, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self.read()
        if error:
            sys.exit(f"firefox.py: {command}: {error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and "value" in result else result

    def script(self, text, *arguments):
        return self("WebDriver:ExecuteScript", script=text, args=arguments, sandbox="system")


def until(look, what):
    """What look returns, once it is not None."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        got = look()
        if got is not None:
            return got
        time.sleep(0.05)
    sys.exit(f"firefox.py: {what} within {WAIT} s")


def answer_of(word):
    """As PERSON takes it: [kind, text], and no text is to cancel."""
    kind, given, text = word.partition("=")
    if kind not in ("pin", "choose"):
        sys.exit(f"firefox.py: {word} is no answer")
    return [kind, (os.environ[text] if kind == "pin" else text) if given else None]


class Person:
    def __init__(self, marionette):
        self.tell = marionette
        self.tell.script(PERSON)

    def go(self, kind, url, answers):
        self.tell.script(GO, url, [answer_of(word) for word in answers])
        there = until(lambda: self.tell.script(LOOK, url), f"no page {url}")
        for one in there["seen"]:
            print("        it asked:", one)
        print("        there is:", there["kind"], there["title"], flush=True)
        asked = [one.split(":")[0] for one in there["seen"]]
        wanted = [word.split("=")[0] for word in answers]
        if asked != wanted:
            sys.exit(f"firefox.py: it asked for {asked}, and not for {wanted}")
        if there["kind"] != kind:
            sys.exit(f"firefox.py: this is not the {kind} that was expected")
        return there["title"]

    def page(self, title, url, *answers):
        if self.go("page", url, answers) != title:
            sys.exit(f"firefox.py: this is not the page {title}")

    def error(self, url, *answers):
        self.go("error", url, answers)

    def modules(self, *names, wanted=True):
        there = self.tell.script(NAMES)
        print("        there are:", *there, sep="\n            ", flush=True)
        for name in names:
            if (name in there) != wanted:
                sys.exit(f"firefox.py: security module {name}: {'none' if wanted else 'there is one'}")

    def no_modules(self, *names):
        self.modules(*names, wanted=False)

    def unload(self, name):
        self.tell.script(UNLOAD, name)

    def load(self, name, file):
        self.tell.script(LOAD, name, file)

    def logout(self, label):
        if self.tell.script(LOGOUT, label) is not False:
            sys.exit(f"firefox.py: {label} is still logged in")

    def change(self, label, old, new):
        self.tell.script(CHANGE, label, os.environ[old], os.environ[new])


def connect(firefox, profile):
    """Once Firefox has written the port it listens on."""

    def look():
        if firefox.poll() is not None:
            sys.exit(f"firefox.py: Firefox ended with status {firefox.returncode}")
        try:
            with open(os.path.join(profile, "MarionetteActivePort"), encoding="ascii") as file:
                return Marionette(int(file.read()))
        except (OSError, ValueError):
            return None

    marionette = until(look, "Firefox did not start")
    marionette("WebDriver:NewSession", pageLoadStrategy="none", unhandledPromptBehavior="ignore")
    marionette("Marionette:SetContext", value="chrome")
    return marionette


def main(program, profile):
    begin = time.monotonic()
    port = os.path.join(profile, "MarionetteActivePort")
    if os.path.exists(port):
        os.unlink(port)  # of a run before
    firefox = subprocess.Popen([program, "--headless", "--marionette", "--remote-allow-system-access", "--no-remote",
                                "--profile", profile, "about:blank"], stdin=subprocess.DEVNULL,
                               env={**os.environ, "MOZ_CRASHREPORTER_DISABLE": "1"})
    try:
        person = Person(connect(firefox, profile))
        print("start: %.2f s" % (time.monotonic() - begin), flush=True)
        for line in sys.stdin:
            word, *rest = line.split()
            print(f"{time.monotonic() - begin:6.2f}", line.strip(), flush=True)
            getattr(person, word.replace("-", "_"))(*rest)
        begin = time.monotonic()
        person.tell("Marionette:Quit", flags=["eForceQuit"])
        firefox.wait(WAIT)
        print("end: %.2f s" % (time.monotonic() - begin), flush=True)
    finally:
        if firefox.poll() is None:
            firefox.terminate()
            firefox.wait(WAIT)
    return firefox.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
