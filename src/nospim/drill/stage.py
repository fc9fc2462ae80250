"""The stage on which a drill is played: every cue becomes an event, the guard sees it, and it counts.

What the guard stops does not arrive, and what did not arrive is not opened, answered or reported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

import msgspec
from msgspec import Struct

from nospim.drill.clock import Clock
from nospim.drill.federation import Federation
from nospim.drill.guarding import Answer, Guard
from nospim.drill.plan import Plan
from nospim.drill.presence import Presence
from nospim.drill.script import Fact, Script, Send
from nospim.drill.society import Society
from nospim.drill.truth import LookAlike, Lure, ThiefLine, TruthRow, event_of, stamp
from nospim.events import (
    AnyEvent,
    Attachment,
    ClickData,
    Data,
    EditData,
    Event,
    MessageData,
    MessageSent,
    MessageStateData,
    ReportData,
)
from nospim.verdicts import Verdict

LEAD: Final = 100_000
"""How long before a cue its subject begins to sign in (milliseconds): longer than any sign-in takes."""
_ABOUT_A_MESSAGE = (ClickData, EditData, MessageStateData, ReportData)


class Arrival(Struct, frozen=True):
    """A message that reached its recipients: when, and whether below a warning."""

    message: str
    at: int
    warned: bool


Then = Callable[[Arrival], None]


class _Waiting(Struct, frozen=True):
    then: Then | None
    warned: bool


class Stage:
    """One play of one script before one guard; `act` is told what it asks for, `look` what was sent."""

    def __init__(self, script: Script, society: Society, plan: Plan, guard: Guard) -> None:
        self.script = script
        self.society = society
        self.plan = plan
        self.clock = Clock(min((cue.at for cue in script.cues), default=plan.start_ms) - LEAD, plan.end_ms)
        self.presence = Presence(script, society, plan, self._post, self.clock)
        self.act: Callable[[Answer], None] = lambda _: None
        self.look: Callable[[Send], None] = lambda _: None
        self.verdicts: dict[str, Verdict] = {}
        self.silenced: set[str] = set()
        self.waits: dict[str, float] = {}
        self.events: list[Event] = []
        self.truth: list[TruthRow] = []
        self.arrived: set[str] = set()
        self._federation = Federation(plan)
        self._guard = guard
        self._held: dict[str, _Waiting] = {}

    def play(self) -> None:
        """Play the script, and whatever has been started on the clock, to the end of the plan."""
        for cue in self.script.cues:
            self.cue(cue)
        self.clock.run()

    def cue(self, cue: Send | Fact, then: Then | None = None) -> None:
        """Let a cue happen in its time, if that comes; `then` is called when a message has arrived."""
        if cue.at >= self.plan.end_ms:
            return
        own = _own(cue) if isinstance(cue, Send) else cue.present
        if own:
            self.clock.at(cue.at - LEAD, lambda: self._ready(cue, then))
        elif isinstance(cue, Send):
            self.clock.at(cue.at, lambda: self._send(cue, cue.session, then))
        else:
            self.clock.at(cue.at, lambda: self._fact(cue))

    def say(
        self,
        sender: str,
        to: str | tuple[str, ...],
        text: str | None,
        *,
        conversation: str | None = None,
        at: int | None = None,
        session: str | None = None,
        app: str | None = None,
        attachments: tuple[Attachment, ...] = (),
        row: Callable[[str], Lure | LookAlike | ThiefLine] | None = None,
        then: Then | None = None,
    ) -> str:
        """Somebody writes to somebody, or into a room, now or at a time to come; returns the message's id."""
        when = self.clock.now if at is None else at
        ident = self.script.mint()
        if row is not None:
            self.script.rows[ident] = row(ident)
        everyone = (to,) if isinstance(to, str) else to
        self.cue(Send(when, ident, sender, everyone, text, session, conversation, app, attachments), then)
        return ident

    def fact(self, at: int, subject: str, event: type[Event], data: Data, *, present: bool = False) -> str:
        """Anything else happens, at once or at a time to come; returns the event's id."""
        ident = self.script.mint()
        self.cue(Fact(max(at, self.clock.now), ident, subject, event, data, present))
        return ident

    def now_edited(self, message: str, edit: str) -> None:
        """A line of a thief's turned out to be a lure: its truth names the edit."""
        for index in range(len(self.truth) - 1, -1, -1):
            row = self.truth[index]
            if isinstance(row, ThiefLine) and row.id == message:
                self.truth[index] = msgspec.structs.replace(row, edited_by=edit)
                return

    def _ready(self, cue: Send | Fact, then: Then | None) -> None:
        """The subject is at a device in time: signed in, or on the way."""
        if not self._joined(_subject(cue), cue.at):
            return
        session, since = self.presence.session(_subject(cue), max(cue.at, self.clock.now))
        moment = max(cue.at, since + 1)
        if isinstance(cue, Send):
            self.clock.at(moment, lambda: self._send(cue, session, then))
        else:
            self.clock.at(moment, lambda: self._fact(cue))

    def _send(self, cue: Send, session: str | None, then: Then | None) -> None:
        to = tuple(account for account in cue.to if self._joined(account, self.clock.now))
        if not to or not self._joined(cue.sender, self.clock.now) or cue.sender in self.silenced:
            return
        own = _own(cue)
        sealed = own and cue.conversation is None and cue.to[0] in self.society.everybody[cue.sender].sealed
        data = MessageData(
            to=to,
            text=None if sealed else cue.text,
            conversation=cue.conversation,
            kind="group" if cue.conversation else "direct",
            session=session,
            app=cue.app,
            encrypted=True if sealed else None,
            attachments=cue.attachments or None,
        )
        self._label(cue, own)
        answer = self._show(cue.id, MessageSent, data, cue.sender)
        self._deliver(cue.id, answer.verdict, then)
        self.act(answer)
        self.look(cue)

    def _label(self, cue: Send, own: bool) -> None:
        row = self.script.rows.get(cue.id)
        if row is not None:
            now = stamp(self.clock.now)
            self.truth.append(msgspec.structs.replace(row, time=now) if isinstance(row, Lure) else row)
        elif own:
            oddity = self.presence.oddity(cue.sender, self.clock.now)
            if oddity is not None and oddity in self.plan.controls:
                self.truth.append(LookAlike(id=cue.id, control=oddity, account=cue.sender))

    def _deliver(self, message: str, verdict: Verdict | None, then: Then | None) -> None:
        if verdict is not None:
            self.verdicts[message] = verdict
        rung = "allow" if verdict is None else verdict.action
        if rung == "hold":
            self._held[message] = _Waiting(then, warned=False)
        elif rung != "block":
            self._arrive(message, _Waiting(then, rung == "warn"))

    def _arrive(self, message: str, waiting: _Waiting) -> None:
        self.arrived.add(message)
        if waiting.then is not None:
            waiting.then(Arrival(message, self.clock.now, waiting.warned))

    def _fact(self, cue: Fact) -> None:
        if not self._joined(cue.subject, self.clock.now):
            return
        message = getattr(cue.data, "message", None) if isinstance(cue.data, _ABOUT_A_MESSAGE) else None
        if message is not None and message not in self.arrived:
            return
        self.act(self._show(cue.id, cue.event, cue.data, cue.subject))

    def _post(self, at: int, event: type[Event], data: Data, subject: str) -> None:
        """An event that needs no cue, as of a session."""
        ident = self.script.mint()
        self.clock.at(at, lambda: self.act(self._show(ident, event, data, subject)))

    def _show(self, ident: str, event: type[Event], data: Data, subject: str) -> Answer:
        if event is MessageSent:
            self._federation.sent(ident, subject)
        named = self._federation.named(data, subject)
        source = self._federation.source(subject)
        made = event_of(event, named, source=source, ident=ident, at=self.clock.now, subject=subject)
        self.events.append(made)
        answer = self._guard.step(cast("AnyEvent", made))
        for end in answer.resolutions:
            waiting = self._held.pop(end.id, None)
            self.waits[end.id] = end.delay_s
            if waiting is not None and end.outcome == "release":
                self._arrive(end.id, waiting)
        return answer

    def _joined(self, account: str, at: int) -> bool:
        """Whether the account exists by then; made-up ones are always there in time."""
        person = self.society.everybody.get(account)
        return person is None or person.created <= at


def _own(cue: Send) -> bool:
    return cue.session is None and cue.app is None


def _subject(cue: Send | Fact) -> str:
    return cue.sender if isinstance(cue, Send) else cue.subject
