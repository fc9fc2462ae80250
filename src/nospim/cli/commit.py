"""Committing the ledger to the fields of the records that a case rests on, before it is sealed."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

from nospim.bundles.fields import KIND, committed, parse, root_of
from nospim.cases.case import Case
from nospim.cli.tables import tables_of_ledger
from nospim.facts.catalogue import QUERIES
from nospim.facts.intake import day_of
from nospim.facts.run import Facts
from nospim.ledger.errors import LockedError
from nospim.ledger.folder import JOURNAL, KEYS, length, records, writer
from nospim.ledger.keys import KeyRing
from nospim.ledger.reading import read_kind


def committed_of(ledger: Path) -> dict[int, tuple[int, bytes]]:
    """For the records that the ledger is committed to: the record that says so, and the hash in it."""
    keys = KeyRing.open(ledger / KEYS)
    found: dict[int, tuple[int, bytes]] = {}
    for one in read_kind(ledger / JOURNAL, keys, KIND, length(ledger)):
        for seq, digest in parse(one.body or b"").roots:
            found.setdefault(seq, (one.seq, bytes.fromhex(digest)))  # the first word counts
    return found


def commit(ledger: Path, wanted: Collection[int]) -> int:
    """Commit to the fields of these records, as far as that is not done yet; returns to how many anew."""
    from datetime import UTC, datetime  # noqa: PLC0415 - only here

    lacking = set(wanted) - committed_of(ledger).keys()
    if not lacking:
        return 0
    roots = {
        one.seq: root_of(one.seq, one.salt, one.body)
        for one in records(ledger, min(lacking), max(lacking) + 1)
        if one.seq in lacking and one.body is not None
    }
    try:
        journal = writer(ledger)
    except LockedError:
        print("nospim: a service writes the ledger; rows are bound to it at the next seal", file=sys.stderr)
        return 0
    try:
        for body in committed(roots):
            journal.append(KIND, body, day=day_of(datetime.now(UTC)))
        journal.commit()
    finally:
        journal.close()
    return len(roots)


def commit_case(ledger: Path, case: Case) -> int:
    """Commit to the records that bound rows of a case rest on."""
    tables, source = tables_of_ledger(ledger, case)
    bound = [query.id for query in QUERIES if query.bound]
    with Facts(tables, [(source, one) for one in case.campaigns]) as facts:
        wanted = {int(row[0]) for query in bound for row in facts.rows(query)}
    return commit(ledger, wanted)
