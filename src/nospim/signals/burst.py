"""Signal `burst`: one thing sent to many people, faster or wider than this account ever did.

Distinct recipients are budgeted, not volume (Williamson, "Throttling Viruses", ACSAC 2002; Mannan and
van Oorschot, "On Instant Messaging Worms", WORM 2005).  Real people reach 97 recipients in an hour, so
there is no fixed limit: what counts is the break with the account's own habit.
"""

from __future__ import annotations

from typing import Final

from nospim.memory import Account, Run, touch
from nospim.memory.account import MAX_RUN_RECIPIENTS, MAX_RUNS
from nospim.signals.interface import BIT, Evidence, Signal, View, clamp, log2

PAUSE: Final = 20 * 60.0
"""Seconds without sending that end a fast run."""
FORGET: Final = 72 * 3600.0
"""Seconds without sending after which the recipients of a run start anew."""
QUICK: Final = 6.0
"""Seconds between messages to different people below which a hand is hardly behind it."""
HIGHEST: Final = 5 * BIT
HIGHEST_PLAIN: Final = 2 * BIT
"""Without a link or bait: greetings, invitations and new numbers go to everyone, too."""


def count(account: Account, name: str, to: tuple[int, ...], at: float) -> Run:
    """Count one message in the run called `name`; returns the run as it then stands."""
    run = account.runs.get(name)
    if run is None or not -60.0 <= at - run.last <= FORGET:
        run = Run(last=at, started=at)
    elif at - run.last > PAUSE:
        run.fast = run.quick = 0
    fresh = 0
    known = run.recipients
    for number in to:
        seen = known.get(number)
        if seen is None or at - seen > PAUSE:
            fresh += 1
        if number in known or len(known) < MAX_RUN_RECIPIENTS:
            known[number] = at
    if fresh:
        if run.fast and 0.0 <= at - run.last < QUICK:
            run.quick += fresh
        run.fast += fresh
    run.last = at
    touch(account.runs, name, run, MAX_RUNS)
    return run


def same_thing(view: View) -> int:
    """Distinct recipients of this wording or destination: in the fast run, or half of those of days."""
    return max(
        max(run.fast, len(run.recipients) // 2)
        for run in (view.run_wording, view.run_links, _NONE)
        if run is not None
    )


_NONE: Final = Run(last=0.0, started=0.0)


def judge(view: View) -> Evidence | None:
    """Bits for recipients beyond the account's habit, more with a link or a bait than without."""
    sender = view.sender
    same = same_thing(view)
    habit = max(sender.habit_same, 1)
    bits = 0
    if same > habit:
        bits = 1100 * (log2(same) - log2(habit)) // BIT
        run = view.run_links or view.run_wording
        if run is not None and run.fast >= 4 and 2 * run.quick >= run.fast:
            bits += BIT
        if not (view.destinations or view.reading.cues):
            bits = min(bits // 2, HIGHEST_PLAIN)
    wide = view.run_any.fast
    if wide >= 5 and wide > sender.habit_any:
        more = (log2(wide) - log2(max(sender.habit_any, 3))) * 3 // 4
        bits = max(bits, clamp(more, 0, HIGHEST if view.encrypted else HIGHEST_PLAIN))
    if bits <= 0:
        return None
    return Evidence(
        min(bits, HIGHEST), f"went to {max(same, 1)} people in one sitting, more than this account's habit"
    )


SIGNAL = Signal(name="burst", judge=judge, needs="messages", source="Williamson 2002; Mannan 2005; Ho 2019")
