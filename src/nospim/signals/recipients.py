"""Signal `recipients`: how likely this sender would write to these people.

How likely would this person write to this set of people in one sitting (Ho et al., "Detecting and
Characterizing Lateral Phishing at Scale", USENIX Security 2019).  A contact lowers suspicion but is no
free pass: the hijacked friend writes to contacts.
"""

from __future__ import annotations

from typing import Final

from nospim.signals.interface import BIT, Evidence, Signal, View


def judge(view: View) -> Evidence | None:
    """Bits for strangers, less for contacts never written to, against for people in conversation."""
    people = view.recipients
    if not people:
        return None
    me = view.sender.number
    if _sent_back(view):
        return Evidence(SENT_BACK, "a link sent back to the one it came from")
    strangers = fresh = regular = 0
    for person in people:
        wrote_me = me in person.peers
        if person.number in view.sender.peers:
            regular += wrote_me
        elif not wrote_me:
            known = person.number in view.sender.contacts or me in person.contacts
            if known:
                fresh += 1
            else:
                strangers += 1
    size = len(people)
    if strangers * 2 > size:
        return Evidence(2 * BIT, "to people who do not have this account as a contact and never wrote to it")
    if fresh * 2 > size:
        return Evidence(BIT // 2, "to contacts it never wrote to before")
    if view.replying and view.run_any.fast <= 3:
        return Evidence(-BIT, "an answer in a running conversation")
    if regular * 2 > size and view.run_any.fast <= 3:
        return Evidence(-BIT // 2, "to people it talks with")
    return None


def _sent_back(view: View) -> bool:
    """Someone asks the friend about what came from him: the opposite of spreading it."""
    run = view.run_links
    if len(view.recipients) != 1 or run is None or run.fast > 2:
        return False
    friend, sender, at = view.recipients[0].number, view.sender, view.at
    return all(
        0.0 <= at - sender.received.get(name, -1e18) <= ASKED
        and (friend in c.odd or friend in c.bulk or friend in c.usual or friend in c.idle)
        for name, c in view.destinations
    )


SENT_BACK: Final = -14 * BIT
"""Outweighs what the link itself is worth: the lure came from the one who is asked."""
ASKED: Final = 3 * 86400.0
"""Seconds after which nobody asks any more what a link was."""

SIGNAL = Signal(name="recipients", judge=judge, needs="messages and contacts", source="Ho et al. 2019")
