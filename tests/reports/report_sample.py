"""Findings made up for the tests of reports: three campaigns, their victims, an operator.

Names are in the reserved domains of RFC 2606, addresses in the documentation ranges of RFC 5737.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final

from nospim.events import named
from nospim.findings import (
    AccountFinding,
    Campaign,
    Day,
    Episode,
    Findings,
    Infection,
    Linkage,
    Lure,
    Operator,
    Summary,
)
from nospim.verdicts import Reason

SOURCE: Final = "xmpp://im.example"
START: Final = datetime(2026, 3, 3, 7, 40, tzinfo=UTC)
PEOPLE: Final = (
    "anna",
    "bela",
    "cem",
    "dana",
    "emre",
    "farah",
    "goran",
    "hana",
    "igor",
    "jun",
    "kofi",
    "lena",
)


def account(number: int) -> str:
    """The bare JID of a made-up person."""
    return f"{PEOPLE[number % len(PEOPLE)]}{number // len(PEOPLE) or ''}@im.example"


def spread(seed: int, size: int, first: int, hours: float) -> tuple[Infection, ...]:
    """A made-up epidemic: each account is taken by an earlier one, the busiest of which take many."""
    chance = random.Random(seed)
    infections = [Infection(account=account(first), infected_by=None, via=None, at=START)]
    while len(infections) < size:
        parent = infections[min(len(infections) - 1, int(chance.paretovariate(0.9)) - 1)]
        at = parent.at + timedelta(minutes=10 + chance.expovariate(1 / (60 * hours)))
        name = account(first + len(infections))
        infections.append(
            Infection(account=name, infected_by=parent.account, via=f"m{seed}-{len(infections)}", at=at)
        )
    return tuple(infections)


def campaign(
    seed: int,
    size: int,
    first: int,
    *,
    hours: float = 5.0,
    operator: str | None = None,
    r: float | None = 0.8,
) -> Campaign:
    """A made-up campaign of `size` accounts; the service got better at stopping it day by day."""
    infections = spread(seed, size, first, hours)
    chance = random.Random(seed + 1)
    taken = Counter(infection.at.date() for infection in infections)
    last = max(taken)
    days, messages, stopped = [], 0, 0
    for offset in range((last - START.date()).days + 1):
        on = START.date() + timedelta(days=offset)
        sent = taken[on] * chance.randint(9, 30)
        held = int(sent * min(0.97, 0.5 + 0.16 * offset))
        messages, stopped = messages + sent, stopped + held
        days.append(
            Day(day=on.isoformat(), messages=sent, stopped=held, new_accounts=taken[on], reproduction=r)
        )
    return Campaign(
        id=f"c-{seed:04x}9f2e",
        source=SOURCE,
        first_seen=START,
        last_seen=max(infection.at for infection in infections) + timedelta(hours=2),
        messages=tuple(f"m{seed}-{n}" for n in range(messages)),
        stopped=stopped,
        accounts=tuple(sorted(named(infection.account) for infection in infections)),
        recipients=int(messages * 0.83),
        links=tuple(f"https://pics-{n}.friends.example/album?id={seed}{n}" for n in range(seed * 3 + 2)),
        lures=(
            Lure(example="omg [name] is this you in these pictures?? [link]", messages=messages * 2 // 3),
            Lure(example="hey [name], look what somebody put up of you [link]", messages=messages // 4),
            Lure(example="[name] lol [...] [link]", messages=messages // 12),
        ),
        infections=infections,
        patient_zero=infections[0].account,
        operator=operator,
        reproduction=r,
        days=tuple(days),
        joined_by=("destination", "wording and network", "infection (opened link)"),
        networks=("AS64501", "AS64502", "203.0.113.0/24"),
    )


def victim(infection: Infection, of: Campaign) -> AccountFinding:
    """The finding on an account that a campaign took."""
    return AccountFinding(
        account=named(infection.account),
        source=SOURCE,
        state="hijacked",
        since=infection.at,
        score=0.9991,
        reasons=(
            Reason(signal="prior", bits=-9.0, detail="one account in five hundred"),
            Reason(
                signal="sign_in",
                bits=9.4,
                detail="signed in from a network it never used, 14 minutes after a lure",
            ),
            Reason(signal="fan_out", bits=6.1, detail="wrote the same to 17 contacts within 4 minutes"),
        ),
        campaigns=(of.id,),
        episodes=(
            Episode(
                from_=infection.at,
                to=infection.at + timedelta(hours=2),
                sessions=(f"s-{infection.account}",),
                campaign=of.id,
            ),
        ),
    )


def findings() -> Findings:
    """Three campaigns, one operator for two of them, two fake accounts and an abusive one."""
    campaigns = (
        campaign(1, 64, 0, hours=14, operator="op-5b1c", r=0.84),
        campaign(2, 17, 70, hours=9, operator="op-5b1c", r=1.4),
        campaign(3, 5, 95, hours=3, r=None),
    )
    fakes = tuple(
        AccountFinding(
            account=f"support-desk-{n}@im.example",
            source=SOURCE,
            state="fake" if n else "abusive",
            since=START + timedelta(days=n),
            score=0.97,
            reasons=(Reason(signal="age", bits=5.2, detail="two days old, wrote to 40 strangers"),),
            campaigns=(campaigns[2].id,),
            episodes=(),
        )
        for n in range(3)
    )
    operator = Operator(
        id="op-5b1c",
        source=SOURCE,
        campaigns=(campaigns[0].id, campaigns[1].id),
        linkage=(
            Linkage(
                kind="wording",
                value="omg [name] is this you",
                grade="inference",
                for_="Both campaigns use the same first lure with the same spelling mistake.",
                against="Lures are copied from one another; the wording alone proves little.",
            ),
            Linkage(
                kind="network",
                value="AS64501",
                grade="fact",
                for_="31 thieves' sessions of both campaigns came from it, and no honest one.",
                against="It belongs to a hosting company that lets servers by the hour.",
            ),
            Linkage(
                kind="host",
                value="https://friends.example/album",
                grade="fact",
                for_="Links of both campaigns end at the same registrable domain.",
            ),
        ),
    )
    victims = tuple(victim(infection, of) for of in campaigns for infection in of.infections)
    return Findings(campaigns=campaigns, accounts=victims + fakes, operators=(operator,))


def summary(of: Findings) -> Summary:
    """The summary that a scan with these findings would write."""
    stopped = sum(c.stopped for c in of.campaigns)
    return Summary(
        nospim="0.1.0",
        model="behaviour-1",
        configuration="sha256:4f1c0a9d6b2e8f7a4f1c0a9d6b2e8f7a4f1c0a9d6b2e8f7a4f1c0a9d6b2e8f7a",
        first=START - timedelta(days=1),
        last=START + timedelta(days=9),
        counts={
            "events": 181_204,
            "messages": 59_412,
            "allow": 59_412 - stopped - 41 - 19,
            "warn": 41,
            "hold": 204 + 19,
            "block": stopped - 204,
            "released": 19,
            "dropped": 204,
            "refused": 2,
            "repeats": 0,
            "campaigns": len(of.campaigns),
            "accounts": len(of.accounts),
            "operators": len(of.operators),
        },
        lacking=(
            "No link clicks were among the events, so who opened a lure is inferred from who received it.",
            "312 messages were end-to-end encrypted; they were judged without their text.",
        ),
        limits={"accounts": 1_000_000, "repeats": 2_000_000, "wordings": 200_000},
        run={"seconds": 3.1},
    )


def empty_findings() -> Findings:
    """What a quiet day gives."""
    return Findings(campaigns=(), accounts=(), operators=())


def empty_summary(messages: int = 0) -> Summary:
    """The summary of a run in which nothing was found."""
    return Summary(
        nospim="0.1.0",
        model="behaviour-1",
        configuration="sha256:00",
        first=START if messages else None,
        last=START + timedelta(hours=5) if messages else None,
        counts={"messages": messages, "events": messages},
        lacking=(),
    )
