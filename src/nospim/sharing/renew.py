"""The next version of a list: what is new, what goes on, what has ended, and what is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from nospim.links import LinkLists
from nospim.sharing.choose import BAD, Chosen, Label, Objections
from nospim.sharing.listing import Book, Listing, Why, Withdrawn, digest

TOLD: Final = timedelta(days=365)
"""How long a list says that an entry was taken back; after an appeal for ever, so that it stays away."""


def renew(
    before: Book | None,
    chosen: Chosen,
    labels: Mapping[str, Label],
    at: datetime,
    *,
    previous: str = "",
    publisher: str = "",
    lists: LinkLists | None = None,
) -> Book | None:
    """The next version, or None where it would say what the last one says.

    before: the last version; previous: SHA-256 of its bytes.  labels: in force, by bare name.  at: when the
    new version is made.
    An entry ends by its date, is taken back where an objection meets it, and stays away after an appeal
    until a person labels it anew.
    """
    lists = LinkLists.shipped() if lists is None else lists
    old = {} if before is None else {one.sha256: one for one in before.entries}
    past = () if before is None else before.withdrawn
    gone = {w.sha256: w for w in past if w.why == "appeal" or at < w.at + TOLD}
    named = {digest(name): label for name, label in labels.items()}
    against = _hashed(chosen.objections)
    entries: dict[str, Listing] = {}
    for one in chosen.listings:
        barred = gone.get(one.sha256)
        if barred is not None and barred.why == "appeal" and not _anew(named.get(one.sha256), barred):
            continue
        earlier = old.get(one.sha256)
        entries[one.sha256] = one if earlier is None else replace(one, since=earlier.since)
        gone.pop(one.sha256, None)
    for key, one in old.items():
        why = _objection(one, chosen.objections, against, lists)
        if why is None and key not in entries and at >= one.until:
            why = "expiry"
        if why is not None:
            entries.pop(key, None)
            gone[key] = Withdrawn(kind=one.kind, value=one.value, sha256=key, at=at, why=why)
        elif key not in entries:
            entries[key] = one
    kept = tuple(sorted(entries.values(), key=lambda e: (e.kind, e.sha256)))
    ended = tuple(sorted(gone.values(), key=lambda w: (w.at, w.sha256)))
    if before is not None and (before.entries, before.withdrawn) == (kept, ended):
        return None
    version = 1 if before is None else before.version + 1
    return Book(
        publisher=publisher, version=version, previous=previous, issued=at, entries=kept, withdrawn=ended
    )


def _anew(label: Label | None, barred: Withdrawn) -> bool:
    return label is not None and label.label in BAD and label.at > barred.at


def _hashed(against: Objections) -> dict[str, Why]:
    """The objections as hashes, by which a shared account is met."""
    found: dict[str, Why] = {}
    for name in against.good:
        found[digest(name)] = "appeal"
    for hashed in against.hashed:
        found[hashed] = "victim"
    return found


def _objection(one: Listing, against: Objections, hashed: Mapping[str, Why], lists: LinkLists) -> Why | None:
    if one.sha256 in hashed:
        return hashed[one.sha256]
    if one.kind == "host" and (why := against.to_host(one.value, lists)) is not None:
        return "appeal" if why == "a person cleared it" else "victim" if "victim" in why else "shared"
    return None
