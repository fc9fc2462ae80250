"""What a case's hold does to the ledger: the records that the case rests on keep keys of their own."""

from __future__ import annotations

from nospim.cases.case import Case
from nospim.cases.interface import CaseStore
from nospim.cli.tables import tables_of_ledger
from nospim.facts.run import Facts
from nospim.ledger.folder import KEYS, records
from nospim.ledger.holds import Holds
from nospim.ledger.keys import KeyRing


def hold_records(case: Case, store: CaseStore) -> tuple[int, int]:
    """Hold every record that a row, a campaign or an exhibit of the case rests on, and the case's own.

    Returns how many are held, and how many were erased before.
    """
    ledger = store.home / case.opened.ledger
    tables, source = tables_of_ledger(ledger, case)
    with Facts(tables, [(source, campaign) for campaign in case.campaigns]) as facts:
        wanted = set(facts.records()) | set(facts.campaign_records()) | set(store.places(case.id).values())
        for seq, _ in facts.exemplars(3):
            wanted.update(earlier for earlier, _, _ in facts.before(seq, 3))
    keys = KeyRing.open(ledger / KEYS)
    held = Holds(keys).hold(case.id, (one for one in records(ledger) if one.seq in wanted))
    return held.held, len(held.erased)


def release_records(case: Case, store: CaseStore) -> None:
    """Let the records of a case go; what its day's key no longer opens is gone."""
    Holds(KeyRing.open(store.home / case.opened.ledger / KEYS)).release(case.id)
