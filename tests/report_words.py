"""A case's findings for tests of reports, seeded with names and words that must not leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from nospim.findings import AccountFinding, Campaign, Infection, Linkage, Lure, Operator
from nospim.reporting.material import Material, material
from nospim.reporting.sender import Book, Contact, Reporter
from nospim.sharing import Seen

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY: Final = timedelta(days=1)
HERE: Final = "xmpp://chat.example"
CANARIES: Final = ("canary-victim@chat.example", "canary-friend@chat.example", "@canary-third:matrix.example")
WORDS: Final = "canary words that a person wrote"
PAGE: Final = "http://evil-login.example/album/7"
SHARED: Final = "https://sites.google.com/view/lure-album"
REPORTER: Final = Reporter(org="Chat Example", mail="abuse@chat.example", domain="chat.example")
BOOK: Final = Book(
    reporter=REPORTER,
    contact=(
        Contact(role="host", name="Bad Hosting", mail="abuse@hosting.example", below=("evil-login.example",)),
        Contact(role="registrar", name="Names Ltd", mail="abuse@names.example", below=("example",)),
        Contact(role="host", name="Sites", mail="abuse@sites.example", below=("sites.google.com",)),
    ),
)
CAPTURE: Final = Seen(address=PAGE, at=NOON, phishing=True)
OPERATOR: Final = Operator(
    id="o-1",
    source=HERE,
    campaigns=("c-1", "c-2", "c-elsewhere"),
    linkage=(
        Linkage(
            kind="network", value="198.51.100.0/24", grade="fact", for_="3 episodes came from it",
            against="rented and shared",
        ),
        Linkage(kind="wording", value=WORDS, grade="inference", for_="the same words", against="kits"),
        Linkage(kind="victims", value=", ".join(CANARIES), grade="inference", for_="3", against="busy"),
    ),
)  # fmt: skip


def campaign(ident: str, *links: str, **more: Any) -> Campaign:
    """A campaign whose every field that names somebody names a canary."""
    told: dict[str, Any] = {
        "first_seen": NOON - DAY,
        "last_seen": NOON,
        "messages": tuple(f"{ident}-{n}" for n in range(10)),
        "stopped": 9,
        "accounts": CANARIES[:1],
        "recipients": 7,
        "lures": (Lure(example=WORDS, messages=10),),
        "infections": (Infection(account=CANARIES[1], infected_by=CANARIES[0], via="m1", at=NOON),),
        "patient_zero": CANARIES[0],
        "operator": "o-1",
        "reproduction": None,
        "networks": ("203.0.113.0/24",),
        **more,
    }
    return Campaign(id=ident, source=HERE, links=links, **told)


def account(name: str, state: Any, score: float = 0.9999) -> AccountFinding:
    """A judged account."""
    return AccountFinding(
        account=name,
        source=HERE,
        state=state,
        since=NOON,
        score=score,
        reasons=(),
        campaigns=("c-1",),
        episodes=(),
    )


def told(*campaigns: Campaign, **more: Any) -> Material:
    """What may be told of two campaigns, on their own host and a shared one, unless others are given."""
    chosen = campaigns or (campaign("c-1", PAGE, SHARED), campaign("c-2", PAGE))
    known: dict[str, Any] = {"captures": (CAPTURE,), **more}
    names = (*CANARIES, *known.pop("names", ()))
    return material(chosen, (OPERATOR,), (account(CANARIES[0], "hijacked"),), names, NOON + DAY, **known)
