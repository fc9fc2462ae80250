"""The script of a world before it is played: who does what when, not yet in which session.

Those who live their lives whatever a guard says add their cues here; `stage` plays them in order of time,
signing people in as they need it, and thieves act there as they go.  Times are whole milliseconds since the
Unix epoch.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from nospim.drill.chance import stream
from nospim.drill.truth import LookAlike, Lure, ThiefLine
from nospim.events import Attachment, Data, Event

ID_BITS: Final = 40
_ODD: Final = 0x9E3779B97F
"""An odd number near 2^40 divided by the golden ratio: multiplying by it permutes the ids (Knuth 6.4)."""


class Send(Struct):
    """Somebody sends a message; `session` None means the sender's own."""

    at: int
    id: str
    sender: str
    to: tuple[str, ...]
    text: str | None
    session: str | None = None
    conversation: str | None = None
    app: str | None = None
    attachments: tuple[Attachment, ...] = ()


class Fact(Struct):
    """Any other event; `present` signs the subject in first, when it has no session open."""

    at: int
    id: str
    subject: str
    event: type[Event]
    data: Data
    present: bool = False


class Draft(Struct):
    """An entry into an account, while it is not yet known how it ends (see `truth.Entry`)."""

    at: int
    account: str
    state: str
    campaign: str
    tactic: str
    operator: str
    session: str | None
    infected_by: str | None = None
    via: str | None = None
    until: int | None = None


Cue = Send | Fact


class Script:
    """A growing list of cues, with the truth about them; ids are minted as cues are added."""

    def __init__(self, seed: int) -> None:
        self.cues: list[Cue] = []
        self.rows: dict[str, Lure | LookAlike | ThiefLine] = {}
        self.entries: list[Draft] = []
        self._next = stream(seed, "ids").getrandbits(ID_BITS)

    def mint(self) -> str:
        """An id that no other cue of this world has and that tells nothing of its order.

        Two worlds of different seeds hardly ever share one, so that their logs can be joined.
        """
        self._next = (self._next + 1) % (1 << ID_BITS)
        return f"{self._next * _ODD % (1 << ID_BITS):010x}"

    def send(
        self,
        at: int,
        sender: str,
        to: tuple[str, ...],
        text: str | None,
        *,
        session: str | None = None,
        conversation: str | None = None,
        app: str | None = None,
        control: str | None = None,
        attachments: tuple[Attachment, ...] = (),
    ) -> str:
        """Add a message and, for a look-alike, its truth row; returns its id."""
        ident = self.mint()
        self.cues.append(Send(at, ident, sender, to, text, session, conversation, app, attachments))
        if control is not None:
            self.rows[ident] = LookAlike(id=ident, control=control, account=sender)
        return ident

    def fact(self, at: int, subject: str, event: type[Event], data: Data, *, present: bool = False) -> str:
        """Add any other event; returns its id."""
        ident = self.mint()
        self.cues.append(Fact(at, ident, subject, event, data, present))
        return ident
