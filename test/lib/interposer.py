#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""interposer.py LISTEN TPM [--log FILE] [--do RULE]... - somebody between a program and its TPM.

LISTEN and TPM are paths of swtpm's data socket; the control sockets are those with ".ctrl" behind.
A rule is ACTION@COMMAND#N[=ARGUMENT]: what to do at the N-th occurrence of a command ("*": each,
"3+": from the third on), counted over all connections:
  rc@Create#1=0x920       answers with a response code, the TPM never sees the command
  garble@Load#1=BYTES     answers with these bytes (hex)
  flip@Unseal#1           forwards, and inverts the last byte of the answer
  drop@Load#1             closes the connection instead of forwarding
  cut@Load#1              forwards, and closes the connection instead of answering
  delay@Unseal#*=500      forwards after so many milliseconds
  hang@Load#1             never answers
  extend@Unseal#1=15      extends this PCR first
  swap@ReadPublic#*=name  puts a key of ours into the answer, and the name of that key
  swap@ReadPublic#*=key   puts a key of ours into the answer, under the real key's name
  run@Load#1=FILE         creates FILE and waits until it is gone again
Prints "ready" when it listens. The log has a line "> hex" per command and "< hex" per answer."""
import argparse
import hashlib
import os
import pathlib
import re
import socket
import struct
import sys
import threading
import time

COMMANDS = {
    "CreatePrimary": 0x131, "Create": 0x153, "Load": 0x157, "Unseal": 0x15E, "ReadPublic": 0x173,
    "StartAuthSession": 0x176, "GetCapability": 0x17A, "GetRandom": 0x17B, "PCR_Read": 0x17E,
    "PolicyPCR": 0x17F, "PolicyAuthValue": 0x16B, "PolicyGetDigest": 0x189, "FlushContext": 0x165,
    "ReadClock": 0x181, "PCR_Extend": 0x182, "Startup": 0x144,
}
NAMES = {code: name for name, code in COMMANDS.items()}
RULE = re.compile(r"(?P<do>\w+)@(?P<cc>\w+)#(?P<n>\*|\d+\+?)(?:=(?P<arg>.*))?$")


class Rule:
    def __init__(self, text):
        m = RULE.match(text)
        if not m:
            sys.exit(f"interposer: {text}: no rule")
        self.do, self.arg, self.n = m["do"], m["arg"], m["n"]
        self.code = COMMANDS[m["cc"]] if m["cc"] in COMMANDS else int(m["cc"], 16)

    def meets(self, code, count):
        if code != self.code:
            return False
        if self.n == "*":
            return True
        return count >= int(self.n[:-1]) if self.n.endswith("+") else count == int(self.n)


class Gone(Exception):
    pass


def take(sock, n):
    data = b""
    while len(data) < n:
        part = sock.recv(n - len(data))
        if not part:
            raise Gone
        data += part
    return data


def take_message(sock):
    head = take(sock, 10)
    return head + take(sock, struct.unpack(">I", head[2:6])[0] - 10)


def answer_rc(rc):
    return struct.pack(">HII", 0x8001, 10, rc)


def own_key():
    from cryptography.hazmat.primitives.asymmetric import ec  # slow to load, and rarely needed
    return ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()


class Interposer:
    def __init__(self, options):
        self.options = options
        self.rules = [Rule(r) for r in options.do]
        self.counts = {}
        self.lock = threading.Lock()
        self.log = open(options.log, "a", buffering=1) if options.log else None
        self.key = own_key() if any(r.do == "swap" for r in self.rules) else None

    def note(self, direction, data):
        if self.log:
            with self.lock:
                self.log.write(f"{direction} {data.hex()}\n")

    def ask(self, tpm, data):
        tpm.sendall(data)
        return take_message(tpm)

    def extend(self, tpm, pcr):
        body = struct.pack(">II", pcr, 9) + bytes.fromhex("400000090000000000")
        body += struct.pack(">IH", 1, 0xB) + os.urandom(32)
        got = self.ask(tpm, struct.pack(">HII", 0x8002, 10 + len(body), 0x182) + body)
        if got[6:10] != bytes(4):
            sys.exit(f"interposer: extend: {got.hex()}")

    def swap(self, answer, what):
        """outPublic, name, qualified name: the answer of TPM2_ReadPublic."""
        if answer[6:10] != bytes(4):
            return answer
        size = struct.unpack(">H", answer[10:12])[0]
        area, rest = answer[12:12 + size], answer[12 + size:]
        x, y = self.key.x.to_bytes(32, "big"), self.key.y.to_bytes(32, "big")
        area = area[:-68] + b"\0\x20" + x + b"\0\x20" + y
        name_len = struct.unpack(">H", rest[:2])[0]
        name = b"\0\x0b" + hashlib.sha256(area).digest() if what == "name" else rest[2:2 + name_len]
        body = struct.pack(">H", size) + area + struct.pack(">H", len(name)) + name + rest[2 + name_len:]
        return answer[:2] + struct.pack(">I", 10 + len(body)) + answer[6:10] + body

    def command(self, tpm, data):
        """The answer to give; raises Gone to close the connection."""
        code = struct.unpack(">I", data[6:10])[0]
        with self.lock:
            self.counts[code] = self.counts.get(code, 0) + 1
            rules = [r for r in self.rules if r.meets(code, self.counts[code])]
        after = []
        for r in rules:
            if r.do == "rc":
                return answer_rc(int(r.arg, 0))
            if r.do == "garble":
                return bytes.fromhex(r.arg)
            if r.do == "drop":
                raise Gone
            if r.do == "hang":
                tpm.close()  # others may ask it
                threading.Event().wait()
            if r.do == "delay":
                time.sleep(int(r.arg) / 1000)
            elif r.do == "extend":
                self.extend(tpm, int(r.arg))
            elif r.do == "run":
                path = pathlib.Path(r.arg)
                path.touch()
                while path.exists():
                    time.sleep(0.01)
            else:
                after.append(r)
        answer = self.ask(tpm, data)
        for r in after:
            if r.do == "cut":
                raise Gone
            if r.do == "flip":
                answer = answer[:-1] + bytes([answer[-1] ^ 0xFF])
            if r.do == "swap":
                answer = self.swap(answer, r.arg)
        return answer

    def data_session(self, program):
        tpm = socket.socket(socket.AF_UNIX)
        with program, tpm:
            try:
                tpm.connect(self.options.tpm)
                while True:
                    data = take_message(program)
                    self.note(">", data)
                    answer = self.command(tpm, data)
                    self.note("<", answer)
                    program.sendall(answer)
            except (Gone, OSError):
                pass

    @staticmethod
    def pipe(src, dst):
        try:
            while part := src.recv(4096):
                dst.sendall(part)
        except OSError:
            pass
        for s in (src, dst):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def control_session(self, program):
        tpm = socket.socket(socket.AF_UNIX)
        try:
            tpm.connect(self.options.tpm + ".ctrl")
        except OSError:
            program.close()
            return
        back = threading.Thread(target=self.pipe, args=(tpm, program), daemon=True)
        back.start()
        self.pipe(program, tpm)
        back.join()
        program.close()
        tpm.close()

    def listen(self, path, session):
        server = socket.socket(socket.AF_UNIX)
        if os.path.exists(path):
            os.unlink(path)
        server.bind(path)
        server.listen(128)

        def loop():
            while True:
                program, _ = server.accept()
                threading.Thread(target=session, args=(program,), daemon=True).start()
        threading.Thread(target=loop, daemon=True).start()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("listen")
    parser.add_argument("tpm")
    parser.add_argument("--log")
    parser.add_argument("--do", action="append", default=[])
    me = Interposer(parser.parse_args())
    me.listen(me.options.listen + ".ctrl", me.control_session)
    me.listen(me.options.listen, me.data_session)
    print("ready", flush=True)
    threading.Event().wait()


main()
