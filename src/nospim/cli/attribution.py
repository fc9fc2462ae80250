"""The commands ``nospim case does``, ``weigh`` and ``hypotheses``: who is behind it, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.table import Table as Grid
from rich.text import Text

from nospim.cases import decisions as d
from nospim.cases.case import Case
from nospim.cases.interface import CaseStore
from nospim.cli.access import looked
from nospim.cli.case_store import HOME, By, Home, decide, existing, ledger_of, opened, table_console
from nospim.errors import UsageError

if TYPE_CHECKING:
    from nospim.bundles.material import Table


def weigh(
    name: str,
    text: str,
    /,
    *,
    same: float,
    kit: float,
    coincidence: float,
    framing: float,
    source: str,
    by: By = "",
    cases: Home = HOME,
) -> None:
    """Weigh a piece of evidence on who is behind the campaigns of a case.

    Parameters
    ----------
    name
        The case.
    text
        What was seen.
    same
        How likely that is if one operator is behind the campaigns: above 0 and below 1.
    kit
        How likely if different operators use the same kit or service.
    coincidence
        How likely if they have nothing to do with each other.
    framing
        How likely if somebody wants it to look like one operator.
    source
        Where these figures come from: a count, a publication, or whose judgement.
    """
    import msgspec  # noqa: PLC0415 - only here

    told = {
        "type": "evidence_weighed", "text": text, "same": same, "kit": kit, "coincidence": coincidence,
        "framing": framing, "source": source,
    }  # fmt: skip
    try:
        decision = msgspec.convert(told, type=d.EvidenceWeighed)
    except msgspec.ValidationError as error:
        raise UsageError(f"this cannot be weighed: {error}; likelihoods are above 0 and below 1") from None
    with opened(cases) as store:
        decide(store, name, decision, by)


def does(name: str, /, *, suggest: bool = False, by: By = "", cases: Home = HOME) -> None:
    """Show the persons unknown so far: what would identify them, whom to ask, with what, and by when.

    Parameters
    ----------
    name
        The case.
    suggest
        Show what the ledger knows that could be followed, too: hosts, domains and addresses of the campaigns.
    """
    from nospim.bundles.attribution import last_seen  # noqa: PLC0415 - needs an extra
    from nospim.cases.identify import leads  # noqa: PLC0415

    console = table_console()
    with opened(cases) as store, _tables(store, name, by, "does") as (case, tables):
        seen = last_seen(tables)
        for who, doe in case.does.items():
            named = case.named.get(who)
            console.print(Text(f"{who}: {f'{named.name}, by {named.basis}' if named else 'not named yet'}"))
            console.print(Text(f"  graded {doe.grade}; for it: {doe.speaks_for or 'nothing noted'}; "
                               f"against it: {doe.speaks_against or 'nothing noted'}"))  # fmt: skip
            for lead in leads(doe, seen):
                until = f"by {lead.until:%Y-%m-%d}" if lead.until else f"kept {lead.holder.days} days"
                console.print(Text(f"  {lead.identifier.kind} {lead.identifier.value}: {until}"))
                console.print(Text(f"    ask {lead.who}, for {lead.holder.holds}"))
                console.print(Text(f"    with {lead.holder.instrument}"))
                console.print(Text(f"    {lead.holder.basis}: {lead.holder.source}"))
        if suggest:
            given = {one.value for doe in case.does.values() for one in doe.identifiers}
            for value, at in sorted(seen.items(), key=lambda one: (one[1], one[0])):
                if value not in given:
                    kind = "network" if not value[-1].isalpha() else "registrar or host"
                    console.print(Text(f"not followed yet: {kind} {value}, last seen {at:%Y-%m-%d %H:%M:%S}"))


def hypotheses(name: str, /, *, by: By = "", cases: Home = HOME) -> None:
    """Compare who could be behind the campaigns of a case: one operator, a shared kit, coincidence, framing.

    Parameters
    ----------
    name
        The case.

    Prints the likelihood of each piece of evidence under each hypothesis with its source, what speaks against
    each (an analysis of competing hypotheses), and the piece that the conclusion hinges on.
    """
    from nospim.bundles.attribution import comparison  # noqa: PLC0415 - needs an extra
    from nospim.cases.hypotheses import HYPOTHESES, TITLES, in_words  # noqa: PLC0415

    with opened(cases) as store, _tables(store, name, by, "hypotheses") as (case, tables):
        found = comparison(case, store.places(name), tables["linkage"].every())
    console = table_console()
    grid = Grid("", "evidence", *(TITLES[one] for one in HYPOTHESES), box=None, pad_edge=False)
    for at, piece in enumerate(found.pieces, 1):
        cells = [
            f"{value:.3g} {piece.mark(place) if piece.counted else ''}"
            for place, value in enumerate(piece.likelihoods)
        ]
        grid.add_row(str(at), Text(piece.text), *map(Text, cells))
    console.print(grid)
    for at, piece in enumerate(found.pieces, 1):
        why = "" if piece.counted else f" Not counted: {piece.why_not}."
        against = f" Against it: {piece.against}." if piece.against else ""
        sources = "; ".join(dict.fromkeys(piece.sources))
        console.print(Text(f"{at}: likelihoods {sources}.{against}{why}"))
    if not found.without:
        console.print("no piece of evidence is telling enough to compare hypotheses")
        return
    for place, one in enumerate(HYPOTHESES):
        console.print(
            Text(f"{TITLES[one]}: {found.shares[place]:.1%} under equal priors; "
                 f"speaks against it: {found.inconsistency[place]:.1f} tenfold steps")
        )  # fmt: skip
    lead, second = TITLES[found.leader], TITLES[found.second]
    console.print(Text(f"{lead} is {found.ratio:,.1f} times as likely as {second}: "
                       f"{in_words(found.ratio)} support"))  # fmt: skip
    hinge = next(one for one in found.without if one.piece == found.hinges)
    console.print(
        Text(f"it hinges most on piece {hinge.piece + 1}: without it {TITLES[hinge.leader]} leads, "
             f"{hinge.ratio:,.1f} times as likely as the next")
    )  # fmt: skip


@contextmanager
def _tables(store: CaseStore, name: str, by: str, what: str) -> Iterator[tuple[Case, dict[str, Table]]]:
    """A case with its tables, people in them by name; that somebody looked is recorded first."""
    from nospim.bundles.material import tables_of  # noqa: PLC0415 - needs an extra
    from nospim.bundles.redact import People  # noqa: PLC0415
    from nospim.cli.tables import tables_of_ledger  # noqa: PLC0415
    from nospim.facts.catalogue import sql_of  # noqa: PLC0415
    from nospim.facts.run import Facts  # noqa: PLC0415

    looked(store, name, by, what)
    case, _ = existing(store, name)
    folder, source = tables_of_ledger(ledger_of(case, store), case)
    with Facts(folder, [(source, one) for one in case.campaigns]) as facts:
        yield case, tables_of(facts, People(b"", redact=False), sql_of)
