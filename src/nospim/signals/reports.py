"""Signal `reports`: recipients reported this account, destination or wording.

At most 2.4 % of reporters are reliably right (Freeman, "Can You Spot the Fakes?", WWW 2017), so
reports seed and corroborate, each reporter once and habitual reporters less; they never restrict anyone by
themselves, whatever their number.
"""

from __future__ import annotations

from typing import Final

from nospim.signals.interface import BIT, Evidence, Signal, View, log2

HIGHEST: Final = 3 * BIT
"""Far below what is needed to stop a message: a crowd that colludes reaches no more than this."""
RECENT: Final = 14 * 86400.0


def judge(view: View) -> Evidence | None:
    """Bits that grow with the logarithm of independent reporters."""
    at = view.at
    reported = [view.sender.reporters, *(c.reporters for _, c in view.destinations)]
    if view.wording is not None:
        reported.append(view.wording[1].reporters)
    if not any(reported):
        return None
    crowd = {n for reporters in reported for n, t in reporters.items() if at - t < RECENT}
    crowd.discard(view.sender.number)
    if not crowd:
        return None
    bits = min(HIGHEST, 1200 * log2(len(crowd) + 1) // BIT)
    return Evidence(bits, f"{len(crowd)} recipients reported this account, link or text")


SIGNAL = Signal(name="reports", judge=judge, needs="reports", source="Freeman, WWW 2017")
