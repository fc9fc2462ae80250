"""Short ways to say findings in tests of sharing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from nospim.findings import AccountFinding, Campaign, Infection
from nospim.sharing import Label

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def campaign(
    ident: str, *links: str, accounts: tuple[str, ...] = ("x@chat.example",), **more: Any
) -> Campaign:
    """A campaign that was mostly stopped, from networks of its own."""
    told: dict[str, Any] = {
        "source": "xmpp://chat.example",
        "first_seen": NOON - DAY,
        "last_seen": NOON,
        "messages": tuple(f"{ident}-{n}" for n in range(10)),
        "stopped": 9,
        "recipients": 10,
        "lures": (),
        "infections": (),
        "patient_zero": None,
        "operator": None,
        "reproduction": None,
        "networks": (f"network of {ident}",),
        **more,
    }
    return Campaign(id=ident, accounts=accounts, links=links, **told)


def infected(account: str, by: str = "first@chat.example") -> Infection:
    """How an account's owner fell for a lure."""
    return Infection(account=account, infected_by=by, via="m1", at=NOON)


def account(name: str, state: Any, *campaigns: str, score: float = 0.9999) -> AccountFinding:
    """A judged account."""
    return AccountFinding(
        account=name,
        source="xmpp://chat.example",
        state=state,
        since=NOON,
        score=score,
        reasons=(),
        campaigns=campaigns,
        episodes=(),
    )


def label(target: str, word: str, days: float = 0.0, ends: float | None = None) -> Label:
    """A person's word, some days after noon."""
    until = None if ends is None else NOON + ends * DAY
    return Label(target=target, label=word, at=NOON + days * DAY, until=until)
