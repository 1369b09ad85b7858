# SPDX-License-Identifier: BSD-2-Clause
"""Another trusted application in the same TEE."""
from cases import case


@case
def another_ta(t):
    m = t.machine()
    with m.boot() as g:
        t.script(g, "another-ta.sh make")
    with m.boot() as g:
        t.script(g, "another-ta.sh control")
