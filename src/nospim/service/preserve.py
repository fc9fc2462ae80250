"""What belongs to a campaign is kept: its records are held before retention would erase them.

A hold keeps the keys of single records, no copies (see `nospim.ledger.holds`).  It is named after the
campaign, lasts for the policy's term from the campaign's last day on, and ends at once where a person has
said that the campaign is none.  Holds that a person made for a case are theirs and stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from nospim.events import key
from nospim.findings import AccountFinding, Campaign, Findings
from nospim.ledger import KeyRing
from nospim.ledger.holds import Holds
from nospim.ledger.reading import headers
from nospim.sightings import ClickSeen, MessageSeen, ReportSeen, Sighting, SignInSeen

PREFIX: Final = "auto-"
"""What the names of these holds begin with; a campaign's id follows."""
UNPLACED: Final = -1
"""The place of a sighting that was logged before places were."""
DAY: Final = 86400

Placed = tuple[int, Sighting]
"""A sighting with the sequence of the record that it was seen in."""


class Kept(Struct, frozen=True, kw_only=True):
    """What one look did: campaigns held now, records in their holds, and holds that were released."""

    campaigns: int = 0
    records: int = 0
    released: int = 0


def preserve(
    findings: Findings,
    read: Callable[[], Iterable[Placed]],
    journal: Path,
    keys: KeyRing,
    dismissed: frozenset[str],
    days: int,
) -> Kept:
    """Hold what belongs to the campaigns found, and release what a person dismissed.

    read: the sightings that the findings follow from, with their places.  journal: the folder of segments.
    dismissed: campaigns, by `events.key` of source and id, that a person said are none.  days: the term
    from a campaign's last day on.  Doing it again changes nothing.
    Raises LedgerError where the journal is damaged or the disk is full.
    """
    holds, there = Holds(keys), keys.cases()
    gone = {PREFIX + name.rpartition(" ")[2] for name in dismissed} & there.keys()
    released = sum(holds.release(case) for case in sorted(gone))
    certain = [c for c in findings.campaigns if c.stopped and key(c.source, c.id) not in dismissed]
    wanted = places(certain, findings.accounts, read())
    records = 0
    for campaign in certain:
        case, seqs = PREFIX + campaign.id, wanted[campaign.id]
        until = int(campaign.last_seen.timestamp() // DAY) + days
        held = set(holds.of(case)) if case in there else set()
        missing = seqs - held
        records += len(held | seqs)
        if missing or there.get(case) != until:
            holds.hold(case, headers(journal, keys, missing), until=until)
    return Kept(campaigns=len(certain), records=records, released=released)


def places(
    campaigns: Iterable[Campaign], accounts: Iterable[AccountFinding], seen: Iterable[Placed]
) -> dict[str, set[int]]:
    """The records of each campaign: its messages, what was said of them, and its sessions' sign-ins."""
    found: dict[str, set[int]] = {campaign.id: set() for campaign in campaigns}
    of: dict[str, str] = {}
    for campaign in campaigns:
        for message in campaign.messages:
            of[key(campaign.source, message)] = campaign.id
    for account in accounts:
        for episode in account.episodes:
            if episode.campaign is not None:
                for session in episode.sessions:
                    of[f"{key(account.source, account.account)} {session}"] = episode.campaign
    for place, sighting in seen:
        campaign_id = of.get(_about(sighting) or "")
        if campaign_id in found and place > UNPLACED:
            found[campaign_id].add(place)
    return found


def _about(sighting: Sighting) -> str | None:
    """The message or session that a sighting is about."""
    if isinstance(sighting, MessageSeen | ReportSeen | ClickSeen):
        return sighting.message
    if isinstance(sighting, SignInSeen):
        return f"{sighting.account} {sighting.session}"
    return None


def dismissed_of(decided: dict[str, float], now: float) -> Iterator[str]:
    """The campaigns among the things that a person said are harmless, by `events.key`."""
    return (name for name, until in decided.items() if now < until and name.rpartition(" ")[2][:2] == "c-")
