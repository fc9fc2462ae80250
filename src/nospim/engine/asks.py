"""What the guard asks for when it has stopped something: help for the victim, never twice for one cause."""

from __future__ import annotations

from xxhash import xxh3_64_hexdigest

from nospim.actions import Action, ActionKind
from nospim.engine.room import Room
from nospim.engine.times import moment
from nospim.events import AnyEvent, Ref, Reference, key, split_key
from nospim.memory import Cluster
from nospim.signals.interface import BIT, View
from nospim.signals.new_account import YOUNG
from nospim.signals.sign_in import ODD
from nospim.verdicts import Reason, Verdict


def ask(
    room: Room,
    event: AnyEvent,
    kind: ActionKind,
    target: str,
    account: str,
    reasons: tuple[Reason, ...],
    source: str | None = None,
) -> None:
    """Ask for one action; its id depends on kind, target and cause only.

    source: the service that has the target, where that is another one than the event's.
    """
    at = event.time.timestamp()
    ident = xxh3_64_hexdigest(f"{event.source} {kind} {target} {event.id}".encode())
    room.out.actions.append(
        Action(
            action=f"a-{ident}",
            source=source or event.source,
            kind=kind,
            target=target,
            account=account,
            at=moment(at),
            cause=event.id if source in (None, event.source) else Ref(source=event.source, id=event.id),
            expires=moment(at + room.policy.actions.lasts),
            reasons=reasons,
        )
    )


def about_block(room: Room, view: View, event: AnyEvent, verdict: Verdict) -> None:
    """First block of an account's episode: end the thief's session, help the owner, take back the lures."""
    sender, session, at = view.sender, view.session, view.at
    if session is not None and session.acted:
        return
    if session is None and sender.acted is not None and 0.0 <= at - sender.acted < room.policy.actions.lasts:
        return
    sender.acted = at
    if session is not None:
        session.acted = True
    reasons = tuple(r for r in verdict.reasons if r.signal == "prior" or abs(r.bits) >= 1)
    for kind, target in _measures(room, view, event):
        ask(room, event, kind, target, event.subject, reasons)
    if session is not None and session.delivered:
        _take_back(room, session.delivered, event, reasons)
        session.delivered = []


def _measures(room: Room, view: View, event: AnyEvent) -> list[tuple[ActionKind, str]]:
    """What to ask for about the account: against the thief's session, for the owner; fakes are suspended."""
    wanted, account = room.policy.actions, event.subject
    young = view.sender.created is not None and 0.0 <= view.at - view.sender.created < YOUNG
    asked: list[tuple[bool, ActionKind, str]] = []
    if view.strange >= ODD:
        session = getattr(getattr(event, "data", None), "session", None)
        asked.append((wanted.end_sessions, "end_sessions", session or account))
        asked.append((wanted.require_password, "require_password", account))
    elif young and view.sender.strangers >= 2:
        return [("suspend", account)] if wanted.suspend else []
    else:
        asked.append((wanted.limit, "limit", account))
    asked.append((wanted.notify, "notify_owner", account))
    return [(kind, target) for on, kind, target in asked if on]


def _take_back(room: Room, messages: list[str], event: AnyEvent, reasons: tuple[Reason, ...]) -> None:
    """Recall what was delivered before the account was found out, and tell those who got it."""
    if room.policy.actions.recall:
        for message in messages:
            ask(room, event, "recall", message, event.subject, reasons)
    if room.policy.actions.notify:
        ask(room, event, "notify_recipients", event.subject, event.subject, reasons)


def recall(room: Room, event: AnyEvent, message: Reference, reasons: list[Reason]) -> None:
    """Ask to take back one delivered message."""
    if room.policy.actions.recall:
        source, target = split_key(key(event.source, message))
        ask(room, event, "recall", target, event.subject, tuple(reasons), source)


def step_up_clickers(room: Room, cluster: Cluster, event: AnyEvent) -> None:
    """Everyone who opened what has just proved to be a lure must prove who he is at the next sign-in."""
    if room.policy.actions.step_up:
        for account in cluster.clickers.values():
            step_up(room, event, account)


def step_up(room: Room, event: AnyEvent, account: str) -> None:
    """Ask one account that opened a lure for more than a password."""
    why = (Reason("chain", 3.0 * BIT / BIT, "opened a link that turned out to be a lure"),)
    source, bare = split_key(account)
    ask(room, event, "step_up", bare, bare, why, source)
