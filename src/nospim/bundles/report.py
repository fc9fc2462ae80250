"""The report of a case: the scheme step by step, exhibits, harm, every figure with its source, and the
limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from nospim.bundles.document import (
    Block,
    Document,
    Exhibit,
    ExhibitStart,
    Grid,
    Heading,
    Number,
    Paragraph,
    Part,
    Words,
)
from nospim.bundles.exhibits import STEPS, note
from nospim.bundles.material import Material, numbers
from nospim.cases.harm import Range, most_in_a_year, thresholds
from nospim.ledger.heads import Head

LIMITS = (
    "A seal proves that nothing changed since it was made. It does not prove that the records are true.",
    "Who wrote with somebody's account is concluded from behaviour. The account's owner is a victim.",
    "A campaign is what the casework joined. It may lack messages, and a few may not belong to it.",
    "A network, an address or a program is no person. What joins campaigns to an operator is graded.",
    "Amounts that statutes name are multiplied here, not claimed. Whether any applies is for counsel.",
)
"""What a reader must not take from the report."""


def compose(
    m: Material, exhibits: Sequence[Exhibit], ranges: Sequence[Range], head: Head, stamped: datetime | None
) -> Document:
    """The whole report."""
    blocks: list[Block] = [Heading(text="What happened, step by step")]
    blocks += _steps(m, exhibits)
    blocks += [Heading(text="Harm"), *_harm(m, ranges)]
    listing = tuple((e.number, e.title, ", ".join(e.steps), f"{len(e.records):,}") for e in exhibits)
    blocks += [
        Heading(text="Exhibits"),
        Grid(
            columns=("number", "exhibit", "steps", "records"),
            rows=listing,
            right=(False, False, False, True),
            wide=(2, 8, 2, 2),
        ),
    ]
    for exhibit in exhibits:
        start = ExhibitStart(number=exhibit.number, title=exhibit.title, shows=exhibit.shows)
        blocks += [start, *exhibit.blocks]
    blocks += [Heading(text="All figures, and where each comes from"), *_figures(m)]
    blocks += [Heading(text="What this does not prove"), *(_plain(text) for text in LIMITS)]
    blocks += [Heading(text="How to check this bundle"), *_checking(head)]
    when = f"{head.at:%Y-%m-%d %H:%M:%S} UTC"
    return Document(
        title=m.case.opened.title,
        subtitle=f"Case {m.case.id}: evidence report",
        mark="Names of people are replaced by pseudonyms"
        if m.people.redact
        else "Sealed: names of people inside",
        about=(
            ("Campaigns", ", ".join(m.case.campaigns)),
            ("Service", m.source),
            ("State of the case", m.case.state),
            ("Ledger", f"{head.size:,} records, head {head.number}, signed {when}"),
            ("Root of the ledger", head.root),
            ("Clock", _clock(head)),
            ("Time-stamp", f"{stamped:%Y-%m-%d %H:%M:%S} UTC" if stamped else "none over this head"),
            ("Made with", f"nospim {head.nospim}, configuration {head.configuration[:16]}"),
        ),
        blocks=tuple(blocks),
        bates=m.case.id,
        when=int(head.at.timestamp()),
    )


def _clock(head: Head) -> str:
    clock = head.clock
    if clock.offset_ms is None:
        return clock.source
    error = f", within {clock.error_ms:g} ms" if clock.error_ms is not None else ""
    return f"{clock.offset_ms:+g} ms against {clock.source}{error}"


def _plain(text: str) -> Paragraph:
    return Paragraph(parts=(Words(text),))


def _steps(m: Material, exhibits: Sequence[Exhibit]) -> list[Block]:
    rows = []
    for step, what in STEPS.items():
        showing = [exhibit.number for exhibit in exhibits if step in exhibit.steps]
        rows.append((step, what, ", ".join(showing) or "no exhibit in this case"))
    f = m.figure
    parts: list[Part | str] = [
        "Between ", f("first_seen"), " and ", f("last_seen"), " ", f("messages_sent"),
        " messages went out from ", f("senders"), " accounts to ", f("recipients"), " accounts. ",
        f("victims"),
        " of the senders belonged to people who had been taken over; ", f("fake_accounts"),
        " were fake. Somebody else signed in to their accounts ", f("unauthorised_sign_ins"),
        " times and read ", f("contact_lists"), " contact lists. ", f("messages_stopped"),
        " messages were stopped before delivery, ", f("messages_delivered"), " were delivered.",
    ]  # fmt: skip
    return [
        Paragraph(parts=tuple(Words(part) if isinstance(part, str) else part for part in parts)),
        Grid(columns=("step", "what was done", "exhibits"), rows=tuple(rows), right=(True, False, False),
             wide=(1, 9, 4)),
    ]  # fmt: skip


def _harm(m: Material, ranges: Sequence[Range]) -> list[Block]:
    blocks: list[Block] = []
    currencies = sorted({cost.currency for cost in m.case.costs.values()})
    for currency in currencies:
        most = most_in_a_year(m.case.costs.values(), currency)
        blocks.append(_plain(f"The most that was spent within any one year is {most:,.2f} {currency}."))
    for one in thresholds():
        spent = most_in_a_year(m.case.costs.values(), one.currency, timedelta(days=one.days))
        is_it = "reaches" if spent >= Decimal(one.amount) else "does not reach"
        blocks.append(
            note(
                f"{one.name} ({one.cites}): asks for {float(one.amount):,.0f} {one.currency} within "
                f"{one.days} "
                f"days; what was entered here ({spent:,.2f}) {is_it} that. {one.counted} {one.limits} "
                f"Source: {one.source} (read {one.read})."
            )
        )
    rows = tuple(
        (
            span.statute.name,
            span.statute.cites,
            _arithmetic(span, numbers(m.tables)),
            _span(span),
            span.statute.limits,
        )
        for span in ranges
    )
    blocks.append(
        Grid(
            columns=("statute", "where", "arithmetic", "from, to", "what speaks against it"),
            rows=rows,
            right=(False, False, False, True, False),
            wide=(4, 3, 4, 3, 5),
            note="Ranges, no advice: figures times the amounts that the statutes name. Sources: "
            + "; ".join(
                dict.fromkeys(f"{span.statute.source} (read {span.statute.read})" for span in ranges)
            ),
        )
    )
    return blocks


def _arithmetic(one: Range, figures: Mapping[str, Number]) -> str:
    s = one.statute
    low, high = figures.get(s.counts_low), figures.get(s.counts_high)
    if one.units_high == one.units_low:
        high = low
    times = f" x {s.multiplier}" if s.multiplier > 1 else ""
    least = f"{low.shown} ({low.ref}) x {s.low}" if low else "not known"
    most = f"{high.shown} ({high.ref}) x {s.high}{times}" if high else "not known"
    return f"{least}, to {most} {s.currency}"


def _span(one: Range) -> str:
    return f"{_money(one.low)}, {_money(one.high)}"


def _money(amount: str) -> str:
    return f"{float(amount):,.0f}" if amount else "not known"


def _figures(m: Material) -> list[Block]:
    known = numbers(m.tables)
    rows = []
    for table in m.tables.values():
        for figure in table.query.figures:
            number = known[figure.key]
            how = figure.operation + (f" of {figure.column}" if figure.column else " of rows")
            how += f" where {figure.where[0]} is {figure.where[1]}" if figure.where else ""
            rows.append((number.ref, figure.title, number.shown, table.query.id, how))
    blocks: list[Block] = [
        Grid(columns=("", "figure", "value", "query", "how it is taken"), rows=tuple(rows),
             right=(False, False, True, False, False), wide=(1, 5, 4, 3, 6),
             note="The SQL of each query, its rule and its rows' columns are in facts.json; its rows are in "
             "tables/."),
        Heading(text="Counting rules", level=2),
    ]  # fmt: skip
    for table in m.tables.values():
        blocks.append(note(f"{table.query.id}: {table.query.rule}"))
    return blocks


def _checking(head: Head) -> list[Block]:
    return [
        _plain(
            "The bundle holds verify.py, one file of Python that needs the package cryptography and shares "
            "no code with the "
            "program that made it. Run: python3 verify.py BUNDLE --fingerprint F --authority-root ROOTS.pem"
        ),
        _plain(
            "The fingerprint F of the signing key and the root of the time-stamp authority must come from "
            "elsewhere than "
            "this bundle. Without them the answer is: consistent, origin unproved."
        ),
        note(f"Key in force at the last head (public, Ed25519): {head.key}"),
    ]
