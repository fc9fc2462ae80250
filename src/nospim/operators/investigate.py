"""The casework on one screen: sightings in, campaigns, accounts and operators out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from nospim.campaigns.accounts import judge
from nospim.campaigns.assemble import assemble
from nospim.casework import Settings
from nospim.findings import Findings
from nospim.operators.link import link
from nospim.sightings import Sighting


def investigate(read: Callable[[], Iterator[Sighting]], settings: Settings | None = None) -> Findings:
    """Conclude, with hindsight, what the sightings of one run show.

    read: returns the run's sightings in event order, afresh at each call; called twice, so that they need
    not be held.  Memory grows with the suspicious part, time with the length.  settings: the limits,
    or None for the defaults.  The same sightings give the same findings.
    """
    settings = settings if settings is not None else Settings()
    assembled = assemble(read, settings)
    operators = link(assembled, settings)
    operator_of = {campaign: operator.id for operator in operators for campaign in operator.campaigns}
    return Findings(
        campaigns=tuple(replace(e.row, operator=operator_of.get(e.row.id)) for e in assembled.efforts),
        accounts=judge(assembled, settings),
        operators=operators,
    )
