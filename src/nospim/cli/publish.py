"""The command ``nospim publish``: what was learned, as a list that others can use."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from nospim.adapters.files import EventFiles
from nospim.adapters.interface import Refusal
from nospim.cli.scan import read_policy
from nospim.events import Labelled, Ref
from nospim.sharing import (
    Found,
    Label,
    Victims,
    captures_in,
    choose,
    findings_in,
    last_book,
    latest,
    put_out,
    read_victims,
    renew,
    usual_place,
    write_victims,
)

OPENED_BY: Final = "NOSPIM_LIST_PASSPHRASE"
"""Environment variable: what opens the key, where it is locked."""


def publish(
    scans: list[Path],
    /,
    *,
    out: Path,
    labels: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    captures: Annotated[tuple[Path, ...], Parameter(consume_multiple=True)] = (),
    policy: Path | None = None,
    key: Path | None = None,
    publisher: str = "",
    private: Path | None = None,
    at: datetime | None = None,
    quiet: bool = False,
) -> None:
    """Publish what was learned as lists for others: lures' places and fake accounts, never a victim's.

    Parameters
    ----------
    scans
        Folders that nospim scan wrote.
    out
        Folder to put the list into, fit to be served over HTTP.
    labels
        Files of events whose im.label events are people's decisions.
    captures
        Folders with captures of pages.
    policy
        Policy file in TOML, whose own and allowed names are never listed.
    key
        Ed25519 key (PKCS #8, PEM) to sign with; NOSPIM_LIST_PASSPHRASE opens it.
    publisher
        Who publishes, as readers of the list are told.
    private
        Folder for the history and for who was ever a victim, never shared; by default in the user's state.
    at
        When the list is made; now where left out.
    quiet
        Do not say what was not listed, and why.
    """
    now = (at or datetime.now(UTC)).astimezone(UTC)
    settings = read_policy(policy)
    campaigns, accounts = findings_in(scans)
    kept = usual_place(out) if private is None else private
    known = read_victims(kept)
    found = Found(
        campaigns=campaigns,
        accounts=accounts,
        labels=_labels(labels),
        captures=captures_in(captures),
        own=frozenset([*settings.lists.own_names, *settings.lists.allow_destinations]),
        victims=frozenset(known.victims),
        servers=frozenset(known.servers),
    )
    chosen = choose(found, now)
    against = chosen.objections
    write_victims(
        kept, Victims(victims=tuple(sorted(against.hashed)), servers=tuple(sorted(against.servers)))
    )
    before, previous = last_book(out, kept)
    book = renew(before, chosen, latest(found.labels, now), now, previous=previous, publisher=publisher)
    if not quiet:
        for refused in chosen.refused:
            print(f"not listed: {refused.kind} {refused.value}: {refused.why}")
    if book is None:
        print(f"{out}: nothing has changed since version {0 if before is None else before.version}")
        return
    put_out(book, out, kept, key, os.environ.get(OPENED_BY, ""))
    taken = sum(one.at == now for one in book.withdrawn)
    print(f"{out}: version {book.version}, {len(book.entries)} entries, {taken} taken back")


def _labels(names: tuple[str, ...]) -> tuple[Label, ...]:
    found = []
    for item in EventFiles(names) if names else ():
        if isinstance(item, Refusal) or not isinstance(item[2], Labelled):
            continue
        event, data = item[2], item[2].data
        target = data.target.id if isinstance(data.target, Ref) else data.target
        found.append(Label(target=target, label=data.label, at=event.time, until=data.expires))
    return tuple(found)
