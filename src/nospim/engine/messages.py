"""A message's way through the guard: read, look up, judge, decide, remember."""

from __future__ import annotations

from typing import Final

from nospim.engine import asks, holds, pages
from nospim.engine.lookup import files_of, look_up, session_of
from nospim.engine.remember import message_key, remember
from nospim.engine.room import Room
from nospim.engine.weigh import live_campaign, rung_of, weigh
from nospim.events import MessageEdited, MessageSent, Ref, Reference, key
from nospim.memory import Account
from nospim.sightings import MessageSeen
from nospim.signals.chain import everybodys
from nospim.signals.interface import View
from nospim.signals.reading import Reading, domain_part, names_of, passes_for
from nospim.verdicts import Rung, Verdict, score_of

MAX_JUDGED: Final = 64
"""Recipients of one message that are looked up; a larger group is judged by these."""


def sent(room: Room, event: MessageSent, at: float, reading: Reading | None) -> Verdict:
    """Judge one message and remember it."""
    data = event.data
    source = event.source
    memory = room.memory
    sender = memory.account(key(source, event.subject))
    if reading is None:
        reading = room.reader.read(data.text, names_of(data.to))
    if reading.links:
        reading = passes_for(reading, room.own_names(domain_part(event.subject)))
    to = data.to[:MAX_JUDGED]
    recipients = tuple(memory.account(key(source, ref)) for ref in to)
    session = session_of(sender, data.session, at, data.app)
    view = look_up(room, sender, session, recipients, reading, at, files_of(data))
    view.canary = _reaches_canary(room, to, recipients, at)
    view.encrypted = data.text is None
    view.attached = bool(data.attachments)
    view.group = data.kind == "group" or len(to) > 2
    if room.feeds is not None:
        view.listed = room.feeds.hits(event.subject, reading.links)
    reasons, bits = weigh(room, view, event)
    action = rung_of(room, bits)
    campaign = live_campaign(view, reasons, action)
    verdict = Verdict(
        id=event.id,
        source=source,
        time=event.time,
        account=event.subject,
        action=action,
        score=score_of(bits),
        reasons=tuple(reasons),
        campaign=campaign,
    )
    name = f"{source} {event.id}"
    seen = _sighting(view, event, name, action, bits)
    room.out.sightings.append(seen)
    remember(room, view, event, name, action, bits)
    if action == "hold":
        holds.place(room, view, source, event.id, data.session)
        pages.ask(room, view, event, reasons)
    elif action == "block":
        holds.drop_like(room, view, event.id, data.session)
        asks.about_block(room, view, event, verdict)
    return verdict


def edited(room: Room, event: MessageEdited) -> None:
    """Judge an edit as if it were sent now; a lure that was edited in is asked to be recalled."""
    data = event.data
    memory = room.memory
    name = key(event.source, data.message)
    memo = memory.messages.get(message_key(name))
    sender = memory.account(key(event.source, event.subject))
    if memo is None or memo.sender != sender.key or data.text is None:
        return
    at = event.time.timestamp()
    recipients = tuple(memory.account(to) for to in memo.to)
    reading = room.reader.read(data.text)
    if reading.links:
        reading = passes_for(reading, room.own_names(domain_part(event.subject)))
    session = session_of(sender, data.session or memo.session, at)
    view = look_up(room, sender, session, recipients, reading, at)
    if room.feeds is not None:
        view.listed = room.feeds.hits(event.subject, reading.links)
    reasons, bits = weigh(room, view, event)
    action = rung_of(room, bits)
    memo.destinations = tuple(n for n, _ in view.destinations)
    memo.wording = view.wording[0] if view.wording else memo.wording
    if action in ("hold", "block"):
        asks.recall(room, event, data.message, reasons)


def _reaches_canary(
    room: Room, to: tuple[Reference, ...], recipients: tuple[Account, ...], at: float
) -> bool:
    """Whether a recipient is a canary, by the policy or by a person's label."""
    if room.canaries and any(_bare(ref) in room.canaries for ref in to):
        return True
    labelled = room.memory.canaries
    return bool(labelled) and any(at < labelled.get(person.key, at) for person in recipients)


def _bare(ref: Reference) -> str:
    return ref.id if isinstance(ref, Ref) else ref


def _sighting(view: View, event: MessageSent, name: str, action: Rung, bits: int) -> MessageSeen:
    session = view.session
    sender = view.sender
    found = view.reading.links
    suspicious = action != "allow"
    return MessageSeen(
        message=name,
        account=sender.key,
        at=view.at,
        to=tuple(r.key for r in view.recipients),
        action=action,
        bits=bits,
        destinations=tuple(n for n, _ in view.destinations),
        common=tuple(n for n, c in view.destinations if everybodys(c)),
        links=tuple(link.url for link in found) if found else (),
        wording=view.wording[0] if view.wording is not None else None,
        session=event.data.session,
        session_opened=None if session is None or session.odd is None else session.since,
        network=None if session is None else session.network,
        client=None if session is None else session.client,
        oddness=None if session is None or session.odd is None else view.strange,
        burst=view.same,
        account_age=None if sender.created is None else view.at - sender.created,
        account_created=sender.created,
        own_contacts=len(sender.contacts),
        text=event.data.text if suspicious else None,
        group=view.group,
    )
