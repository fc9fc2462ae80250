"""What a rule is: its file's shape, checked when it is read, and what is said of one that is wrong."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

MAX_RULES: Final = 500
"""Rules in one set: at 3 microseconds each this is a millisecond and a half a message."""
MAX_EXPRESSION: Final = 2000
"""Longest expression in characters; a longer one is two rules."""
MAX_BITS: Final = 12.0
"""Most bits that one rule may add or take away: enough to carry any message from allow to block or back."""

RuleId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
State = Literal["draft", "shadow", "live"]
STATES: Final[tuple[State, ...]] = ("draft", "shadow", "live")


class Effect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a hit does; exactly one of these.

    add_bits: added to the log-odds (base 2), negative speaks for the message.  at_least: the mildest rung
    that the message then gets.  at_most: the harshest.  label: a name to find such messages by, no more.
    """

    add_bits: Annotated[float, Meta(ge=-MAX_BITS, le=MAX_BITS)] | None = None
    at_least: Literal["warn", "hold", "block"] | None = None
    at_most: Literal["allow", "warn", "hold"] | None = None
    label: RuleId | None = None

    def __post_init__(self) -> None:
        said = [name for name in self.__struct_fields__ if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(
                f"an effect is one of add_bits, at_least, at_most and label, but there are {len(said)}"
            )

    @property
    def told(self) -> str:
        """The effect in words."""
        if self.add_bits is not None:
            return f"adds {self.add_bits:g} bits"
        if self.at_least is not None:
            return f"at least {self.at_least}"
        return f"at most {self.at_most}" if self.at_most is not None else f"label {self.label}"


class Example(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One test of a rule: fields and their values, the others silent, and whether the rule must hit."""

    expect: bool
    given: dict[str, Any] = {}
    name: str = ""


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule as its file says it.

    expression: of the Common Expression Language, true for a hit.  author: who wrote it; owner: who answers
    for it.  state: a draft is only checked, a shadow's hits are recorded, a live one acts.  expires: the day
    (UTC, event time) from whose start it no longer holds.  share: of accounts (0..1) that
    a live rule acts on; for the others it is a shadow.  max_rate: share of messages (0..1) above which its
    hits are an alarm; on_alarm: what that does.
    """

    id: RuleId
    title: Name
    author: Name
    expression: Annotated[str, Meta(min_length=1, max_length=MAX_EXPRESSION)]
    effect: Effect
    description: Annotated[str, Meta(max_length=4000)] = ""
    owner: Annotated[str, Meta(max_length=200)] = ""
    state: State = "draft"
    expires: date | None = None
    share: Annotated[float, Meta(gt=0.0, le=1.0)] = 1.0
    max_rate: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.01
    on_alarm: Literal["shadow", "tell"] = "shadow"
    test: tuple[Example, ...] = ()

    @property
    def ends(self) -> float:
        """When it stops to hold, in seconds since the Unix epoch; infinity without an end."""
        day = self.expires
        return float("inf") if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()

    def acts_on(self, account: str) -> bool:
        """Whether an account is in the share that a live rule acts on: the same each time for a rule."""
        if self.share >= 1.0:
            return True
        drawn = hashlib.sha256(f"{self.id} {account}".encode("utf-8", "replace")).digest()
        return int.from_bytes(drawn[:8]) < self.share * 2**64

    @property
    def version(self) -> str:
        """The first 12 hex digits of the SHA-256 of what decides: expression, effect, end, share, rate."""
        decides = (self.id, self.expression, self.effect, self.expires, self.max_rate, self.share)
        return hashlib.sha256(msgspec.json.encode(decides)).hexdigest()[:12]


class Written(Struct, frozen=True, kw_only=True):
    """A rule and where it stands.  line: of its table, from 1.  body: the line its expression begins in."""

    rule: Rule
    file: str = ""
    line: int = 0
    body: int = 0


class Problem(Struct, frozen=True, kw_only=True):
    """What is wrong with a rule or its file, where, and what to do.  line: from 1, 0 for the whole file."""

    file: str
    line: int
    rule: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: rule {self.rule}: {self.reason}" if self.rule else f"{place}: {self.reason}"
