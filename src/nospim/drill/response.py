"""What the guard's actions do in a drill: sessions end, fakes fall silent, lures vanish, people are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nospim.actions import Action
from nospim.drill.chance import stream
from nospim.drill.guarding import Answer
from nospim.drill.parameters import Conduct
from nospim.drill.stage import Stage
from nospim.drill.takings import Book
from nospim.events import SessionClosed, SessionClosedData


class Response:
    """Carries out what is asked for, each after its delay, and remembers whom that makes careful.

    come_back: to be set; called with an account whose owner was told, when he takes it back.
    look: to be set; called with an address that is to be captured, and the message that it came in.
    """

    def __init__(self, stage: Stage, book: Book) -> None:
        self.come_back: Callable[[str], None] = lambda _: None
        self.look: Callable[[str, str], None] = lambda _, __: None
        self._stage = stage
        self._book = book
        self._conduct: Conduct = stage.plan.conduct
        self._recalled: dict[str, int] = {}
        self._warned_of: dict[str, int] = {}
        self._stepped_up: set[str] = set()
        self.asked: dict[str, int] = {}

    def act(self, answer: Answer) -> None:
        """Carry out what an answer asks for."""
        for action in answer.actions:
            self.asked[action.kind] = self.asked.get(action.kind, 0) + 1
            do = _DOES.get(action.kind)
            if do is not None:
                do(self, action)

    def recalled(self, message: str) -> bool:
        """Whether a message that was not read yet has gone from its reader's screen by now."""
        at = self._recalled.get(message)
        return at is not None and self._stage.clock.now >= at and self._honours(message)

    def told_of(self, sender: str) -> bool:
        """Whether those whom an account wrote to have been told by now that it is not its owner's."""
        at = self._warned_of.get(sender)
        return at is not None and self._stage.clock.now >= at

    def must_prove(self, account: str) -> bool:
        """Whether more than a password is asked of an account."""
        return account in self._stepped_up

    def _honours(self, message: str) -> bool:
        draw = stream(self._stage.plan.seed, f"recall/{message}").random()
        return draw < self._conduct.recall_honoured

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        clock = self._stage.clock
        clock.at(clock.now + int(seconds * 1000), do)

    def _end_sessions(self, action: Action) -> None:
        session = None if action.target == action.account else action.target
        self._later(self._conduct.lock_delay, lambda: self._ended(action.account, session))

    def _ended(self, account: str, session: str | None) -> None:
        stage = self._stage
        closing = dict.fromkeys(stage.presence.forget(account, session))
        for taking in self._book.of(account):
            used = taking.session
            if used is not None and session in (None, used):
                taking.end(stage.clock.now, "end_sessions")
                closing[used] = None
        for ident in closing:
            stage.fact(stage.clock.now, account, SessionClosed, SessionClosedData(session=ident))

    def _limit(self, action: Action) -> None:
        self._later(self._conduct.lock_delay, lambda: self._limited(action.account))

    def _limited(self, account: str) -> None:
        for taking in self._book.of(account):
            taking.limited = True

    def _suspend(self, action: Action) -> None:
        self._later(self._conduct.lock_delay, lambda: self._suspended(action.account))

    def _suspended(self, account: str) -> None:
        self._stage.silenced.add(account)
        for taking in self._book.of(account):
            taking.end(self._stage.clock.now, "suspend")

    def _recall(self, action: Action) -> None:
        at = self._stage.clock.now + int(self._conduct.recall_delay * 1000)
        self._recalled.setdefault(action.target, at)

    def _notify_recipients(self, action: Action) -> None:
        at = self._stage.clock.now + int(self._conduct.recall_delay * 1000)
        self._warned_of.setdefault(action.account, at)

    def _notify_owner(self, action: Action) -> None:
        rng = stream(self._stage.plan.seed, f"told/{action.action}")
        if rng.random() < self._conduct.owner_acts:
            back = self._conduct.owner_back.draw(rng) / 1000
            self._later(back, lambda: self.come_back(action.account))

    def _capture(self, action: Action) -> None:
        self.look(action.target, action.cause if isinstance(action.cause, str) else action.cause.id)

    def _step_up(self, action: Action) -> None:
        self._stepped_up.add(action.account)


_DOES: Final[dict[str, Callable[[Response, Action], None]]] = {
    "end_sessions": Response._end_sessions,
    "limit": Response._limit,
    "suspend": Response._suspend,
    "recall": Response._recall,
    "notify_recipients": Response._notify_recipients,
    "notify_owner": Response._notify_owner,
    "step_up": Response._step_up,
    "capture": Response._capture,
}
"""What each kind does; `require_password` needs nothing of its own: no thief comes back by himself."""
