"""The part of the policy that only a running service reads: its clock, its budget, and whom it tells."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

MAX_WAITING = 100_000
Share = Annotated[float, Meta(gt=0.0, le=1.0)]


class ServiceSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How `nospim serve` takes events in.

    event_time: what happens to an event whose time is more than `skew` seconds from the service's clock:
    `clamp` takes the clock's time for it, `refuse` refuses it, `trust` believes it (rehearsals, replays of
    old logs).  fsync: when what was acknowledged is forced onto the disk: before `every` answer, at an
    `interval` of a second (a power cut may lose that second, a crash of the program nothing), or `never`
    (the operating system decides).  waiting: events that may wait to be written before more are turned
    away.  remembered: events per generation whose repeat is answered from memory; two are kept.
    snapshot_events: events after which the memory is saved, so that a start has fewer to replay.
    """

    event_time: Literal["clamp", "refuse", "trust"] = "clamp"
    skew: Annotated[float, Meta(gt=0.0, le=86400.0)] = 30.0
    fsync: Literal["every", "interval", "never"] = "every"
    waiting: Annotated[int, Meta(ge=1, le=MAX_WAITING)] = 2000
    remembered: Annotated[int, Meta(ge=16, le=10_000_000)] = 65_536
    snapshot_events: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 1_000_000


class EnforcementSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much the service may enforce before it only takes notes.

    shadow: judge and record, but let every message pass and ask for nothing.
    per_minute, share: in any minute at most `per_minute` messages stopped and actions asked for, or
    `share` of the messages of that minute if that is more; beyond it enforcement turns into shadow until
    a person resets it.
    """

    shadow: bool = False
    per_minute: Annotated[int, Meta(ge=1, le=10_000_000)] = 300
    share: Share = 0.4


class PrivacySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked of people before they read content, or let it leave the house.

    four_eyes: somebody else than who exports must approve it.  reasons: every reading needs a reason.
    """

    four_eyes: bool = False
    reasons: bool = False


class RecoverySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the owner of a hijacked account is told, other than through that account.

    webhook: an http or https address that gets a JSON object for each owner to be told.  command: a
    program with its arguments that gets the same object on standard input.  At most one of them.
    language: of the notices, where the account's is not known.  service_name, help: what the notices call
    the service, and where they send an owner for help (an address, a page, a telephone number).
    """

    webhook: Annotated[str, Meta(pattern=r"^(https?://\S+)?$")] = ""
    command: tuple[str, ...] = ()
    language: Annotated[str, Meta(pattern=r"^[a-z]{2}$")] = "en"
    service_name: Annotated[str, Meta(max_length=200)] = ""
    help: Annotated[str, Meta(max_length=500)] = ""

    def __post_init__(self) -> None:
        if self.webhook and self.command:
            raise ValueError("recovery: set `webhook` or `command`, not both; an owner is told once")


class RetentionSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many days the ledger keeps things that no case holds; days count from the day of the record.

    content: people's words, as received.  risk: what was concluded, without words.  campaign: how long what
    belongs to a campaign is held, from the campaign's last day on, whatever the two others say.
    """

    content_days: Annotated[int, Meta(ge=1, le=36_525)] = 30
    risk_days: Annotated[int, Meta(ge=1, le=36_525)] = 180
    campaign_days: Annotated[int, Meta(ge=1, le=36_525)] = 180

    def __post_init__(self) -> None:
        if self.content_days > self.risk_days:
            raise ValueError("retention: content_days may not be more than risk_days")
