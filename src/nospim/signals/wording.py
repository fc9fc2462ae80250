"""Signal `wording`: what the words say, by a trained model, by baits of the trade, and by disguise.

Text models fall apart outside the kind of message they were trained on, so wording helps and
behaviour carries: the sum is held far below what stops a message.  Disguise is counted only where
letters of several scripts are mixed inside words, zero-width characters cut words, and the like.
"""

from __future__ import annotations

import math
from typing import Final

from nospim.memory import Account, Memory
from nospim.signals.interface import BIT, Evidence, Signal, View, clamp
from nospim.signals.reading import Reading

MODEL_RANGE: Final = (-BIT, 3 * BIT)
WITH_LINK: Final = -BIT // 4
"""The model learned bulk mail; a lure sent as a friend reads like talk, so beside a link it clears little."""
MOST_CUES: Final = 4 * BIT
PLAYFUL: Final = frozenset({"leet"})
"""Disguises that people use for fun: half a percent of real talk holds "gr8" and the like."""
HIGHEST: Final = 7 * BIT
DISGUISED_HAM: Final = 0.005
"""Assumed share of honest messages that are disguised, until the service has shown its own."""
DISGUISED_SPIM: Final = 0.1
"""Share of spim that is disguised."""
OWN_WORTH: Final = 4
"""Messages of an account as which everybody's share of disguised ones counts."""


def disguise(memory: Memory, sender: Account, reading: Reading) -> int:
    """Thousandths of a bit of disguised letters: how much likelier they are in spim than from this account.

    Some like styled letters, and some services are full of them; there a disguise says nothing.  The more
    words are disguised, the more it may say.
    """
    if not reading.disguised:
        return 0
    if all(kind in PLAYFUL for kind in reading.disguises):
        most = BIT // 2
    else:
        most = min(4 * BIT, 2 * BIT + BIT * (reading.disguised - 1) // 2)
    share = memory.share_of_disguised(sender, DISGUISED_HAM, OWN_WORTH)
    return clamp(round(BIT * math.log2(DISGUISED_SPIM / share)), 0, most)


def judge(view: View) -> Evidence | None:
    """Bits of the model, the baits and the disguise, capped."""
    reading = view.reading
    if not reading.words:
        return None
    low, high = MODEL_RANGE
    bits = clamp(reading.model, WITH_LINK if view.destinations else low, high)
    said = []
    if reading.cues:
        bits += min(MOST_CUES, sum(b for _, b in reading.cues))
        said.append("; ".join(name.replace("_", " ") for name, _ in reading.cues))
    if view.disguise:
        bits += view.disguise
        said.append(f"letters disguised ({', '.join(reading.disguises).replace('_', ' ')})")
    bits = min(bits, HIGHEST)
    if not bits:
        return None
    if not said:
        said.append("words as in bulk mail" if bits > 0 else "words as in private talk")
    return Evidence(bits, ", ".join(said))


SIGNAL = Signal(name="wording", judge=judge, needs="message text", source="docs/explanation/wording-model.md")
