# SPDX-License-Identifier: BSD-2-Clause
"""Web servers whose machine is restarted."""
from cases import case


@case
def web(t):
    m = t.machine()
    with m.boot() as g:
        t.script(g, "web.sh first")
        g.reboot()
    with m.boot() as g:
        t.script(g, "web.sh again")
