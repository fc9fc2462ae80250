"""What events other than messages do to memory: sign-ins, contacts, clicks, reports, labels."""

from __future__ import annotations

from typing import Final

from nospim.engine import asks, decoys
from nospim.engine.remember import message_key, tie
from nospim.engine.room import Room
from nospim.engine.weigh import BAD, GOOD
from nospim.events import (
    AccountCreated,
    AccountRecovered,
    ContactAdded,
    ContactRemoved,
    ContactsRead,
    Labelled,
    LinkClicked,
    MessageReported,
    PasswordChanged,
    SessionClosed,
    SessionData,
    SessionOpened,
    SessionResumed,
    key,
)
from nospim.memory import Account, Session, touch
from nospim.memory.account import MAX_CONTACTS, MAX_FEATURES, MAX_RECEIVED, MAX_SESSIONS, Features
from nospim.memory.cluster import MAX_CLICKERS, MAX_USERS, Cluster
from nospim.sightings import ClickSeen, ReportSeen, SignInSeen
from nospim.signals import decoy, sign_in
from nospim.signals.chain import CLICK_TO_SIGN_IN, everybodys
from nospim.signals.interface import BIT

PROBATION: Final = 48 * 3600.0
"""Seconds that a strange session must stay quiet before its device and place may count as the owner's."""
VOUCHERS: Final = 2
"""Old correspondents who must have talked with a strange session before it counts as the owner's."""
MAX_PENDING: Final = 4
SPIM_REASONS: Final = frozenset({"spim", "spam", "phishing", "malware", "scam", "fraud", "hijacked"})
"""Reasons of a report that speak of spim; "abuse" between people and "mistake" do not."""
SERIAL_REPORTER: Final = 20
"""Reports after which a reporter's further ones weigh nothing (Freeman, WWW 2017)."""
CANARY: Final = "canary"
MAX_CANARIES: Final = 1000
"""Canary contacts named by labels that are remembered; an operator runs a few dozen."""
FOREVER: Final = 1e18


def created(room: Room, event: AccountCreated) -> None:
    """An account was made."""
    account = room.memory.account(key(event.source, event.subject))
    account.created = event.time.timestamp()


def recovered(room: Room, event: AccountRecovered) -> None:
    """The owner has his account back: alarms end, and what was reported of it before was not his doing."""
    account = room.memory.account(key(event.source, event.subject))
    _clear(account)
    _forgive(account, event.time.timestamp())


def password_changed(room: Room, event: PasswordChanged) -> None:
    """A new password ends alarms, unless a strange session set it.

    Reports stay: anybody may change his password, and would do it to shed them.
    """
    account = room.memory.account(key(event.source, event.subject))
    session = account.sessions.get(event.data.session) if event.data.session is not None else None
    if session is None or sign_in.strangeness(session, event.time.timestamp()) < sign_in.ODD:
        _clear(account)
    elif event.data.session is not None and account.pending.pop(event.data.session, None) is not None:
        session.odd = sign_in.after_lockout(session)


def _forgive(account: Account, at: float) -> None:
    """Let reports of what was sent before `at`, those to come as well, weigh nothing against the account."""
    account.reporters = {}
    account.forgiven = at


def _clear(account: Account) -> None:
    account.alarm = None
    account.acted = None
    account.pending = {}
    for session in account.sessions.values():
        session.alarm = None


def session_opened(room: Room, event: SessionOpened) -> None:
    """Someone signed in: how unlike the owner was that?"""
    memory, data, at = room.memory, event.data, event.time.timestamp()
    account = memory.account(key(event.source, event.subject))
    _learn_pending(account, at)
    network = sign_in.network_of(data.ip) if data.ip is not None else None
    session = Session(
        at,
        odd=sign_in.unlike_owner(memory, account.known, data, network),
        network=network,
        asn=None if data.asn is None else str(data.asn),
        country=data.country,
        client=data.client,
        device=data.device,
        since=at,
        burnt=decoy.is_burnt(memory, data.ip, at),
        novel=sign_in.novel(account.known, data),
    )
    session.odd = sign_in.after_guesses(memory, account, session)
    decoys.opened(room, event)
    sign_in.note_novelty(memory, account.known, data, network)
    touch(account.sessions, data.session, session, MAX_SESSIONS)
    _appraise(room, account, session, data, event, resumed=False)


def session_resumed(room: Room, event: SessionResumed) -> None:
    """A session goes on, perhaps elsewhere."""
    memory, data, at = room.memory, event.data, event.time.timestamp()
    account = memory.account(key(event.source, event.subject))
    session = account.sessions.get(data.session)
    if session is None:
        session = Session(at, since=at)
        touch(account.sessions, data.session, session, MAX_SESSIONS)
    odd = sign_in.unlike_session(account.known, data, session)
    network = sign_in.network_of(data.ip) if data.ip is not None else None
    session.network = network or session.network
    session.asn = session.asn if data.asn is None else str(data.asn)
    session.country = data.country or session.country
    session.burnt = decoy.is_burnt(memory, data.ip, at) if data.ip is not None else session.burnt
    if odd >= sign_in.ODD:
        session.odd = max(odd, session.odd or 0)
        session.since = at
    elif (session.odd or 0) >= sign_in.ODD and _at_home(account, session):
        session.odd, session.shared, session.alarm, session.doubts = odd, 0, None, 0
    _appraise(room, account, session, data, event, resumed=True)


def _at_home(account: Account, session: Session) -> bool:
    """Whether a session is (again) where the owner usually is: a stolen token has come back to him."""
    known = account.known
    return known is not None and (session.network in known.networks or session.asn in known.asns)


def _appraise(
    room: Room,
    account: Account,
    session: Session,
    data: SessionData,
    event: SessionOpened | SessionResumed,
    *,
    resumed: bool,
) -> None:
    memory, at = room.memory, event.time.timestamp()
    odd = session.odd
    if odd is None or odd >= sign_in.ODD:
        session.shared = sign_in.company(memory, account.number, session, at)
    strange = (odd or 0) + session.shared >= sign_in.ODD and (odd is None or odd > 0)
    if strange:
        _after_click(room, account, session, at)
        touch(account.pending, data.session, at, MAX_PENDING)
        room.out.sightings.append(
            SignInSeen(
                account=account.key,
                session=data.session,
                at=at,
                network=session.network,
                country=session.country,
                client=session.client,
                device=session.device,
                oddness=sign_in.strangeness(session, at),
                resumed=resumed,
            )
        )
    elif not resumed:
        _learn(account, session)
    elif odd is not None and odd < BIT and session.asn is not None and account.known is not None:
        _bump(account.known.asns, session.asn)
    if strange or (odd is not None and odd <= 0):
        sign_in.remember_company(memory, account.number, session, at, strange)


def _after_click(room: Room, account: Account, session: Session, at: float) -> None:
    """Tie a strange sign-in to the link that was opened before it, and the link to the sign-in."""
    latest: tuple[float, str] | None = None
    for name, when in account.clicks.items():
        cluster = room.memory.destinations.get(name)
        if cluster is not None and everybodys(cluster):
            continue
        if 0.0 <= at - when <= CLICK_TO_SIGN_IN and (latest is None or when >= latest[0]):
            latest = (when, name)
    if latest is None:
        return
    session.clicked_for, session.clicked = latest
    cluster = room.memory.destinations.get(latest[1])
    if cluster is not None:
        touch(cluster.taken, account.number, at, MAX_USERS)


def _learn_pending(account: Account, at: float) -> None:
    """Strange sessions that stayed quiet through their probation and acted as the owner does are the owner's.

    To wait costs a thief nothing, so time alone is no evidence: somebody who knew the account before must
    have talked with it, or the session is (or came back) where the owner is at home.
    """
    for ident in [i for i, since in account.pending.items() if at - since > PROBATION]:
        session = account.sessions.get(ident)
        if session is None or session.alarm is not None:
            del account.pending[ident]
        elif not session.shared and (_at_home(account, session) or _vouched_for(account, session)):
            del account.pending[ident]
            _learn(account, session)


def _vouched_for(account: Account, session: Session) -> bool:
    """Whether two who knew the account before have talked with this session, or the only one there is."""
    known_before = sum(since < session.opened for since in account.ties.values())
    return 0 < min(VOUCHERS, known_before) <= len(session.vouchers)


def _learn(account: Account, session: Session) -> None:
    known = account.known
    if known is None:
        known = account.known = Features()
    known.count += 1
    for seen, value in (
        (known.devices, session.device),
        (known.clients, session.client),
        (known.networks, session.network),
        (known.asns, session.asn),
        (known.countries, session.country),
    ):
        if value is not None:
            _bump(seen, value)


def _bump(seen: dict[str, int], value: str) -> None:
    touch(seen, value, seen.get(value, 0) + 1, MAX_FEATURES)


def session_closed(room: Room, event: SessionClosed) -> None:
    """A session ended; what was learned of it stays with the account."""
    account = room.memory.account(key(event.source, event.subject))
    _learn_pending(account, event.time.timestamp())
    account.sessions.pop(event.data.session, None)
    account.pending.pop(event.data.session, None)


def contacts_read(room: Room, event: ContactsRead) -> None:
    """The contact list was read."""
    account = room.memory.account(key(event.source, event.subject))
    ident = event.data.session
    session = account.sessions.get(ident) if ident is not None else None
    if event.data.app is not None:
        session = account.apps.get(event.data.app, session)
    if session is not None:
        session.read = event.time.timestamp()


def contact_added(room: Room, event: ContactAdded) -> None:
    """One account put another on its list."""
    memory = room.memory
    account = memory.account(key(event.source, event.subject))
    contact = memory.account(key(event.source, event.data.contact))
    if contact.number not in account.contacts:
        touch(account.contacts, contact.number, None, MAX_CONTACTS)
        contact.added_by += 1
        if account.number in contact.contacts:
            tie(account, contact, event.time.timestamp())


def contact_removed(room: Room, event: ContactRemoved) -> None:
    """One account took another off its list."""
    memory = room.memory
    account = memory.account(key(event.source, event.subject))
    contact = memory.account(key(event.source, event.data.contact))
    if account.contacts.pop(contact.number, 0) is None:
        contact.added_by -= 1


def link_clicked(room: Room, event: LinkClicked) -> None:
    """A link was opened; if it is a known lure, the account is asked for more at its next sign-in."""
    memory, data, at = room.memory, event.data, event.time.timestamp()
    account = memory.account(key(event.source, event.subject))
    message = None if data.message is None else key(event.source, data.message)
    memo = None if message is None else memory.messages.get(message_key(message))
    if memo is not None and memo.destinations:
        names = memo.destinations
    else:
        link = room.reader.destination(data.url)
        names = () if link is None else (link.key,)
    for name in names:
        touch(account.clicks, name, at, MAX_RECEIVED)
        cluster = memory.destinations.get(name)
        if cluster is not None:
            if len(cluster.clickers) < MAX_CLICKERS:
                cluster.clickers[account.number] = account.key
            if cluster.confirmed and room.policy.actions.step_up:
                asks.step_up(room, event, account.key)
    room.out.sightings.append(ClickSeen(account=account.key, at=at, message=message, destinations=names))


def message_reported(room: Room, event: MessageReported) -> None:
    """A recipient reported a message; what others say of it is kept but weighs nothing."""
    memory, data, at = room.memory, event.data, event.time.timestamp()
    reporter = memory.account(key(event.source, event.subject))
    message = key(event.source, data.message)
    memo = memory.messages.get(message_key(message))
    accused = key(event.source, data.accused)
    if memo is None or memo.sender != accused or reporter.key not in memo.to:
        return
    reporter.reports_made += 1
    room.out.sightings.append(
        ReportSeen(reporter=reporter.key, accused=accused, message=message, at=at, reason=data.reason)
    )
    about_spim = data.reason is None or data.reason in SPIM_REASONS
    if not about_spim or reporter.reports_made > SERIAL_REPORTER:
        return
    number = reporter.number
    suspect = memory.account(accused)
    if memo.at >= suspect.forgiven:
        touch(suspect.reporters, number, at, MAX_USERS)
    for cluster in _clusters(room, memo.destinations, memo.wording):
        touch(cluster.reporters, number, at, MAX_USERS)


def _clusters(room: Room, destinations: tuple[str, ...], wording: str | None) -> list[Cluster]:
    found = [c for name in destinations if (c := room.memory.destinations.get(name)) is not None]
    if wording is not None and (group := room.memory.wordings.get(wording)) is not None:
        found.append(group.cluster)
    return found


def labelled(room: Room, event: Labelled) -> None:
    """A person decided; that beats what the signals say, until it expires."""
    memory, data = room.memory, event.data
    until = FOREVER if data.expires is None else data.expires.timestamp()
    target = key(event.source, data.target)
    memo = memory.messages.get(message_key(target))
    if memo is not None:
        if data.label in GOOD:
            for cluster in _clusters(room, memo.destinations, memo.wording):
                cluster.cleared = until
            _clear(memory.account(memo.sender))
        return
    if data.label == CANARY:
        touch(memory.canaries, target, until, MAX_CANARIES)
    elif data.label in GOOD or data.label in BAD:
        memory.labels.put(target, (data.label, until))
        if data.label in GOOD:
            account = memory.account(target)
            _clear(account)
            _forgive(account, event.time.timestamp())
