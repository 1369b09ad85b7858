#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""typist.py COMMAND... - runs a command on a terminal and types the PIN or SO_PIN of the environment
where it is asked for one, as a person would."""
import os
import pty
import re
import select
import sys
import termios
import time

PROMPTS = [
    (re.compile(rb"SO[ -]PIN[^\n]*: *$|SO PIN[^\n]*again: ?$"), "SO_PIN"),
    (re.compile(rb"(PIN|Pin|pin|[Pp]assword|[Pp]ass ?phrase)[^\n]*: *$|^again: ?$", re.M), "PIN"),
]


def quiet(fd):
    """Waits until the terminal stops to echo, two seconds at most: programs that ask throw away what was typed before."""
    end = time.monotonic() + 2
    while termios.tcgetattr(fd)[3] & termios.ECHO and time.monotonic() < end:
        time.sleep(0.01)


def session_is_empty():
    """Is nobody but this process in its session?"""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
                state, _, _, session = stat.read().rpartition(")")[2].split()[:4]
        except OSError:  # it is gone
            continue
        if int(session) == os.getsid(0) and int(pid) != os.getpid() and state not in "ZX":
            return False
    return True


def lead(argv):
    """Runs the command and ends as it did. The session's leader takes the session with it (SIGHUP), so it gives what
    was started as a server the time to leave, two seconds at most."""
    pid = os.fork()
    if pid == 0:
        os.execvp(argv[0], argv)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    end = time.monotonic() + 2
    while not session_is_empty() and time.monotonic() < end:
        time.sleep(0.01)
    os._exit(code & 255)


def main(argv):
    pid, fd = pty.fork()
    if pid == 0:
        lead(argv)
    said, last, status = b"", "PIN", None
    while True:
        # what it leaves in the background may keep the terminal open
        if not select.select([fd], [], [], 0.1)[0]:
            if status is not None:
                break
            done, code = os.waitpid(pid, os.WNOHANG)
            status = code if done else None
            continue
        try:
            got = os.read(fd, 4096)
        except OSError:  # the other side is gone
            got = b""
        if not got:
            break
        os.write(1, got)
        said = (said + got)[-2000:]
        for prompt, name in PROMPTS:
            if prompt.search(said):
                last = last if said.rstrip().endswith(b"again:") else name
                quiet(fd)
                os.write(fd, os.environ[last].encode() + b"\n")
                said = b""
                break
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1] if status is None else status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) & 255)
