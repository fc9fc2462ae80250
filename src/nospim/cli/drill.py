"""The command ``nospim drill``: write a made-up world with attackers in it, to rehearse with."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nospim.errors import UsageError

if TYPE_CHECKING:
    from nospim.drill import Plan


def drill(
    out: Path,
    /,
    *,
    tactics: list[str] | None = None,
    accounts: int = 400,
    days: int = 14,
    seed: int = 1,
    start: datetime | None = None,
    hijacked: int = 14,
    fakes: int = 8,
    operators: int = 4,
    chat: float = 4.0,
    controls: list[str] | None = None,
    encrypted: float = 0.01,
    receipts: float = 0.0,
    well_known: float = 0.0,
    federated: float = 0.0,
    files: float = 0.0,
    broken: float = 0.0,
    captures: float = 0.0,
    decoys: float = 0.0,
    force: bool = False,
) -> None:
    """Write a made-up world to rehearse with: a chat service's events, its attackers, and the truth.

    Writes `events.jsonl.gz`, `truth.jsonl.gz` and `drill.json` into OUT. Scan the events, then score
    the scan against the truth. The same numbers give the same bytes. People, texts, addresses,
    networks and hosts are made up; nothing is contacted.

    Parameters
    ----------
    out
        Folder to write to; it is made.
    tactics
        Ways of attack, one campaign each; without it: classic, roster_order, rotating, slow,
        conversational, obfuscated, proxy, fresh, nolink, worm, token, scrape_only. There are also:
        slow_days, few, spun, unique, published, shortened, pieces, picture, moved, poisoned,
        companion, harvested, framing, rooms, redirected, file, sprayed.
    accounts
        People of the service.
    days
        Days of chat.
    seed
        Another seed, another world.
    start
        First day, as 2026-01-12.
    hijacked
        Accounts that a campaign enters, at most.
    fakes
        Accounts that a campaign of made-up accounts makes.
    operators
        Thieves who share the campaigns out.
    chat
        Messages that a person writes a day, on average.
    controls
        Benign look-alikes; without it: invite, new_number, holiday, viral, shop, club,
        fundraising, new_phone, travel, support, app, newcomer, apology, quoting. There are also:
        chain, news, emergency, election, migration, carrier, brigaded.
    encrypted
        Share of pairs whose chat is end-to-end encrypted.
    receipts
        Share of messages with a delivery receipt.
    well_known
        Share of links in chat that lead to well-known sites where anyone may publish.
    federated
        Share of people who are on another service; its events have another source.
    files
        Share of messages in chat that bring a file.
    broken
        Lines that are no events, or of unknown types, for each one that is.
    captures
        Share of links new to the service behind which the operator looks.
    decoys
        Share of campaigns whose page is given a decoy, with which the thief then tries to sign in.
    force
        Write although OUT holds a drill already.
    """
    from nospim.drill import CONTROLS, FIRST_DAY, TACTICS, Plan  # noqa: PLC0415 - the drill loads only here

    try:
        plan = Plan(
            seed=seed,
            accounts=accounts,
            days=days,
            start=FIRST_DAY if start is None else _in_utc(start),
            tactics=TACTICS if tactics is None else tuple(tactics),
            controls=CONTROLS if controls is None else tuple(controls),
            hijacked_per_campaign=hijacked,
            fakes_per_campaign=fakes,
            operators=operators,
            chat_per_day=chat,
            encrypted=encrypted,
            receipts=receipts,
            well_known=well_known,
            federated=federated,
            files=files,
            broken=broken,
            captures=captures,
            decoys=decoys,
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    _write(plan, out, force)


def _write(plan: Plan, out: Path, force: bool) -> None:
    from nospim.drill import generate, write_world  # noqa: PLC0415

    if (out / "drill.json").exists() and not force:
        raise UsageError(f"{out} holds a drill already; give another folder, or --force to write over it")
    world = generate(plan)
    write_world(world, out)
    told = f"wrote {len(world.events):,} events and {len(world.truth):,} truths to {out}"
    print(f"{told}; scan them with: nospim scan {out / 'events.jsonl.gz'} --out {out}-scan", file=sys.stderr)


def _in_utc(start: datetime) -> datetime:
    return start if start.tzinfo is not None else start.replace(tzinfo=UTC)
