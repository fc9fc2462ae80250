"""What the signals say of a message, summed, calibrated and set against the policy's ladder."""

from __future__ import annotations

from typing import Final

from nospim.engine.room import Room
from nospim.events import MessageEdited, MessageSent
from nospim.rules import Bounds, Facts, RuleSet, apply
from nospim.signals.interface import BIT, View
from nospim.signals.sign_in import ODD
from nospim.verdicts import Reason, Rung

MOST: Final = 30 * BIT
"""Log-odds never leave +-30 bits: more certainty than that no evidence gives, and doubles keep it exactly."""
TELLING: Final = {
    "burst": 2001,
    "rush": 2001,
    "near_duplicate": 4001,
    "chain": 3000,
    "session_alarm": 3500,
    "new_account": 4000,
    "lookalike": 1,
    "canary": 1,
    "decoy": 1,
    "page": 1,
    "feed": 1,
}
"""From how many thousandths of a bit a signal bears out the rest.

A journey, a promotional text and a link can meet in one honest message; that it goes to many, that others
send it, too, or that it leads to a page that robs people is what makes it spim.  What composed people do by
hand (2 bits of `burst`) does not count, nor do mere doubts about a session (3 bits of `session_alarm`), nor
one other account (4 bits of `near_duplicate`): two travellers may like the same page.
"""
TO_MANY: Final = frozenset({"burst", "rush"})
"""Signals that bear the rest out only where the session is `FAR` from its owner's ways: people write to many
from a new phone, a friend's computer and a journey, hardly ever where all of that is new at once."""
FAR: Final = 7001
"""Thousandths of a bit of a sign-in with a new device on a new network in a new country.

Where a log names neither network nor country, a strange sign-in is as far as it can tell; without sessions,
the number is all there is.
"""
GOOD: Final = frozenset({"benign", "trusted", "ham", "false_positive"})
BAD: Final = frozenset({"spim", "spam", "fake", "abusive", "hijacked", "lure"})
"""Labels that decide: what a person says beats what the signals say, until it expires."""


def weigh(room: Room, view: View, event: MessageSent | MessageEdited) -> tuple[list[Reason], int]:
    """Ask every signal, then the operator's rules; returns the reasons and their sum (millibits)."""
    prior = room.prior
    reasons = [room.prior_reason]
    raw = 0
    for signal in room.signals:
        try:
            evidence = signal.judge(view)
        except Exception as error:  # noqa: BLE001 - a broken detector is reported, the message still judged
            room.memory.broken[signal.name] = room.memory.broken.get(signal.name, 0) + 1
            reasons.append(Reason(signal.name, 0.0, f"this signal failed: {type(error).__name__}"))
            continue
        if evidence is not None:
            raw += evidence.millibits
            reasons.append(Reason(signal.name, evidence.millibits / BIT, evidence.detail))
    decided = _decided(room, view, event.subject) if room.decides or len(room.memory.labels) else None
    if decided is not None:
        raw += decided[0]
        reasons.append(Reason("decision", decided[0] / BIT, decided[1]))
    total = prior + raw
    calibrated = prior + room.calibration.apply(raw) if decided is None else total
    calibrated = max(-MOST, min(MOST, calibrated))
    if calibrated != total:
        reasons.append(
            Reason("calibration", (calibrated - total) / BIT, "what such a sum has meant in rehearsals")
        )
    if calibrated >= room.rungs.block and decided is None and not _borne_out(view, reasons):
        most = room.rungs.block - 1
        what = "nothing but the sign-in and the look of one message speaks: what comes next decides"
        reasons.append(Reason("alone", (most - calibrated) / BIT, what))
        calibrated = most
    if room.rules is not None:
        facts = Facts(
            view=view, event=event, reasons=reasons, bits=calibrated, rung=rung_of(room, calibrated)
        )
        return _ruled(room, room.rules, facts, decided=decided is not None)
    return reasons, calibrated


def _borne_out(view: View, reasons: list[Reason]) -> bool:
    """Whether more than the sign-in and the look of this message speaks for spim: see `TELLING`.

    A piece of an address, whose rest is in another message, speaks for itself: nobody talks like that.
    """
    if view.reading.piece:
        return True
    far = _far(view)
    return any(
        round(r.bits * BIT) >= TELLING.get(r.signal, MOST + 1) and (far or r.signal not in TO_MANY)
        for r in reasons
    )


def _far(view: View) -> bool:
    """Whether a session is as far from its owner's ways as the log can tell: see `FAR`."""
    session = view.session
    if session is None or (session.odd is None and view.sender.known is None):
        return view.sender.known is None
    told = session.asn is not None or session.country is not None
    return view.strange >= (FAR if told else ODD)


def _ruled(room: Room, rules: RuleSet, facts: Facts, *, decided: bool) -> tuple[list[Reason], int]:
    """The reasons and their sum after the operator's rules."""
    rungs = room.rungs
    ruled = apply(rules, facts, Bounds(rungs.warn, rungs.hold, rungs.block, MOST), decided=decided)
    for name in ruled.failed:
        room.memory.broken[f"rule:{name}"] = room.memory.broken.get(f"rule:{name}", 0) + 1
    room.out.rule_hits.extend(ruled.hits)
    return [*facts.reasons, *ruled.reasons], ruled.bits


def _decided(room: Room, view: View, account: str) -> tuple[int, str] | None:
    """What a person decided beforehand; it beats every signal."""
    if account in room.allow_accounts:
        return -60 * BIT, "the policy allows this account"
    if account in room.deny_accounts:
        return 60 * BIT, "the policy denies this account"
    names = [link.key for link in view.reading.links]
    if any(n in room.deny_destinations for n in names):
        return 60 * BIT, "the policy denies a destination"
    if names and all(n in room.allow_destinations for n in names):
        return -60 * BIT, "the policy allows the destinations"
    label = room.memory.labels.get(view.key)
    if label is not None and view.at < label[1]:
        good = label[0] in GOOD
        return (-60 * BIT if good else 60 * BIT), f"a person labelled this account {label[0]}"
    return None


def rung_of(room: Room, bits: int) -> Rung:
    """The rung of the ladder for log-odds in thousandths of a bit."""
    rungs = room.rungs
    if bits < rungs.warn:
        return "allow"
    if bits < rungs.hold:
        return "warn"
    return "hold" if bits < rungs.block else "block"


def live_campaign(view: View, reasons: list[Reason], action: Rung) -> str | None:
    """The live campaign that a message belongs to: named by its destination, else by its wording."""
    if action == "allow" and not any(r.signal == "near_duplicate" and r.bits >= 2 for r in reasons):
        return None
    if view.destinations:
        return view.destinations[0][0]
    return view.wording[0] if view.wording is not None else None
