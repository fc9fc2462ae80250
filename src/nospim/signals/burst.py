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
from nospim.signals.sign_in import ODD

ANY: Final = "any"
"""Name of the run that counts recipients of anything."""
LINKS: Final = "link"
"""Name of the run that counts recipients of any link that is not everybody's: lures rotate their domains."""
PAUSE: Final = 20 * 60.0
"""Seconds without sending that end a fast run."""
FORGET: Final = 72 * 3600.0
"""Seconds without sending after which the recipients of a run start anew."""
QUICK: Final = 6.0
"""Seconds between messages to different people below which a hand is hardly behind it."""
HIGHEST: Final = 5 * BIT
BREAK: Final = 2 * BIT
BREAK_PLAIN: Final = BIT
"""Without a bait in words: a club's first round from a person's account looks like that, too."""
TALKER: Final = 20
"""Messages from which an account's way of writing is known."""
BY_HAND: Final = 3 * BIT
SETTLED: Final = 30 * 86400.0
"""Seconds of age from which an account has friends to write to from a new phone."""
OF_ANYTHING: Final = 8
"""People written to in one sitting, of whatever, for each who may get the same: who writes to 97 in an hour
will send one thing to a dozen, and a shop's offers differ from week to week."""
HIGHEST_PLAIN: Final = 2 * BIT
"""Without a link or bait: greetings, invitations and new numbers go to everyone, too."""


def count(account: Account, name: str, to: tuple[int, ...], at: float) -> Run:
    """Count one message in the run called `name`; returns the run as it then stands."""
    run = account.runs.get(name)
    if run is None:
        run = Run(last=at)
    elif not -60.0 <= at - run.last <= PAUSE:
        _learn(account, name, run)
        if not 0.0 <= at - run.last <= FORGET:
            run.recipients = {}
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


def _learn(account: Account, name: str, run: Run) -> None:
    """A run that ended without an alarm is how this account writes."""
    if account.alarm is not None and account.alarmed_at >= run.last - FORGET:
        return
    if name == ANY:
        account.habit_any = max(account.habit_any, run.fast)
    else:
        account.habit_same = max(account.habit_same, run.fast)


def of_one_thing(links: Run | None, wording: Run | None) -> int:
    """Distinct recipients of fresh links or of one wording in a sitting, or half of those of days."""
    by_link = 0 if links is None else links.fast
    return by_link if wording is None else max(by_link, wording.fast, len(wording.recipients) // 2)


def by_machine(run: Run) -> bool:
    """Whether nearly all of a run's recipients were written to faster than a hand does it.

    A person who forwards an alarm is that quick every other time, and a button that forwards to five at once
    four times in five; a program is, every time.
    """
    return run.fast >= 4 and 10 * run.quick >= 9 * (run.fast - 1)


def composed(view: View) -> bool:
    """Whether who signed in strangely bears himself as an owner does who has a new phone or is on a journey.

    He has not read the contact list, writes at a person's pace, and nothing that he says is what a lure says:
    no bait, no disguise, and with a link no trick and no words of bulk mail.
    """
    reading, session, sender = view.reading, view.session, view.sender
    if session is None or session.read is not None or view.encrypted or view.attached:
        return False
    if reading.cues or view.disguise or reading.lookalikes or by_machine(view.run_any):
        return False
    if sender.created is not None and view.at - sender.created < SETTLED:
        return False
    return not reading.links or (reading.model < 0 and not any(link.tricks for link in reading.links))


def mostly_quick(run: Run) -> bool:
    """Whether most of a run's recipients were written to faster than a hand does it.

    That is all there is to go by where nobody tells from whose session.
    """
    return run.fast >= 4 and 2 * run.quick >= run.fast


def _quickly(run: Run) -> int:
    return BIT if by_machine(run) else 0


def _of_one_thing(view: View, same: int) -> int:
    """Bits for the recipients of one wording or destination, beyond the account's habit of such."""
    habit = max(view.sender.habit_same, view.sender.habit_any // OF_ANYTHING, 1)
    if same <= habit:
        return 0
    run = view.run_links or view.run_wording
    quick = run is not None and by_machine(run)
    bits = (1100 if quick else 900) * (log2(same) - log2(habit)) // BIT + (BIT if quick else 0)
    if not (view.destinations or view.reading.cues):
        return min(bits // 2, HIGHEST_PLAIN)
    if view.strange >= ODD and composed(view):
        return min(bits, HIGHEST_PLAIN)
    return min(bits, HIGHEST if quick else BY_HAND) + _break(view)


def _break(view: View) -> int:
    if not _breaks_character(view):
        return 0
    return BREAK if view.reading.cues else BREAK_PLAIN


def _breaks_character(view: View) -> bool:
    """A person who talks, and never wrote to many, suddenly sends a link round like a machine."""
    run, sender = view.run_links, view.sender
    return (
        run is not None
        and run.fast >= 8
        and by_machine(run)
        and sender.sent - run.fast >= TALKER
        and 4 * (sender.sent_links - run.fast) < sender.sent - run.fast
        and 2 * sender.habit_any < run.fast
    )


def _of_anything(view: View) -> int:
    """Bits for the recipients of anything: all there is to see of encrypted messages, little otherwise."""
    run, habit = view.run_any, view.sender.habit_any
    if run.fast < 4 or run.fast <= habit:
        return 0
    if view.encrypted:
        return clamp(1200 * (log2(run.fast) - log2(max(habit, 2))) // BIT + _quickly(run), 0, HIGHEST)
    return clamp((log2(run.fast) - log2(max(habit, 3))) * 3 // 4, 0, HIGHEST_PLAIN)


def judge(view: View) -> Evidence | None:
    """Bits for recipients beyond the account's habit, more with a link or a bait than without."""
    same = view.same
    one, any_ = _of_one_thing(view, same), _of_anything(view)
    bits = max(one, any_)
    if bits <= 0:
        return None
    if one >= any_:
        return Evidence(bits, f"the same went to {same} people, more than this account's habit")
    return Evidence(
        bits, f"wrote to {view.run_any.fast} people in one sitting, more than this account's habit"
    )


SIGNAL = Signal(name="burst", judge=judge, needs="messages", source="Williamson 2002; Mannan 2005; Ho 2019")
