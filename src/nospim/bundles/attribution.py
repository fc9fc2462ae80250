"""Who is behind it, as a bundle tells it: persons unknown with what would identify them, and the hypotheses
compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from nospim.bundles.document import Block, Grid, Heading, Paragraph, Part, Words
from nospim.bundles.material import Material, Table, numbers
from nospim.cases.case import Case
from nospim.cases.hypotheses import (
    HYPOTHESES,
    TITLES,
    Comparison,
    Shared,
    assumptions,
    compare,
    in_words,
    pieces_of,
    weighed,
)
from nospim.cases.identify import leads
from nospim.facts.catalogue import Figure, Query

ID: Final = "evidence"
COLUMNS: Final = (
    "seq", "kind", "piece", "counted", "why_not", *(f"p_{name}" for name in HYPOTHESES),
    *(f"tens_{name}" for name in HYPOTHESES), *(f"source_{name}" for name in HYPOTHESES),
)  # fmt: skip
SHOWN: Final = 25
"""Pieces of evidence that are printed; all are in the table."""


def comparison(case: Case, places: Mapping[int, int], linkage: Iterable[Mapping[str, str]]) -> Comparison:
    """The hypotheses over all pieces: those that the ledger's linkage gives, and those that people weighed.

    places: the ledger's record of each entry of the case.  linkage: rows of the stored query, by column.
    """
    shared = [
        Shared(
            seq=int(row["seq"]),
            kind=row["kind"],
            value=row["value"],
            grade=row["grade"],
            against=row["speaks_against"],
            seen=int(row["seen"]) if row["seen"] else None,
            among=int(row["among"]) if row["among"] else None,
        )
        for row in linkage
    ]
    own = [
        weighed(
            places.get(number, 0), one.text, {name: getattr(one, name) for name in HYPOTHESES}, one.source
        )
        for number, one in sorted(case.weighed.items())
    ]
    return compare([*pieces_of(shared, assumptions()), *own])


def evidence_table(found: Comparison) -> Table:
    """The pieces as a table like those of the stored queries, so that its sums are checked the same way."""
    rows = [
        (
            str(one.seq), one.kind, one.text, "yes" if one.counted else "no", one.why_not,
            *(f"{value:.6f}" for value in one.likelihoods),
            *(f"{math.log10(value):.3f}" for value in one.likelihoods), *one.sources,
        )
        for one in found.pieces
    ]  # fmt: skip
    figures = tuple(
        Figure(
            key=f"evidence_{name}",
            title=f"tenfold steps of likelihood, if it is {TITLES[name]}",
            operation="sum",
            column=f"tens_{name}",
            where=("counted", "yes"),
        )
        for name in HYPOTHESES
    )
    query = Query(
        id=ID,
        title="What speaks for and against one operator",
        rule="One row for each piece of evidence: how likely it is under each hypothesis, where that comes "
        "from, and its decimal logarithm. Marks that are too common are not counted, and of each kind "
        "only the one that tells most; the sums are of those that are counted.",
        figures=figures,
    )

    def some(most: int | None) -> Iterator[tuple[str, ...]]:
        yield from rows[:most]

    any_counted = any(one.counted for one in found.pieces)
    values = tuple(f"{ten:.3f}" if any_counted else "0" for ten in found.tens)
    return Table(query=query, columns=COLUMNS, values=values, rows=some, total=len(rows), sql="")


def doe_blocks(m: Material) -> list[Block]:
    """The persons unknown so far, each with what would identify them, most urgent first."""
    blocks: list[Block] = []
    seen = last_seen(m.tables)
    for name, doe in m.case.does.items():
        named = m.case.named.get(name)
        said = f"{name}: {named.name}, by {named.basis}" if named else f"{name}: not named yet."
        blocks.append(
            _plain(
                f"{said} Graded {doe.grade}. For it: {doe.speaks_for or 'nothing noted'}. "
                f"Against it: {doe.speaks_against or 'nothing noted'}."
            )
        )
        rows = tuple(
            (
                lead.identifier.kind,
                lead.identifier.value,
                f"{lead.who}: {lead.holder.holds}",
                lead.holder.instrument,
                f"{lead.until:%Y-%m-%d}" if lead.until else f"{lead.holder.days} days after its last use",
            )
            for lead in leads(doe, seen)
        )
        if rows:
            blocks.append(
                Grid(
                    columns=(
                        "kind",
                        "identifier",
                        "who would know, from what",
                        "instrument",
                        "kept until, about",
                    ),
                    rows=rows,
                    right=(False,) * 5,
                    wide=(2, 4, 6, 6, 3),
                    note="How long records are kept is a contract, a law or a guess; which, and its source, "
                    "is in the subpoena schedule under drafts. Ask for preservation first.",
                )
            )
    return blocks


def last_seen(tables: Mapping[str, Table]) -> dict[str, datetime]:
    """When the ledger last saw hosts and addresses of the case: hosts until the last message."""
    found: dict[str, datetime] = {}
    ended = numbers(tables)["last_seen"].value
    if ended:
        for row in tables["links"].every():
            host = row["host"]
            names = {host, ".".join(host.split(".")[-2:])}
            found.update(dict.fromkeys(names, _moment(ended)))
    for row in tables["sign_ins"].every():
        if row["ip"]:
            at = _moment(row["time"])
            found[row["ip"]] = max(at, found.get(row["ip"], at))
    return found


def hypothesis_blocks(m: Material, found: Comparison) -> list[Block]:
    """The comparison of hypotheses: likelihoods, the table of what speaks against each, what it hinges on."""
    if not found.pieces:
        return []
    counted = [at for at, piece in enumerate(found.pieces) if piece.counted]
    blocks: list[Block] = [Heading(text="Hypotheses compared", level=3)]
    if not counted:
        blocks.append(_plain("No piece of evidence is telling enough to compare hypotheses."))
    else:
        blocks += [_conclusion(m, found), *_hinge(found)]
    marks = tuple(
        (
            f"{at + 1}", piece.text, *(f"{value:.3g}" for value in piece.likelihoods),
            *(piece.mark(place) if piece.counted else "" for place in range(4)),
        )
        for at, piece in enumerate(found.pieces[:SHOWN])
    )  # fmt: skip
    blocks.append(
        Grid(
            columns=(
                "",
                "evidence",
                *(f"if {TITLES[name]}" for name in HYPOTHESES),
                "one",
                "kit",
                "coin.",
                "framed",
            ),
            rows=marks,
            right=(True, False, True, True, True, True, False, False, False, False),
            wide=(2, 16, 5, 6, 6, 6, 3, 3, 3, 4),
            note="Left, how likely the piece is under each hypothesis; right, as in an analysis of competing "
            "hypotheses (Heuer 1999): + fits, - speaks against, -- speaks strongly against. Pieces "
            "without marks are not counted. The source of each likelihood is in tables/evidence.csv.",
        )
    )
    return blocks


def _conclusion(m: Material, found: Comparison) -> Paragraph:
    f = m.figure
    parts: list[Part] = []
    for at, name in enumerate(HYPOTHESES):
        parts += [
            Words(f"{'' if at else 'Tenfold steps of likelihood: '}{TITLES[name]} "),
            f(f"evidence_{name}"),
            Words(f" (against it {found.inconsistency[at]:.1f}){'; ' if at < 3 else '. '}"),
        ]
    least = min(range(4), key=lambda at: found.inconsistency[at])
    parts.append(
        Words(
            f"Under equal priors {TITLES[found.leader]} is {_times(found.ratio)} as likely as "
            f"{TITLES[found.second]}: {in_words(found.ratio)} support. The least speaks against "
            f"{TITLES[HYPOTHESES[least]]}. What is assumed and what was counted stands beside each "
            f"likelihood."
        )
    )
    return Paragraph(parts=tuple(parts))


def _hinge(found: Comparison) -> list[Block]:
    if found.hinges < 0:
        return []
    one = next(without for without in found.without if without.piece == found.hinges)
    turns = "the conclusion turns" if one.leader != found.leader else "the conclusion stays"
    return [
        _plain(
            f"It hinges most on piece {one.piece + 1} ({found.pieces[one.piece].text}): without it "
            f"{turns}, and "
            f"{TITLES[one.leader]} leads, {_times(one.ratio)} as likely as the next."
        )
    ]


def _times(ratio: float) -> str:
    return f"{ratio:,.1f} times" if ratio < 10_000 else "more than 10,000 times"


def _plain(text: str) -> Paragraph:
    return Paragraph(parts=(Words(text),))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
