"""Which campaigns have one operator, and how sure that is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from nospim.findings import Findings
from nospim.operators import Settings, investigate
from nospim.sightings import ClickSeen, DecoySeen, MessageSeen, Sighting
from nospim.verdicts import Rung

DAY = 86400.0
SOURCE = "xmpp://im.example"


def message(number: int, sender: str, to: str, at: float, action: Rung = "block", **more: Any) -> MessageSeen:
    fields: dict[str, Any] = {
        "destinations": (),
        "wording": None,
        "session": None,
        "network": None,
        "client": "Pidgin",
        "oddness": 0,
        "account_age": 900 * DAY,
        "text": None,
    }
    fields.update(more)
    return MessageSeen(
        message=f"{SOURCE} m{number}",
        account=f"{SOURCE} {sender}",
        at=at,
        to=(f"{SOURCE} {to}",),
        action=action,
        bits=8000,
        common=(),
        links=(),
        session_opened=None,
        burst=1,
        account_created=None,
        own_contacts=9,
        **fields,
    )


def campaign(number: int, at: float, network: str | None, accounts: int = 3, **more: Any) -> list[Sighting]:
    """Some accounts that send one destination of their own from strange sessions."""
    return [
        message(
            10_000 * number + 100 * account + friend,
            f"c{number}-a{account}",
            f"c{number}-f{account}-{friend}",
            at + 600 * account + friend,
            destinations=(f"evil{number}.example",),
            **{"session": f"s{number}-{account}", "network": network, "oddness": 7000, **more},
        )
        for account in range(accounts)
        for friend in range(5)
    ]


def honest(count: int, **more: Any) -> list[Sighting]:
    return [message(900_000 + n, f"h{n}", "friend", float(n), "allow", **more) for n in range(count)]


def found(*parts: list[Sighting]) -> Findings:
    sightings = sorted((seen for part in parts for seen in part), key=lambda seen: seen.at)
    return investigate(lambda: iter(sightings))


def sizes(findings: Findings) -> list[int]:
    return sorted(len(operator.campaigns) for operator in findings.operators)


def test_one_strange_network_in_two_campaigns_is_a_fact() -> None:
    findings = found(campaign(1, 0, "198.51.100.0/24"), campaign(2, 9 * DAY, "198.51.100.0/24"))
    (operator,) = findings.operators
    assert operator.campaigns == tuple(row.id for row in findings.campaigns)
    assert {row.operator for row in findings.campaigns} == {operator.id}
    (linkage,) = (one for one in operator.linkage if one.kind == "network")
    assert (linkage.value, linkage.grade) == ("198.51.100.0/24", "fact")
    assert "6 episodes of 2 campaigns" in linkage.for_
    assert "no other account" in linkage.for_
    assert "carrier NAT" in linkage.against


def test_a_network_of_many_honest_accounts_links_nobody() -> None:
    crowd = honest(30, network="198.51.100.0/24")
    findings = found(crowd, campaign(1, DAY, "198.51.100.0/24"), campaign(2, 9 * DAY, "198.51.100.0/24"))
    assert sizes(findings) == [1, 1]
    for operator in findings.operators:
        told = next(one for one in operator.linkage if one.kind == "network")
        assert (told.value, told.joins) == ("198.51.100.0/24", False)
        assert told.for_ == "2 of 2 campaigns show it"
        assert told.against == ("joins nothing: 30 accounts without any finding use it, and at most 20 may")


def test_a_network_that_too_many_campaigns_share_links_nobody() -> None:
    parts = [campaign(n, n * 3 * DAY, "198.51.100.0/24", accounts=2) for n in range(12)]
    findings = found(*parts)
    assert sizes(findings) == [1] * 12
    told = {(one.value, one.joins, one.against) for o in findings.operators for one in o.linkage}
    why = "joins nothing: more than 10 of the 12 campaigns show it"
    assert told == {("198.51.100.0/24", False, why), ("Pidgin", False, why)}


def test_a_network_seen_once_in_each_campaign_links_nobody() -> None:
    findings = found(
        campaign(1, 0, "198.51.100.0/24", accounts=1), campaign(2, 9 * DAY, "198.51.100.0/24", accounts=1)
    )
    assert sizes(findings) == [1, 1]


def test_the_same_kit_alone_links_nobody() -> None:
    crowd = honest(9)
    findings = found(
        crowd,
        campaign(1, DAY, "198.51.100.0/24", wording="w:party photos"),
        campaign(2, 9 * DAY, "203.0.113.0/24", wording="w:party photos"),
    )
    assert sizes(findings) == [1, 1]
    assert not any(one.joins for operator in findings.operators for one in operator.linkage)


def test_kit_rare_client_and_time_together_link_as_an_inference() -> None:
    parts: list[list[Sighting]] = []
    for number, network in ((1, "198.51.100.0/24"), (2, "203.0.113.0/24")):
        for kit in ("w:photos", "w:list"):
            part = campaign(number, number * DAY, network, client="Tool/1", wording=kit)
            parts.append(
                [
                    msgspec.structs.replace(
                        seen, message=f"{seen.message}-{kit}", wording=kit, at=seen.at + (kit == "w:list")
                    )
                    for seen in part
                    if isinstance(seen, MessageSeen)
                ]
            )
    findings = found(*parts)
    (operator,) = findings.operators
    assert len(operator.campaigns) == 2
    assert {one.kind: one.grade for one in operator.linkage} == {
        "client": "inference",
        "wording": "inference",
    }
    assert all(one.against for one in operator.linkage)


def test_a_campaign_without_a_link_has_an_operator_of_its_own() -> None:
    findings = found(campaign(1, 0, None))
    (operator,) = findings.operators
    assert operator.campaigns == (findings.campaigns[0].id,)
    assert operator.linkage == ()
    assert operator.id.startswith("o-")


def test_nothing_seen_nothing_found() -> None:
    assert found() == Findings(campaigns=(), accounts=(), operators=())
    assert found(honest(20)) == Findings(campaigns=(), accounts=(), operators=())


def test_sightings_are_read_twice_and_never_held() -> None:
    readings = 0

    def read() -> Iterator[Sighting]:
        nonlocal readings
        readings += 1
        yield from campaign(1, 0, None)

    assert len(investigate(read, Settings()).campaigns) == 1
    assert readings == 2


NAMES = st.sampled_from(["ann", "bob", "cas", "dot"])
SEEN = st.builds(
    message,
    st.integers(0, 10**6),
    NAMES,
    NAMES,
    st.floats(0, 30 * DAY),
    st.sampled_from(["allow", "warn", "hold", "block"]),
    destinations=st.sampled_from([(), ("a.example",), ("b.example",), ("a.example", "b.example")]),
    wording=st.sampled_from([None, "w:1", "w:2"]),
    session=st.sampled_from([None, "s1", "s2"]),
    network=st.sampled_from([None, "198.51.100.0/24"]),
    oddness=st.sampled_from([None, 0, 7000]),
    account_age=st.sampled_from([None, 60.0, 900 * DAY]),
    text=st.sampled_from([None, "look https://a.example/x"]),
)
CLICK = st.builds(
    lambda account, at, number: ClickSeen(
        account=f"{SOURCE} {account}",
        at=at,
        message=f"{SOURCE} m{number}" if number else None,
        destinations=("a.example",),
    ),
    NAMES,
    st.floats(0, 30 * DAY),
    st.integers(0, 10**6),
)


@given(st.lists(SEEN | CLICK, max_size=60))
def test_any_sightings_give_consistent_findings(sightings: list[Sighting]) -> None:
    unique = {seen.message: seen for seen in sightings if isinstance(seen, MessageSeen)}
    clicks = [seen for seen in sightings if isinstance(seen, ClickSeen)]
    both: list[Sighting] = [*unique.values(), *clicks]
    ordered = sorted(both, key=lambda seen: seen.at)
    findings = investigate(lambda: iter(ordered))
    in_campaigns = [ident for row in findings.campaigns for ident in row.messages]
    assert len(in_campaigns) == len(set(in_campaigns))
    by_id = {row.id: row for row in findings.campaigns}
    assert len(by_id) == len(findings.campaigns)
    assert sorted(name for operator in findings.operators for name in operator.campaigns) == sorted(by_id)
    for row in findings.campaigns:
        assert {one.account for one in row.infections} == set(row.accounts)
        taken = {one.account: one.at for one in row.infections}
        assert all(taken[one.infected_by] <= one.at for one in row.infections if one.infected_by)
        assert sum(day.messages for day in row.days) == len(row.messages)
    for account in findings.accounts:
        assert set(account.campaigns) <= set(by_id)
        assert 0.0 <= account.score <= 1.0


def test_ids_follow_from_the_content_alone() -> None:
    parts = [*campaign(1, 0, "198.51.100.0/24"), *campaign(2, 9 * DAY, "198.51.100.0/24")]
    first = found(parts)
    random.Random(1).shuffle(parts)
    assert msgspec.json.encode(found(parts)) == msgspec.json.encode(first)
    alone = found(campaign(2, 9 * DAY, "198.51.100.0/24"))
    assert alone.campaigns[0].id == first.campaigns[1].id


def decoy(page: str | None, network: str | None, at: float = 4 * DAY) -> list[Sighting]:
    return [DecoySeen(at=at, source=SOURCE, decoy="0" * 64, destination=page, network=network, client=None)]


def test_a_decoy_used_from_a_campaigns_block_joins_it_with_the_page_that_took_it() -> None:
    apart = [campaign(1, 0, "203.0.113.0/24"), campaign(2, 9 * DAY, "198.51.100.0/24")]
    joined = found(*apart, decoy("evil1.example", "198.51.100.0/24"))

    assert len(found(*apart).operators) == 2
    assert len(joined.operators) == 1
    fact = next(one for one in joined.operators[0].linkage if one.kind == "decoy")
    assert (fact.grade, fact.value) == ("fact", "198.51.100.0/24")
    assert "only a page of one campaign" in fact.for_
    assert "researchers" in fact.against


def test_a_decoy_that_nobody_can_place_joins_nothing() -> None:
    apart = [campaign(1, 0, "203.0.113.0/24"), campaign(2, 9 * DAY, "198.51.100.0/24")]
    for page, network in (
        (None, "198.51.100.0/24"),
        ("evil1.example", None),
        ("evil9.example", "192.0.2.0/24"),
    ):
        assert len(found(*apart, decoy(page, network)).operators) == 2
