"""What the guard asks for when it has stopped something: help for the victim first, never twice for one cause."""

from __future__ import annotations

from xxhash import xxh3_64_hexdigest

from nospim.actions import Action, ActionKind
from nospim.engine.room import Room
from nospim.engine.times import moment
from nospim.events import AnyEvent, Ref, Reference
from nospim.memory import Cluster
from nospim.signals.interface import BIT, View
from nospim.signals.new_account import YOUNG
from nospim.signals.sign_in import ODD, strangeness
from nospim.verdicts import Reason, Verdict


def ask(
    room: Room, event: AnyEvent, kind: ActionKind, target: str, account: str, reasons: tuple[Reason, ...]
) -> None:
    """Ask for one action; its id depends on kind, target and cause only."""
    at = event.time.timestamp()
    ident = xxh3_64_hexdigest(f"{event.source} {kind} {target} {event.id}".encode())
    room.out.actions.append(
        Action(
            action=f"a-{ident}",
            source=event.source,
            kind=kind,
            target=target,
            account=account,
            at=moment(at),
            cause=event.id,
            expires=moment(at + room.policy.actions.lasts),
            reasons=reasons,
        )
    )


def about_block(room: Room, view: View, event: AnyEvent, verdict: Verdict) -> None:
    """First block of an account's episode: end the thief's session, help the owner, take back the lures."""
    wanted = room.policy.actions
    sender, session, at = view.sender, view.session, view.at
    if session is not None and session.acted:
        return
    if session is None and sender.acted is not None and 0.0 <= at - sender.acted < wanted.lasts:
        return
    reasons = tuple(r for r in verdict.reasons if r.signal == "prior" or abs(r.bits) >= 1)
    account = event.subject
    ident = getattr(getattr(event, "data", None), "session", None)
    strange = session is not None and strangeness(session, at) >= ODD
    young = sender.created is not None and 0.0 <= at - sender.created < YOUNG and sender.strangers >= 2
    sender.acted = at
    if session is not None:
        session.acted = True
    if young and not strange:
        if wanted.suspend:
            ask(room, event, "suspend", account, account, reasons)
    elif strange:
        if wanted.end_sessions:
            ask(room, event, "end_sessions", ident or account, account, reasons)
        if wanted.require_password:
            ask(room, event, "require_password", account, account, reasons)
    elif wanted.limit:
        ask(room, event, "limit", account, account, reasons)
    if wanted.notify and not young:
        ask(room, event, "notify_owner", account, account, reasons)
    if session is not None and session.delivered:
        if wanted.recall:
            for message in session.delivered:
                ask(room, event, "recall", message, account, reasons)
        if wanted.notify:
            ask(room, event, "notify_recipients", account, account, reasons)
        session.delivered = []


def recall(room: Room, event: AnyEvent, message: Reference, reasons: list[Reason]) -> None:
    """Ask to take back one delivered message."""
    if room.policy.actions.recall:
        target = message.id if isinstance(message, Ref) else message
        ask(room, event, "recall", target, event.subject, tuple(reasons))


def step_up_clickers(room: Room, cluster: Cluster, event: AnyEvent) -> None:
    """Everyone who opened what has just proved to be a lure is asked to prove who he is at the next sign-in."""
    if room.policy.actions.step_up:
        for account in cluster.clickers.values():
            step_up(room, event, account)


def step_up(room: Room, event: AnyEvent, account: str) -> None:
    """Ask one account that opened a lure for more than a password."""
    why = (Reason("chain", 3.0 * BIT / BIT, "opened a link that turned out to be a lure"),)
    bare = account.partition(" ")[2]
    ask(room, event, "step_up", bare, bare, why)
