"""Playing a script in order of time: people sign in as they need it, and every cue becomes an event."""

from __future__ import annotations

from operator import attrgetter
from random import Random

from nospim.drill.chance import between, stream
from nospim.drill.plan import Plan
from nospim.drill.presence import Presence
from nospim.drill.script import Borrow, Borrowed, Draft, Fact, Script, Send
from nospim.drill.society import Society
from nospim.drill.truth import Entry, LookAlike, TruthRow, event_of, stamp
from nospim.events import (
    ClickData,
    ContactsRead,
    ContactsReadData,
    Data,
    EditData,
    Event,
    MessageData,
    MessageSent,
    MessageStateData,
    ReportData,
    SessionData,
    SessionResumed,
)

_ABOUT_A_MESSAGE = (ClickData, EditData, MessageStateData, ReportData)


def play(script: Script, society: Society, plan: Plan) -> tuple[list[Event], list[TruthRow]]:
    """The events of a script, by time, and its truth with the sessions filled in.

    Cues from the end of the plan on are not played and have no truth.  Look-alikes that only the play
    shows (a new phone, a journey) are added.
    """
    return _Stage(script, society, plan).play()


class _Stage:
    def __init__(self, script: Script, society: Society, plan: Plan) -> None:
        self._script = script
        self._society = society
        self._plan = plan
        self._rng: Random = stream(plan.seed, "stage")
        self._presence = Presence(script, society, plan, self._rng)
        self._out: list[tuple[int, Event]] = []
        self._truth: list[TruthRow] = []
        self._sent: set[str | None] = {None}

    def play(self) -> tuple[list[Event], list[TruthRow]]:
        for cue in sorted(self._script.cues, key=attrgetter("at")):
            if cue.at >= self._plan.end_ms:
                break
            if isinstance(cue, Send):
                self._send(cue)
            elif isinstance(cue, Fact):
                self._fact(cue)
            else:
                self._borrow(cue)
        made = sorted(self._out + self._presence.out, key=lambda pair: pair[0])
        drafts = sorted(self._script.entries, key=attrgetter("at"))
        entries = [_entry(draft, self._plan) for draft in drafts if draft.at < self._plan.end_ms]
        return [event for _, event in made], [*entries, *self._truth]

    def _emit(self, cue: Send | Fact, event: type[Event], data: Data, subject: str) -> None:
        made = event_of(event, data, service=self._plan.service, ident=cue.id, at=cue.at, subject=subject)
        self._out.append((cue.at, made))

    def _send(self, cue: Send) -> None:
        to = self._present(cue)
        if not to:
            return
        own = cue.session is None and cue.app is None
        session = cue.session.session if isinstance(cue.session, Borrowed) else cue.session
        if own:
            session = self._presence.session(cue.sender, cue.at)
        sealed = own and cue.conversation is None and cue.to[0] in self._society.everybody[cue.sender].sealed
        data = MessageData(
            to=to,
            text=None if sealed else cue.text,
            conversation=cue.conversation,
            kind="group" if cue.conversation else "direct",
            session=session,
            app=cue.app,
            encrypted=True if sealed else None,
        )
        self._emit(cue, MessageSent, data, cue.sender)
        self._sent.add(cue.id)
        row = self._script.rows.get(cue.id)
        if row is not None:
            self._truth.append(row)
        elif own:
            self._notice(cue)

    def _notice(self, cue: Send) -> None:
        oddity = self._presence.oddity(cue.sender, cue.at)
        if oddity is not None and oddity in self._plan.controls:
            self._truth.append(LookAlike(id=cue.id, control=oddity, account=cue.sender))

    def _fact(self, cue: Fact) -> None:
        if not self._joined(cue.subject, cue.at):
            return
        if isinstance(cue.data, _ABOUT_A_MESSAGE) and _message(cue.data) not in self._sent:
            return
        if cue.present:
            self._presence.session(cue.subject, cue.at)
        self._emit(cue, cue.event, cue.data, cue.subject)

    def _borrow(self, cue: Borrow) -> None:
        if not cue.steal:
            cue.into.session = self._presence.session(cue.owner, cue.at)
            return
        session = self._presence.latest(cue.owner) or self._presence.session(cue.owner, cue.at - 60_000)
        cue.into.session = session
        data = SessionData(session=session, ip=cue.ip, asn=cue.asn, country=cue.country)
        self._emit_of(cue.owner, SessionResumed, data, cue.at)
        read = ContactsReadData(session=session, count=cue.count)
        later = cue.at + between(self._rng, 4, 20)
        self._emit_of(cue.owner, ContactsRead, read, later)

    def _emit_of(self, owner: str, event: type[Event], data: Data, at: int) -> None:
        self._emit(Fact(at, self._script.mint(), owner, event, data), event, data, owner)

    def _present(self, cue: Send) -> tuple[str, ...]:
        """The recipients who have joined by then; nobody, when the sender has not."""
        if not self._joined(cue.sender, cue.at):
            return ()
        return tuple(account for account in cue.to if self._joined(account, cue.at))

    def _joined(self, account: str, at: int) -> bool:
        """Whether the account exists by then; made-up ones are always there in time."""
        person = self._society.everybody.get(account)
        return person is None or person.created <= at


def _message(data: Data) -> str | None:
    """The message that a click, edit, report or receipt is about; all of a drill's are bare ids."""
    message = getattr(data, "message", None)
    return message if isinstance(message, str) else None


def _entry(draft: Draft, plan: Plan) -> Entry:
    session = draft.session.session if isinstance(draft.session, Borrowed) else draft.session
    until = draft.until if draft.until is not None and draft.until < plan.end_ms else None
    return Entry(
        account=draft.account,
        state=draft.state,
        campaign=draft.campaign,
        tactic=draft.tactic,
        operator=draft.operator,
        time=stamp(draft.at),
        infected_by=draft.infected_by,
        via=draft.via,
        session=session,
        until=None if until is None else stamp(until),
    )
