#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""quiet.py TRACE MODULE STORE [LOOKS [PATTERN...]] - reads what strace -f -y saw of a host and names every system call,
from the loading of the module on, that does more than read the configuration and the store's directory. LOOKS
is "looks" where the host asks for a token's name, so that its database is read, too; a PATTERN is of paths that the host
itself opens. Exit status 0 if there is none, and the directory was read."""
import re
import sys

CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)$")
# memory, time, and what asks for something: nothing of it is seen outside of the process
HARMLESS = set("""mmap munmap mprotect mremap madvise brk close read pread64 lseek getdents64 newfstatat fstat lstat stat statx
    statfs access faccessat faccessat2 readlink getpid getuid geteuid getgid getegid gettid getrandom futex clock_gettime
    prlimit64 rt_sigaction rt_sigprocmask sched_yield uname exit exit_group openat dup3 dup fcntl write""".split())
LIBRARY = re.compile(r"^(/usr)?/lib(32|64|x32)?/.*\.so(\.[0-9.]+)?$|^/etc/ld\.so\.(cache|preload)$")
NEVER = re.compile(r"tss2|teec|ckteec|/dev/|bulla-tpm")


def wrong(name, args, store, looks, patterns):
    """Why this call is none of an idle module's; None if it may be."""
    path = re.search(r'"([^"]*)"', args)
    path = path.group(1) if path else ""
    if name not in HARMLESS:
        return "not a call of an idle module"
    if name == "write" and not re.match(r"[12]<", args):
        return "it writes"
    if name == "fcntl" and re.search(r"F_SETLKW?\b|F_OFD", args) and not (looks and re.search("F_RDLCK|F_UNLCK", args)):
        return "it locks"
    if name != "openat":
        return "not there" if NEVER.search(path) else None
    if re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)", args):
        return "opened for writing"
    if NEVER.search(path):
        return "not to be opened"
    inside = path == store or (looks and path.startswith(store + "/"))
    if inside or LIBRARY.match(path) or path.endswith("/bulla/bulla.conf") or any(re.search(p, path) for p in patterns):
        return None
    return "neither configuration nor store"


def main(trace, module, store, looks="", *patterns):
    begun, read_store, bad = False, False, []
    with open(trace, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            call = CALL.match(line)
            if not call:
                continue
            name, args = call.groups()
            begun = begun or (name == "openat" and f'"{module}"' in args)
            if not begun or f'"{module}"' in args:
                continue
            read_store = read_store or (name == "getdents64" and f"<{store}>" in args)
            why = wrong(name, args, store, looks == "looks", patterns)
            if why:
                bad.append(f"{why}: {name}({args.strip()[:160]}")
    if not begun:
        bad.append("the module was never loaded")
    elif not read_store:
        bad.append("the store's directory was never read: is the trace whole?")
    print("\n".join(bad) or "quiet")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
