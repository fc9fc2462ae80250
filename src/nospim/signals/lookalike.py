"""Signal `lookalike`: a link that passes for the service itself, or for a brand that the operator named.

The service's names are those of the policy (`own_names`) and the domain in the sender's id; brands are the
policy's.  What each strength is worth is explained and
measured in docs/explanation/links.md.
"""

from __future__ import annotations

from typing import Final

from nospim.signals.interface import BIT, Evidence, Signal, View

OWN: Final = (0, 2 * BIT, 4 * BIT, 5 * BIT)
"""By strength.  To sign in here is what a thief of this service's accounts must make people do (Bursztein et
al. 2014: hijackers phish for the account they are on), and nobody else has use for the service's name."""
BRAND: Final = (0, BIT // 2, 2 * BIT, 3 * BIT)
"""By strength.  Of 42,115 harmless addresses 1 imitates one of 29 brands strongly, 16 fairly, 31 weakly; of
98,156 phishing addresses about 1 in 20 each.  That would be 10, 7 and 6 bits; but shops, fans and news name
brands in chat, too, and other signals see the same, so only a part is taken."""
SAID: Final = {
    "letters": "in look-alike letters",
    "misspelt": "misspelt",
    "other_suffix": "under another suffix",
    "glued": "with words added to its name",
    "in_front": "in front of another domain",
    "user_name": "as a user name before another host",
    "path": "in the path of another site",
}


def judge(view: View) -> Evidence | None:
    """Bits of the strongest imitation in the message."""
    best = 0
    words = ""
    for found in view.reading.lookalikes:
        bits = (OWN if found.own else BRAND)[found.strength]
        if bits > best:
            best = bits
            whose = "this service" if found.own else found.brand
            words = f"a link that passes for {whose}, {SAID[found.how]}"
    return Evidence(best, words) if best else None


SIGNAL = Signal(
    name="lookalike",
    judge=judge,
    needs="message text; names in ids or in the policy",
    source="Kintis et al., CCS 2017; Moore and Edelman 2010; UTS 39",
)
