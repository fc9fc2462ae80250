"""Building a bundle: rows, proofs, exhibits, report and seal, into a bag."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from nospim.bundles.attribution import ID as EVIDENCE
from nospim.bundles.attribution import comparison, evidence_table
from nospim.bundles.bag import Bag
from nospim.bundles.costs import costs_table
from nospim.bundles.document import Document, Exhibit
from nospim.bundles.drafts import drafts
from nospim.bundles.exhibits import exhibits
from nospim.bundles.fields import Shown, root_of
from nospim.bundles.fields import shown as show_fields
from nospim.bundles.material import Capture, Kept, Material, Table, tables_of
from nospim.bundles.page import page
from nospim.bundles.paper import paper
from nospim.bundles.privilege import Withheld, log, withheld
from nospim.bundles.provenance import provenance
from nospim.bundles.redact import People
from nospim.bundles.report import compose
from nospim.cases.case import Case
from nospim.cases.harm import Range, ranges, statutes
from nospim.errors import NospimError
from nospim.facts.catalogue import sql_of
from nospim.facts.run import Facts
from nospim.ledger.heads import Head, verify_chain
from nospim.ledger.merkle import Hashes
from nospim.ledger.proofs import batch_proof
from nospim.ledger.signing import SigningKey, sign

SEAL: Final = "application/vnd.nospim.bundle-seal+json"
_FORMULA: Final = frozenset("=+-@\t\r'")
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")
CHUNK: Final = 5000
"""Rows of a table written at a time."""


class Sources(Struct, frozen=True, kw_only=True):
    """Where a bundle's content comes from.

    entries: the case's, as they stand; places: for each the ledger's record.  hashes: of the ledger's tree.
    envelopes, answers: its statements and their stamps.  records: those of a set by number, with the content
    of those of another set.  files: the case's, by SHA-256; they go into a bundle that is not redacted.
    """

    case: Case
    entries: Sequence[bytes]
    places: dict[int, int]
    source: str
    facts: Facts
    hashes: Hashes
    envelopes: Sequence[bytes]
    answers: Sequence[Sequence[bytes]]
    records: Callable[[set[int], set[int]], dict[int, Kept]]
    committed: Mapping[int, tuple[int, bytes]] = {}
    captures: tuple[Capture, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)
    documents: tuple[tuple[int, str, bytes], ...] = ()


class Made(Struct, frozen=True, kw_only=True):
    """A bundle that was made: the hash that stands for all of it, its exhibits and figures, and what
    lacks."""

    digest: str
    exhibits: int
    figures: int
    records: int
    standard: str


def build(
    sources: Sources,
    out: Path,
    key: SigningKey,
    at: datetime,
    *,
    redact: bool = True,
    privileged: bool = False,
    printed: bool = True,
    stamp: Callable[[bytes], bytes] | None = None,
    stamped: datetime | None = None,
) -> Made:
    """Write a bundle into a new folder.

    redact: pseudonyms for people, others' words withheld; otherwise names and the originals of all records
    are inside.  privileged: with what counsel may withhold.  printed: set the PDF too.  stamp: asks a
    time-stamp authority about some bytes. stamped: the time of the head's stamp.
    Raises NospimError where something that the case rests on is gone, UsageError where the folder is in use.
    """
    head = _head(sources, key)
    people = People(secrets.token_bytes(32), redact=redact)
    tables = tables_of(sources.facts, people, sql_of)
    tables["costs"] = costs_table(sources.case, sources.places)
    compared = comparison(sources.case, sources.places, tables["linkage"].every())
    tables[EVIDENCE] = evidence_table(compared)
    wanted = set(sources.facts.records()) | set(sources.facts.campaign_records())
    shown = set(sources.places.values()) | _earlier(sources.facts)
    wanted |= shown
    wanted |= {at for at, _ in sources.committed.values()}
    kept = sources.records(wanted, wanted)
    material = Material(
        case=sources.case,
        source=sources.source,
        people=people,
        facts=sources.facts,
        tables=tables,
        records=lambda seq: kept[seq],
        places=sources.places,
        captures=sources.captures,
        comparison=compared,
    )
    bag = Bag(out)
    hashes = {name: bag.stream(f"tables/{name}.csv", _csv(table)) for name, table in tables.items()}
    made = exhibits(material)
    pictures = _exhibits(bag, made)
    harm = ranges(statutes(), _whole(tables))
    document = compose(material, made, harm, head, stamped)
    bag.add("report.html", page(document, pictures))
    standard = ""
    if printed:
        pdf, standard = paper(document, pictures)
        bag.add("report.pdf", pdf)
    bag.add("provenance.jsonld", provenance(material, made, head))
    bindings, unbound = _bindings(material, sources, kept)
    bag.add("facts.json", _facts(material, made, harm, hashes, head, unbound))
    bag.stream("ledger/bindings.jsonl", (msgspec.json.encode(one) + b"\n" for one in bindings))
    fields = sorted({one.at for one in bindings})
    bag.stream("ledger/fields.jsonl", (_opened(seq, kept[seq]) for seq in fields))
    hidden = [] if privileged else withheld(sources.entries)
    places = {sources.places[one.entry] for one in hidden}
    _ledger(bag, sources, kept, head, originals=not redact, hidden=places)
    _case(bag, sources, kept, hidden)
    if not redact:  # a mail or letter tells who wrote it; others see its hash in the case's entries
        for name, path in sorted(sources.files.items()):
            bag.add(f"case/files/{name}{_ending(path)}", path.read_bytes())
    _rest(bag, material, document, people)
    digest = bag.close(
        {
            "Source-Organization": sources.source,
            "External-Description": f"Case {sources.case.id}, sealed by nospim",
            "Bagging-Date": at.date().isoformat(),
            "Bag-Software-Agent": f"nospim {head.nospim}",
        }
    )
    answer = None if stamp is None else stamp(digest)
    if answer is not None:
        bag.seal("stamp.tsr", answer)
    bag.seal("seal.json", _seal(sources.case, head, digest, answer, key, at))
    figures = sum(len(table.query.figures) for table in tables.values())
    return Made(
        digest=digest.hex(), exhibits=len(made), figures=figures, records=len(kept), standard=standard
    )


def _head(sources: Sources, key: SigningKey) -> Head:
    """The ledger's last head, which must be the last statement and signed by this key."""
    link = verify_chain(sources.envelopes).links[-1]
    if not isinstance(link, Head) or link.key != key.public.hex():
        raise NospimError("the ledger must be sealed with this key before a bundle is made from it")
    lacking = [n for n in range(len(sources.entries)) if sources.places.get(n, link.size) >= link.size]
    if lacking:
        raise NospimError("the case has entries that the ledger's last head does not cover; seal it again")
    return link


def _earlier(facts: Facts) -> set[int]:
    found = {seq for seq, _ in facts.exemplars(3)}
    return found | {earlier for seq in list(found) for earlier, _, _ in facts.before(seq, 3)}


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: strangers chose what is in some.

    An apostrophe goes before what could begin one, and before an apostrophe, so that different cells stay so.
    """
    return f"'{cell}" if cell[:1] in _FORMULA and not _NUMBER.match(cell) else cell


def _csv(table: Table) -> Iterator[bytes]:
    """A table as CSV (RFC 4180), in pieces."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.columns)
    for place, row in enumerate(table.rows(None), 1):
        writer.writerow(map(harmless, row))
        if place % CHUNK == 0:
            yield text.getvalue().encode("utf-8", "replace")
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode("utf-8", "replace")


def _exhibits(bag: Bag, made: Sequence[Exhibit]) -> dict[str, bytes]:
    """Write the exhibits' files; returns the pictures among them."""
    pictures = {}
    for exhibit in made:
        for name, data in exhibit.content:
            bag.add(f"exhibits/{name}", data)
            if name.endswith("blurred.png"):
                pictures[f"exhibits/{name}"] = data
    return pictures


def _whole(tables: dict[str, Table]) -> dict[str, int]:
    """The figures that are whole numbers, for arithmetic."""
    return {
        figure.key: int(value)
        for table in tables.values()
        for figure, value in zip(table.query.figures, table.values, strict=True)
        if value.isdigit()
    }


def _facts(
    m: Material,
    made: Sequence[Exhibit],
    harm: Sequence[Range],
    hashes: dict[str, str],
    head: Head,
    unbound: Sequence[int],
) -> bytes:
    """The manifest of the report: each figure with query, rule and rows; exhibits; redactions; ranges."""
    queries = [
        {
            "id": name,
            "title": table.query.title,
            "rule": table.query.rule,
            "sql": table.sql,
            "file": f"data/tables/{name}.csv",
            "sha256": hashes[name],
            "columns": list(table.columns),
            "bound": [list(one) for one in table.query.bound],
            "rows": table.total,
            "figures": [
                {
                    "key": figure.key, "title": figure.title, "value": value, "operation": figure.operation,
                    "column": figure.column, "where": list(figure.where) if figure.where else None,
                }
                for figure, value in zip(table.query.figures, table.values, strict=True)
            ],
        }
        for name, table in m.tables.items()
    ]  # fmt: skip
    told = {
        "form": "nospim-bundle/1",
        "case": {"id": m.case.id, "title": m.case.opened.title, "state": m.case.state},
        "source": m.source,
        "campaigns": list(m.case.campaigns),
        "redacted": m.people.redact,
        "head": {"number": head.number, "size": head.size, "root": head.root},
        "queries": queries,
        "exhibits": [
            {
                "number": one.number, "title": one.title, "steps": list(one.steps),
                "records": list(one.records),
                "files": [
                    {"path": f"data/exhibits/{name}", "sha256": hashlib.sha256(data).hexdigest()}
                    for name, data in one.content
                ],
            }
            for one in made
        ],
        "redactions": [one for exhibit in made for one in exhibit.redactions],
        "ranges": list(harm),
        "unbound": list(unbound),
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def _ledger(
    bag: Bag, sources: Sources, kept: dict[int, Kept], head: Head, *, originals: bool, hidden: set[int]
) -> None:
    """Write the records, their proof, the statements and stamps, and, if asked, the originals."""
    numbers = sorted(kept)
    rows = "".join(f"{seq},{kept[seq].kind},{kept[seq].leaf.hex()}\r\n" for seq in numbers)
    bag.add("ledger/records.csv", b"seq,kind,leaf\r\n" + rows.encode())
    proof = batch_proof(sources.hashes, numbers, head.size)
    bag.stream("ledger/proof.txt", (one.hex().encode() + b"\n" for one in proof))
    for number, envelope in enumerate(sources.envelopes):
        bag.add(f"ledger/heads/{number:09d}.json", envelope)
        for place, answer in enumerate(sources.answers[number], 1):
            bag.add(f"ledger/heads/{number:09d}.{place}.tsr", answer)
    if originals:
        bag.stream(
            "ledger/originals.jsonl",
            (_opened(seq, kept[seq]) for seq in numbers if kept[seq].body and seq not in hidden),
        )


def _bindings(m: Material, sources: Sources, kept: dict[int, Kept]) -> tuple[list[Shown], list[int]]:
    """Of each record with bound rows the fields that they show; and the records that nothing was committed
    to."""
    paths: dict[int, set[str]] = {}
    for table in m.tables.values():
        if table.query.bound:
            for row in table.rows(None):
                paths.setdefault(int(row[0]), set()).update(path for _, path, _ in table.query.bound)
    bindings, unbound = [], []
    for seq, wanted in sorted(paths.items()):
        record, told = kept[seq], sources.committed.get(seq)
        if told is None or record.body is None or root_of(seq, record.salt, record.body) != told[1]:
            unbound.append(seq)
        else:
            bindings.append(show_fields(seq, told[0], record.salt, record.body, wanted))
    return bindings, unbound


def _opened(seq: int, kept: Kept) -> bytes:
    salt, body = (base64.b64encode(each or b"").decode() for each in (kept.salt, kept.body))
    return msgspec.json.encode({"seq": seq, "salt": salt, "body": body}) + b"\n"


def _case(bag: Bag, sources: Sources, kept: dict[int, Kept], hidden: Sequence[Withheld]) -> None:
    """Write the case's entries: the hash of each, and the content of those that counsel need not withhold."""
    names = [hashlib.sha256(data).hexdigest() for data in sources.entries]
    bag.add("case/entries.txt", "".join(f"{name}\n" for name in names).encode())
    shown = []
    closed = {one.entry for one in hidden}
    for number in range(len(sources.entries)):
        if number in closed:
            continue
        shown.append(_opened(sources.places[number], kept[sources.places[number]]))
    bag.stream("case/opened.jsonl", shown)
    bag.add("case/privilege-log.csv", log(hidden))
    for entry, name, content in sources.documents:
        bag.add(f"documents/{entry:06d}-{name}", content)


def _ending(path: Path) -> str:
    return path.suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", path.suffix) else ""


def _rest(bag: Bag, m: Material, document: Document, people: People) -> None:
    """Write what explains the bundle, the drafts for counsel, and who is who."""
    source = files("nospim.bundles")
    bag.add("verify.py", source.joinpath("verify.py").read_bytes())
    bag.add("README.txt", source.joinpath("templates", "README.txt").read_bytes())
    for name, text in drafts(m, document).items():
        bag.add(f"drafts/{name}", text.encode())
    if people.redact:
        rows = "".join(f"{pseudonym},{commitment}\r\n" for pseudonym, commitment in people.commitments())
        bag.add("pseudonyms.csv", b"pseudonym,commitment\r\n" + rows.encode())


def _seal(
    case: Case, head: Head, digest: bytes, answer: bytes | None, key: SigningKey, at: datetime
) -> bytes:
    told: dict[str, Any] = {
        "form": "nospim-seal/1",
        "case": case.id,
        "at": at,
        "head": head.number,
        "manifest": digest.hex(),
        "stamp": None if answer is None else hashlib.sha256(answer).hexdigest(),
    }
    return sign(msgspec.json.encode(told), SEAL, [key])
