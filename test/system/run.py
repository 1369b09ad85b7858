#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""run.py FILE [--results FILE] [--stage NAME] [--jobs N] [--shell | --list] [CASE...] - tests on a machine with systemd and a TPM.
FILE is a tar file with Bulla's packages (packages/*.deb), docs/howto and guest/. Results are lines "pass|fail|skip <tab> count <tab>
name <tab> reason", as ./check wants them; without --results they are only printed."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "vm")]
import cases  # noqa: E402
import vm  # noqa: E402


class Test(cases.Test):
    def machine(self):
        self.machines += 1
        return vm.Machine(self.work / f"{self.name}-{self.machines}", self.dir)


if __name__ == "__main__":
    sys.exit(cases.main(HERE, Test, vm.CACHE, __doc__))
