"""Each tactic leaves the mark that it is named for."""

from __future__ import annotations

import itertools
import statistics
import unicodedata
from collections import Counter
from random import Random

import pytest

from nospim.drill import TACTICS, Plan, World, generate
from nospim.drill.parameters import MANUAL
from nospim.drill.truth import Entry, LookAlike, Lure, ThiefLine
from nospim.events import (
    AccountCreated,
    ContactAdded,
    ContactRequested,
    ContactsRead,
    LinkClicked,
    MessageSent,
    SessionOpened,
    SessionResumed,
)


@pytest.fixture(scope="module")
def world() -> World:
    return generate(Plan(seed=21, accounts=300, days=14))


@pytest.fixture(scope="module")
def seen(world: World) -> Seen:
    return Seen(world)


class Seen:
    """A world, looked up the ways the tests need."""

    def __init__(self, world: World) -> None:
        self.sent = {e.id: e for e in world.events if isinstance(e, MessageSent)}
        self.opened = {e.data.session: e for e in world.events if isinstance(e, SessionOpened)}
        self.resumed = [e for e in world.events if isinstance(e, SessionResumed)]
        self.reads = [e for e in world.events if isinstance(e, ContactsRead)]
        self.created = {e.subject: e for e in world.events if isinstance(e, AccountCreated)}
        self.entries = [row for row in world.truth if isinstance(row, Entry)]
        self.lures = [row for row in world.truth if isinstance(row, Lure)]
        self.lines = [row for row in world.truth if isinstance(row, ThiefLine)]
        self.events = world.events

    def by(self, tactic: str) -> list[MessageSent]:
        return [self.sent[row.id] for row in self.lures if row.tactic == tactic]

    def runs(self, tactic: str) -> list[list[MessageSent]]:
        """The lures of a tactic, one list an account."""
        runs: dict[str, list[MessageSent]] = {}
        for message in self.by(tactic):
            runs.setdefault(message.subject, []).append(message)
        return [run for run in runs.values() if len(run) > 4]

    def gap(self, tactic: str) -> float:
        """Median seconds between two lures of an account."""
        gaps = [b.at - a.at for run in self.runs(tactic) for a, b in itertools.pairwise(run)]
        return statistics.median(gaps)

    def entry(self, tactic: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.tactic == tactic]

    def habits(self, account: str, before: str) -> list[SessionOpened]:
        thieves = {entry.session for entry in self.entries}
        mine = [e for e in self.opened.values() if e.subject == account and e.data.session not in thieves]
        return [e for e in mine if e.time.isoformat() < before]


@pytest.mark.parametrize("tactic", TACTICS)
def test_every_tactic_enters_accounts(seen: Seen, tactic: str) -> None:
    assert len(seen.entry(tactic)) >= 5


@pytest.mark.parametrize("tactic", [t for t in TACTICS if t != "scrape_only"])
def test_every_tactic_but_the_silent_one_sends_lures(seen: Seen, tactic: str) -> None:
    assert len(seen.by(tactic)) >= 40


def test_classic_signs_in_with_an_odd_program_reads_the_contacts_over_and_over_and_writes_fast(
    seen: Seen,
) -> None:
    clients = Counter(e.data.client for e in seen.opened.values())
    for entry in seen.entry("classic"):
        opened = seen.opened[entry.session or ""]
        assert clients[opened.data.client] < len(seen.opened) / 10
        reads = [e.at for e in seen.reads if e.data.session == entry.session]
        assert len(reads) == 3
        assert reads[-1] - reads[0] < 10
    assert seen.gap("classic") < 4


def test_roster_order_writes_in_the_order_of_the_contact_list(seen: Seen) -> None:
    """The list as it stood; the truth of the order is that it is the same relative order."""
    runs = seen.runs("roster_order")
    assert runs
    for run in runs:
        order = [str(message.data.to[0]) for message in run]
        added = [
            str(e.data.contact)
            for e in seen.events
            if isinstance(e, ContactAdded) and e.subject == run[0].subject and e.time < run[0].time
        ]
        assert order == [contact for contact in added if contact in set(order)]
    assert seen.gap("roster_order") < 2


def test_rotating_changes_hosts_and_words(seen: Seen) -> None:
    texts = [message.data.text or "" for message in seen.by("rotating")]
    hosts = {text.partition("://")[2].partition("/")[0].partition(".")[2] for text in texts}
    words = {text.partition("http")[0] for text in texts}

    assert len(hosts) >= 8
    assert len(words) > len(texts) / 3


def test_slow_leaves_hours_between_lures_and_comes_from_the_owners_country(seen: Seen) -> None:
    assert seen.gap("slow") > 3600
    known = [entry for entry in seen.entry("slow") if seen.habits(entry.account, entry.time)]
    home = [
        entry
        for entry in known
        if seen.opened[entry.session or ""].data.country
        in {e.data.country for e in seen.habits(entry.account, entry.time)}
    ]
    assert len(home) > 0.7 * len(known), "all but those who were abroad themselves"


def test_conversational_greets_and_lures_after_the_reply(seen: Seen) -> None:
    greeted = {(row.account, seen.sent[row.id].data.to[0]): seen.sent[row.id] for row in reversed(seen.lines)}
    replies: dict[tuple[str, str], list[float]] = {}
    for message in seen.sent.values():
        replies.setdefault((message.subject, str(message.data.to[0])), []).append(message.at)
    for lure in seen.by("conversational"):
        to = str(lure.data.to[0])
        greeting = greeted[lure.subject, to]
        assert [at for at in replies[to, lure.subject] if greeting.at < at < lure.at]


def test_obfuscated_masks_words_or_addresses(seen: Seen) -> None:
    def masked(text: str) -> bool:
        invisible = any(unicodedata.category(c) == "Cf" for c in text)
        foreign = any(unicodedata.name(c, "").startswith(("CYRILLIC", "GREEK")) for c in text)
        broken = "[.]" in text or "(dot)" in text or "hxxp" in text or "。" in text
        figures = any(a.isdigit() and b.isalpha() for a, b in itertools.pairwise(text))
        return invisible or foreign or broken or figures or ". " in text or "-" in text

    texts = [message.data.text or "" for message in seen.by("obfuscated")]
    assert sum(map(masked, texts)) > 0.9 * len(texts)
    plain = [click for click in seen.events if isinstance(click, LinkClicked)]
    assert all("[" not in click.data.url and "\u200b" not in click.data.url for click in plain)


def test_proxy_has_the_owners_country_and_program_but_a_new_device(seen: Seen) -> None:
    for entry in seen.entry("proxy"):
        opened, own = seen.opened[entry.session or ""], seen.habits(entry.account, entry.time)
        if own:
            assert opened.data.device not in {e.data.device for e in own}
            assert opened.data.ip not in {e.data.ip for e in own}
    known = [e for e in seen.entry("proxy") if seen.habits(e.account, e.time)]
    same = [
        e
        for e in known
        if seen.opened[e.session or ""].data.client in {x.data.client for x in seen.habits(e.account, e.time)}
    ]
    assert len(same) > len(known) / 2


def test_fresh_accounts_are_made_and_write_to_strangers_at_once(seen: Seen) -> None:
    friends = {(e.subject, str(e.data.contact)) for e in seen.events if isinstance(e, ContactAdded)}
    asked = {e.subject for e in seen.events if isinstance(e, ContactRequested)}
    for run in seen.runs("fresh"):
        account = run[0].subject
        assert run[0].at - seen.created[account].at < 3600
        assert account in asked
        assert not [m for m in run if (str(m.data.to[0]), account) in friends]
    assert {entry.state for entry in seen.entry("fresh")} == {"fake"}


def test_nolink_has_no_link_and_infects_by_a_code(seen: Seen) -> None:
    assert not [m for m in seen.by("nolink") if "://" in (m.data.text or "")]
    infected = [entry for entry in seen.entry("nolink") if entry.infected_by]
    assert infected
    for entry in infected:
        back = [
            m
            for m in seen.sent.values()
            if m.subject == entry.account and m.data.to == (entry.infected_by,) and m.data.text
        ]
        assert [m for m in back if sum(c.isdigit() for c in m.data.text or "") == 6]


def test_worm_writes_in_a_session_of_the_owner_who_clicked_minutes_before(seen: Seen) -> None:
    infected = [entry for entry in seen.entry("worm") if entry.infected_by]
    assert infected
    for entry in infected:
        opened = seen.opened[entry.session or ""]
        others = [e for e in seen.opened.values() if e.subject == entry.account and e is not opened]
        if others and opened.time.isoformat() < entry.time:
            assert opened.data.client in {e.data.client for e in others} | {opened.data.client}
        clicks = [e for e in seen.events if isinstance(e, LinkClicked) and e.subject == entry.account]
        before = [e for e in clicks if e.time.isoformat() < entry.time]
        assert before
    lures = seen.by("worm")
    used = {m.data.session for m in lures}
    usual = {m.data.session for m in seen.sent.values() if m.id not in {x.id for x in lures}}
    assert len(used & usual) > len(used) / 2, "the owner writes in the same sessions"


def test_token_resumes_the_owners_session_elsewhere_without_a_sign_in(seen: Seen) -> None:
    for entry in seen.entry("token"):
        opened = seen.opened[entry.session or ""]
        stolen = [e for e in seen.resumed if e.data.session == entry.session and e.data.device is None]
        assert stolen
        assert stolen[0].data.asn != opened.data.asn
        assert opened.subject == entry.account


def test_scrape_only_reads_the_contacts_and_says_nothing(seen: Seen) -> None:
    used = {m.data.session for m in seen.sent.values()}
    for entry in seen.entry("scrape_only"):
        assert entry.session not in used
        assert [e for e in seen.reads if e.data.session == entry.session and (e.data.count or 0) > 0]


def test_campaigns_of_one_operator_share_networks_and_programs(seen: Seen) -> None:
    networks: dict[str, dict[str, set[int | None]]] = {}
    for entry in seen.entries:
        if entry.session in seen.opened and entry.tactic not in {"slow", "proxy", "worm", "token"}:
            asn = seen.opened[entry.session].data.asn
            networks.setdefault(entry.operator, {}).setdefault(entry.campaign, set()).add(asn)
    shared = [sets for sets in networks.values() if len(sets) > 1]
    assert shared
    for campaigns in shared:
        first, *rest = campaigns.values()
        assert all(first & other for other in rest)


def test_takeovers_by_hand_follow_the_published_delay() -> None:
    """20 % within 30 minutes (Bursztein 2014): the law itself, and a campaign that draws from it."""
    drawn = [MANUAL.draw(Random(n)) for n in range(4000)]
    assert abs(sum(d < 1_800_000 for d in drawn) / len(drawn) - 0.2) < 0.02

    plan = Plan(seed=1, accounts=300, days=12, tactics=("conversational",) * 3, edited_lures=0.0)
    seen = Seen(generate(plan))
    clicks: dict[tuple[str, str], float] = {}
    for event in seen.events:
        if isinstance(event, LinkClicked) and event.data.message is not None:
            clicks.setdefault((event.subject, str(event.data.message)), event.at)
    delays = [
        seen.opened[entry.session or ""].at - clicks[entry.account, entry.via or ""]
        for entry in seen.entries
        if (entry.account, entry.via) in clicks
    ]
    assert len(delays) > 15
    assert min(delays) > 0
    assert max(delays) > 1800


def test_benign_look_alikes_write_one_thing_to_many(world: World, seen: Seen) -> None:
    for kind in ("invite", "new_number", "shop", "club", "fundraising", "apology"):
        rows = [row for row in world.truth if isinstance(row, LookAlike) and row.control == kind]
        wide = Counter((row.account, seen.sent[row.id].data.text) for row in rows)
        assert wide.most_common(1)[0][1] >= 8, kind
