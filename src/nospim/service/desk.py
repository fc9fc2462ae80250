"""The desk of actions: what was asked for, by whom, why, until when, and how it went.  Pure.

An action is handed out until it is answered; never twice for one cause; everything ends by itself and
can be undone; and what a person decides beats what the program asked for.
"""

from __future__ import annotations

from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Final, Literal

from msgspec import Struct
from xxhash import xxh3_64_hexdigest

from nospim.actions import Action, ActionKind
from nospim.engine.times import moment
from nospim.events import Reference, key
from nospim.verdicts import Reason, Resolution

AUTOMATIC: Final = "automatic"
"""The actor of whatever no person asked for."""
MAX_OPEN: Final = 50_000
"""Actions that wait to be carried out; the oldest is given up beyond that, and it is said."""
MAX_CLOSED: Final = 20_000
"""Answered actions that are remembered, so that they can be undone and are never asked for again."""
MAX_FORCE: Final = 50_000
"""Actions that are in force at a time."""
MAX_DECISIONS: Final = 50_000
"""Decisions of persons that are remembered here."""
SLACK: Final = 1000
"""Ends of actions that are over already, which need not be cleared away at once."""
LASTING: Final = frozenset({"limit", "suspend", "step_up"})
"""Actions that stay in force after they were carried out, and so have to be lifted at their end."""
REVERSIBLE: Final = LASTING | {"require_password"}
"""Actions that can be taken back after they were carried out; a message told or a session ended cannot."""
FREE: Final = frozenset({"release", "undo", "notify_owner", "notify_recipients"})
"""What takes nothing from anybody, and so is outside the budget of enforcement."""
MESSAGES: Final = frozenset({"release", "drop", "recall"})
"""Kinds whose target is a message."""

Kind = Literal[ActionKind, "release", "drop", "undo"]
State = Literal["open", "done", "failed", "undone", "expired", "shadow", "overruled", "given_up"]


class Step(Struct, frozen=True, omit_defaults=True):
    """One line of an action's trail: when, what became of it, who did it, and why."""

    at: datetime
    state: State
    actor: str
    why: str = ""


class Item(Struct, kw_only=True):
    """One action on the desk, with the fields of the contract and what became of it.

    place: its place on the desk, by which it is handed out.  undoes, was: for an `undo`, the action that
    it takes back and that one's kind.
    """

    action: str
    source: str
    kind: Kind
    target: str
    account: str
    at: datetime
    cause: Reference
    expires: datetime | None
    reasons: tuple[Reason, ...]
    place: int
    state: State = "open"
    actor: str = AUTOMATIC
    undoes: str | None = None
    was: str | None = None
    trail: tuple[Step, ...] = ()


class Desk(Struct, kw_only=True):
    """All actions that are open or in force, and the latest that are neither.

    items: by id; `open`, `force` and `closed` name the ids in each state, oldest first.  asked: by source,
    kind and target, the open action that covers it.  ends: a heap of (seconds since the epoch, id) of what
    may have to end.  decided: until when a person's word that an account or message is harmless holds.
    tally: how many actions of each kind came to each state.
    """

    last: int = 0
    items: dict[str, Item] = {}
    open: dict[str, None] = {}
    closed: dict[str, None] = {}
    force: dict[str, None] = {}
    asked: dict[str, str] = {}
    ends: list[tuple[float, str]] = []
    decided: dict[str, float] = {}
    tally: dict[str, int] = {}

    def ask(self, action: Action, now: float, *, shadow: bool) -> Item | None:
        """Put an action of the guard on the desk; None where it is there already, in any state.

        shadow: write it down only.
        """
        if action.action in self.items:
            return None
        state: State = "shadow" if shadow else "open"
        why = "enforcement is in shadow" if shadow else ""
        if state == "open" and self._is_decided(action, now):
            state, why = "overruled", "a person decided otherwise"
        elif state == "open" and self._covered(action):
            state, why = "overruled", "the same is asked for already"
        item = Item(
            action=action.action,
            source=action.source,
            kind=action.kind,
            target=action.target,
            account=action.account,
            at=action.at,
            cause=action.cause,
            expires=action.expires,
            reasons=action.reasons,
            place=0,
        )
        return self._put(item, state, now, why)

    def end_hold(self, end: Resolution, account: str, now: float) -> Item | None:
        """Put the end of a hold on the desk: the message is to be released or dropped."""
        ident = _ident(end.source, "hold", end.id)
        if ident in self.items:
            return None
        item = Item(
            action=ident,
            source=end.source,
            kind=end.outcome,
            target=end.id,
            account=account,
            at=end.at,
            cause=end.id,
            expires=None,
            reasons=(Reason("hold", 0.0, end.cause),),
            place=0,
        )
        return self._put(item, "open", now, "")

    def request(self, item: Item, now: float, actor: str, why: str) -> Item | None:
        """Put on the desk what a person asked for."""
        if item.action in self.items:
            return None
        item.actor = actor
        return self._put(item, "open", now, why)

    def answer(self, ident: str, state: Literal["done", "failed"], now: float, actor: str, why: str) -> None:
        """Write down how an action went; once it was done, nothing else is believed."""
        item = self.items.get(ident)
        if item is None or item.state in ("done", "undone") or item.state == state:
            return
        if item.state == "overruled" and state == "failed":
            return
        late = item.state in ("overruled", "expired", "shadow", "given_up")
        self._close(item, state, now, actor, why)
        if state == "done" and item.kind in LASTING and not late:
            self._enforce(item, now)
        if state == "done" and late and item.kind in REVERSIBLE:
            self._take_back(item, now, AUTOMATIC, "it was carried out after it had ended")

    def undo(self, ident: str, now: float, actor: str, why: str) -> bool:
        """Take an action back: an open one is never handed out, one that was done gets an `undo`.

        Returns whether there was anything to take back.
        """
        item = self.items.get(ident)
        if item is None or not self.can_undo(item):
            return False
        if item.state == "done":
            self._take_back(item, now, actor, why)
        else:
            self._close(item, "undone", now, actor, why)
        return True

    def can_undo(self, item: Item) -> bool:
        """Whether there is anything to take back of an action."""
        return item.state != "undone" and (item.state != "done" or item.kind in REVERSIBLE)

    def decide(self, source: str, target: str, until: float, now: float, actor: str, *, good: bool) -> None:
        """A person decided on an account or a message; what was asked for against it is taken back."""
        name = key(source, target)
        if not good:
            self.decided.pop(name, None)
            return
        if name not in self.decided and len(self.decided) >= MAX_DECISIONS:
            del self.decided[next(iter(self.decided))]
        self.decided[name] = until
        why = "a person decided that this is harmless"
        for item in [i for i in self.items.values() if i.source == source and i.actor == AUTOMATIC]:
            if target not in (item.account, item.target) or item.kind in FREE:
                continue
            if item.state == "open":
                self._close(item, "overruled", now, actor, why)
            elif item.state == "done" and item.kind in REVERSIBLE:
                self._take_back(item, now, actor, why)

    def tick(self, now: float) -> None:
        """Let time pass: what is over is no longer handed out, and what stays in force is lifted."""
        while self.due(now):
            item = self.items.get(heappop(self.ends)[1])
            if item is None:
                continue
            if item.state == "open":
                self._close(item, "expired", now, AUTOMATIC, "its time was over before it was carried out")
            elif item.action in self.force:
                self._take_back(item, now, AUTOMATIC, "its time is over")

    def due(self, now: float) -> bool:
        """Whether something may end at this time."""
        return bool(self.ends) and self.ends[0][0] <= now

    def waiting(
        self,
        after: int,
        upto: int,
        source: str | None,
        limit: int,
        leave: str | None = None,
        only: str | None = None,
    ) -> list[Item]:
        """Open actions with a place beyond `after` and not beyond `upto`, in order, at most `limit`.

        source: only of this one.  leave, only: a kind to leave out, or to take alone.
        """
        found: list[Item] = []
        for ident in self.open:
            item = self.items[ident]
            if (
                after < item.place <= upto
                and (source is None or item.source == source)
                and item.kind != leave
                and (only is None or item.kind == only)
            ):
                found.append(item)
                if len(found) >= limit:
                    break
        return found

    def of_account(self, source: str, account: str) -> list[Item]:
        """What is remembered of actions about an account, oldest first."""
        return [i for i in self.items.values() if i.source == source and i.account == account]

    def since(self, place: int) -> list[Item]:
        """What was put on the desk beyond a place, oldest first."""
        found: list[Item] = []
        for item in reversed(self.items.values()):
            if item.place <= place:
                break
            found.append(item)
        return found[::-1]

    def _is_decided(self, action: Action, now: float) -> bool:
        if action.kind in FREE:
            return False
        names = (key(action.source, action.account), key(action.source, action.target))
        return any(now < self.decided.get(name, now) for name in names)

    def _covered(self, action: Action) -> bool:
        """Whether the same thing waits to be done to the same target already."""
        return _name(action.source, action.kind, action.target) in self.asked

    def _put(self, item: Item, state: State, now: float, why: str) -> Item:
        self.last += 1
        item.place = self.last
        item.trail = (Step(moment(now), state, item.actor, why),)
        item.state = state
        self.items[item.action] = item
        self._count(item.kind, "asked" if state == "open" else state)
        if state == "open":
            if len(self.open) >= MAX_OPEN:
                oldest = self.items[next(iter(self.open))]
                self._close(oldest, "given_up", now, AUTOMATIC, "too many actions wait to be carried out")
            self.open[item.action] = None
            self.asked[_name(item.source, item.kind, item.target)] = item.action
            if item.expires is not None:
                heappush(self.ends, (item.expires.timestamp(), item.action))
                self._forget_ends()
        else:
            self._retire(item)
        return item

    def _forget_ends(self) -> None:
        """Drop the ends of what is over already, once they are most of the heap."""
        if len(self.ends) > SLACK + 2 * (len(self.open) + len(self.force)):
            self.ends = [end for end in self.ends if end[1] in self.open or end[1] in self.force]
            heapify(self.ends)

    def _close(self, item: Item, state: State, now: float, actor: str, why: str) -> None:
        if self.open.pop(item.action, "") is None:
            self.asked.pop(_name(item.source, item.kind, item.target), None)
        item.state = state
        item.trail = (*item.trail, Step(moment(now), state, actor, why))
        self._count(item.kind, state)
        self._retire(item)

    def _retire(self, item: Item) -> None:
        self.closed.pop(item.action, None)
        self.closed[item.action] = None
        while len(self.closed) > MAX_CLOSED:
            oldest = next(iter(self.closed))
            del self.closed[oldest]
            del self.items[oldest]

    def _enforce(self, item: Item, now: float) -> None:
        """It stays in force until its end; the oldest is lifted early where too many are."""
        if len(self.force) >= MAX_FORCE:
            oldest = self.items[next(iter(self.force))]
            self._take_back(oldest, now, AUTOMATIC, "too many actions are in force")
        self.closed.pop(item.action, None)
        self.force[item.action] = None

    def _take_back(self, item: Item, now: float, actor: str, why: str) -> None:
        self.force.pop(item.action, None)
        self._close(item, "undone", now, actor, why)
        ident = _ident(item.source, "undo", item.action)
        if ident in self.items:
            return
        undo = Item(
            action=ident,
            source=item.source,
            kind="undo",
            target=item.target,
            account=item.account,
            at=moment(now),
            cause=item.cause,
            expires=None,
            reasons=(Reason("undo", 0.0, why),),
            place=0,
            actor=actor,
            undoes=item.action,
            was=item.kind,
        )
        self._put(undo, "open", now, why)

    def _count(self, kind: str, outcome: str) -> None:
        name = f"{kind} {outcome}"
        self.tally[name] = self.tally.get(name, 0) + 1


def _name(source: str, kind: str, target: str) -> str:
    return f"{source} {kind} {target}"


def _ident(source: str, what: str, of: str) -> str:
    """An id that depends on its cause only, as those of the guard's own actions do."""
    return f"a-{xxh3_64_hexdigest(f'{source} {what} {of}'.encode())}"
