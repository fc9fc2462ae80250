"""A small ledger, case and bundle in a folder, made as the commands make them, to attack and to measure."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.story import HERE, STORY
from nospim.bundles.build import Made, Sources, build
from nospim.bundles.fields import KIND as FIELDS
from nospim.bundles.fields import committed, root_of
from nospim.bundles.material import kept_of
from nospim.cases import decisions as d
from nospim.cases.case import add, first_entry, fold, next_entry
from nospim.facts.run import Facts
from nospim.facts.tables import project
from nospim.ledger.folder import records, writer
from nospim.ledger.seals import Seals
from nospim.ledger.signing import SigningKey

AT = datetime(2026, 4, 1, 9, tzinfo=UTC)
DAY = 20514
DECISIONS: tuple[d.Decision, ...] = (
    d.PersonAdded(person="cora", role="counsel"),
    d.NoteAdded(text="the page moved on 3 March"),
    d.NoteAdded(text="ask the registrar first", mark="privileged"),
    d.CostAdded(
        kind="staff", task="reset accounts", day=date(2026, 3, 4), currency="USD", person="ivo", hours="3.5",
        rate="85",
    ),
    d.CostAdded(
        kind="invoice", task="forensics", day=date(2026, 3, 9), currency="USD", amount="1250.00",
        invoice="F-7",
    ),
    d.DoeAdded(
        name="Doe 1", identifiers=(d.Identifier(kind="registrar", value="bad.example"),),
        speaks_against="hosts are rented",
    ),
    d.EvidenceWeighed(
        text="both waves stop on Sundays", same=0.6, kit=0.2, coincidence=0.14, framing=0.1,
        source="lea: one day in seven stands out by chance",
    ),
)  # fmt: skip


class SmallCase:
    """A ledger of the story's records with a case on its campaign, sealed."""

    def __init__(self, folder: Path, key: SigningKey) -> None:
        self.folder, self.key = folder, key
        self.ledger = folder / "ledger"
        self.entries = [first_entry("K-1", d.Opened(title="Pictures of you", campaigns=("c-1",)), AT, "lea")]
        self.case = fold(self.entries)
        for decision in DECISIONS:
            self.entries.append(next_entry(self.case, decision, AT, "lea"))
            self.case = add(self.case, self.entries[-1], len(self.entries) - 1)
        journal = writer(self.ledger)
        for kind, row in STORY:
            journal.append(kind, json.dumps(row).encode(), day=DAY)
        self.places = {n: journal.append("case", e, day=DAY) for n, e in enumerate(self.entries)}
        journal.commit()
        taken = {one.seq: one for one in journal.read()}
        roots = {
            seq: root_of(seq, one.salt, one.body)
            for seq, one in taken.items()
            if one.body is not None and one.kind not in {"case", FIELDS}
        }
        (body,) = committed(roots)
        at = journal.append(FIELDS, body, day=DAY)
        self.committed = {seq: (at, digest) for seq, digest in roots.items()}
        self.size = journal.next
        journal.close()
        self.tables = folder / "tables"
        project(records(self.ledger), self.tables)
        with Seals(self.ledger) as seals:
            seals.extend(records(self.ledger, 0, self.size - 2))
            seals.seal(key, AT, "standard")
            seals.extend(records(self.ledger, self.size - 2, self.size))
            seals.seal(key, AT, "standard")

    def bundle(
        self,
        out: Path,
        *,
        redact: bool = True,
        printed: bool = True,
        stamp: Callable[[bytes], bytes] | None = None,
    ) -> Made:
        """Build the case's bundle."""
        with Seals(self.ledger) as seals, Facts(self.tables, [(HERE, "c-1")], threads=1) as facts:
            sources = Sources(
                case=self.case,
                entries=self.entries,
                places=self.places,
                source=HERE,
                facts=facts,
                hashes=seals.tree,
                envelopes=seals.envelopes,
                answers=seals.answers,
                committed=self.committed,
                records=lambda wanted, shown: kept_of(records(self.ledger), wanted, shown),
            )
            return build(sources, out, self.key, AT, redact=redact, printed=printed, stamp=stamp)


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a folder by their paths in it."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(found)}
