#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tool_tty.py BULLA DIR - PINs on a terminal: never echoed, new ones twice, echo on again at the end,
also when a signal ends the wait."""
import os
import pty
import select
import signal
import sys
import termios

LIMIT_S = 20


def echoes(fd):
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


class Session:
    def __init__(self, argv):
        self.text = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(argv[0], argv)

    def read(self):
        if not select.select([self.fd], [], [], LIMIT_S)[0]:
            raise TimeoutError(self.text)
        try:
            got = os.read(self.fd, 4096)
        except OSError:  # the other side is gone
            got = b""
        self.text += got
        return got

    def until(self, word):
        """Reads up to a prompt, and then on to the moment when the terminal is quiet."""
        while word not in self.text:
            if not self.read():
                raise EOFError(self.text)
        self.text = self.text.split(word, 1)[1]

    def answer(self, line):
        os.write(self.fd, line + b"\n")

    def end(self):
        while self.read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def expect(what, condition):
    if not condition:
        print(f"tool_tty: {what}")
        sys.exit(1)


def typed(bulla, answers):
    s = Session([bulla, "init", "--label", "tty", "--so=none"])
    said = b""
    for prompt, answer in answers:
        s.until(prompt)
        expect("echo is on while a PIN is typed", not echoes(s.fd))
        s.answer(answer)
    code = s.end()
    said += s.text
    return code, said


def main(bulla):
    code, text = typed(bulla, [(b'New PIN of "tty": ', b"abcd1234"), (b"again: ", b"other123")])
    expect("two different PINs were taken", code == 1 and b"not the same" in text)
    code, text = typed(bulla, [(b'New PIN of "tty": ', b"abcd1234"), (b"again: ", b"abcd1234")])
    expect(f"the token was not made: {text}", code == 0)
    expect("the PIN was echoed", b"abcd1234" not in text)
    s = Session([bulla, "init", "--label", "x", "--so=none"])
    s.until(b'New PIN of "x": ')
    os.kill(s.pid, signal.SIGTERM)
    pid, status = os.waitpid(s.pid, 0)
    expect("SIGTERM does not end the wait", os.WIFSIGNALED(status) and pid == s.pid)
    expect("the terminal does not echo after a signal", echoes(s.fd))


if __name__ == "__main__":
    main(sys.argv[1])
