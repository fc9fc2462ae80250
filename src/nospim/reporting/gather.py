"""What a ledger holds about campaigns, in two passes: what was concluded, then who is in their messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from nospim.errors import NospimError
from nospim.events import InvalidEventError, Labelled, MessageSent, Ref, decode, key, split_key
from nospim.findings import AccountFinding, Campaign, Operator
from nospim.ledger.record import Record
from nospim.sharing import Label

LABEL: Final = b"im.label"
SENT: Final = b"im.message.sent"


class Gathered(Struct, frozen=True, kw_only=True):
    """names: everybody who sent or got a message of the campaigns, or was judged in the same service."""

    campaigns: tuple[Campaign, ...]
    operators: tuple[Operator, ...]
    accounts: tuple[AccountFinding, ...]
    labels: tuple[Label, ...]
    names: frozenset[str]


def gather(read: Callable[[], Iterable[Record]], wanted: Sequence[str]) -> Gathered:
    """What the records hold about these campaigns.  read: the records in order, afresh at each call.

    The last scan that was taken in counts.  Raises NospimError where a campaign is not in the ledger, or its
    record was erased.
    """
    concluded = _concluded(read())
    lacking = [name for name in wanted if name not in concluded.campaigns]
    if lacking:
        raise NospimError(
            f"the ledger knows no campaign {', '.join(lacking)}; was the scan taken in with it?"
        )
    campaigns = tuple(_campaign(concluded, name) for name in wanted)
    messages = {split_key(key(one.source, message)) for one in campaigns for message in one.messages}
    told = {account for one in campaigns for account in one.accounts}
    told |= {name for one in campaigns for i in one.infections for name in (i.account, i.infected_by) if name}
    names = {one if isinstance(one, str) else one.id for one in told}
    names |= {one.account for one in concluded.accounts.values()}
    labels: list[Label] = []
    for event in _events(read()):
        if isinstance(event, MessageSent) and (event.source, event.id) in messages:
            names.add(event.subject)
            names.update(one.id if isinstance(one, Ref) else one for one in event.data.to)
        elif isinstance(event, Labelled):
            target = event.data.target.id if isinstance(event.data.target, Ref) else event.data.target
            labels.append(
                Label(target=target, label=event.data.label, at=event.time, until=event.data.expires)
            )
    return Gathered(
        campaigns=campaigns,
        operators=tuple(concluded.operators.values()),
        accounts=tuple(concluded.accounts.values()),
        labels=tuple(labels),
        names=frozenset(names),
    )


class _Concluded(Struct):
    campaigns: dict[str, dict[str, Any]] = {}
    members: dict[str, list[Any]] = {}
    operators: dict[str, Operator] = {}
    accounts: dict[tuple[str, str], AccountFinding] = {}


def _concluded(records: Iterable[Record]) -> _Concluded:
    found = _Concluded()
    for record in records:
        if record.body is None:
            continue
        if record.kind == "campaign":
            row = msgspec.json.decode(record.body)
            found.campaigns[row["id"]] = row
            found.members[row["id"]] = []
        elif record.kind == "members":
            row = msgspec.json.decode(record.body)
            found.members.setdefault(row["campaign"], []).extend(row["messages"])
        elif record.kind == "operator":
            operator = msgspec.json.decode(record.body, type=Operator)
            found.operators[operator.id] = operator
        elif record.kind == "account":
            account = msgspec.json.decode(record.body, type=AccountFinding)
            found.accounts[account.source, account.account] = account
    return found


def _campaign(found: _Concluded, name: str) -> Campaign:
    row = {**found.campaigns[name], "messages": found.members[name]}
    try:
        return msgspec.convert(row, type=Campaign)
    except msgspec.ValidationError as error:
        raise NospimError(f"the ledger's campaign {name} cannot be read: {error}") from None


def _events(records: Iterable[Record]) -> Iterator[object]:
    for record in records:
        if record.kind != "event" or record.body is None:
            continue
        if SENT in record.body or LABEL in record.body:
            try:
                yield decode(record.body)
            except InvalidEventError:
                continue
