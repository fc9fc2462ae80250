"""Each tactic of the attacker's range leaves the mark that it is named for."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter

import pytest

from nospim.drill import RANGE_TACTICS, Plan, World, generate
from nospim.drill.truth import Entry, LookAlike, Lure, ThiefLine
from nospim.events import (
    AccountCreated,
    AppGranted,
    ContactAdded,
    ContactsRead,
    LinkClicked,
    MessageSent,
    PasswordChanged,
    ProfileChanged,
    SessionOpened,
    SignInFailed,
)
from nospim.links import key_of

SILENT = {"framing"}
"""Tactics whose thieves send nothing that is a lure."""


@pytest.fixture(scope="module")
def world() -> World:
    return generate(Plan(seed=22, accounts=350, days=16, tactics=RANGE_TACTICS, well_known=0.2))


@pytest.fixture(scope="module")
def sent(world: World) -> dict[str, MessageSent]:
    return {e.id: e for e in world.events if isinstance(e, MessageSent)}


@pytest.fixture(scope="module")
def lures(world: World, sent: dict[str, MessageSent]) -> dict[str, list[MessageSent]]:
    found: dict[str, list[MessageSent]] = {}
    for row in world.truth:
        if isinstance(row, Lure):
            found.setdefault(row.tactic, []).append(sent[row.id])
    return {tactic: sorted(messages, key=lambda m: m.at) for tactic, messages in found.items()}


@pytest.fixture(scope="module")
def entries(world: World) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for row in world.truth:
        if isinstance(row, Entry):
            found.setdefault(row.tactic, []).append(row)
    return found


def by_account(messages: list[MessageSent]) -> list[list[MessageSent]]:
    runs: dict[str, list[MessageSent]] = {}
    for message in messages:
        runs.setdefault(message.subject, []).append(message)
    return list(runs.values())


def link(message: MessageSent) -> str:
    return next(word for word in (message.data.text or "").split() if "://" in word)


@pytest.mark.parametrize("tactic", RANGE_TACTICS)
def test_every_tactic_enters_accounts_and_all_but_the_framing_one_send_lures(
    entries: dict[str, list[Entry]], lures: dict[str, list[MessageSent]], tactic: str
) -> None:
    assert len(entries[tactic]) >= 5
    assert (len(lures.get(tactic, ())) >= 12) == (tactic not in SILENT)


def test_slow_days_leaves_hours_and_days_between_lures(lures: dict[str, list[MessageSent]]) -> None:
    gaps = [b.at - a.at for run in by_account(lures["slow_days"]) for a, b in itertools.pairwise(run)]

    assert 3 * 3600 < statistics.median(gaps) < 12 * 3600
    assert max(gaps) > 86_400


def test_few_writes_to_three_of_those_whom_the_owner_writes_to_most(
    world: World, sent: dict[str, MessageSent], lures: dict[str, list[MessageSent]]
) -> None:
    thieves = {row.id for row in world.truth if isinstance(row, Lure | ThiefLine)}
    written: dict[str, Counter[str]] = {}
    for message in sent.values():
        if message.id not in thieves and len(message.data.to) == 1:
            written.setdefault(message.subject, Counter())[str(message.data.to[0])] += 1
    runs = by_account(lures["few"])
    assert max(len(run) for run in runs) == 3
    usual = [(written[m.subject], str(m.data.to[0])) for run in runs for m in run if m.subject in written]
    lured = statistics.mean(counts[to] for counts, to in usual)
    assert lured > 1.25 * statistics.mean(n for counts, _ in usual for n in counts.values())


def test_spun_hardly_says_a_thing_twice_and_says_it_in_several_languages(
    lures: dict[str, list[MessageSent]],
) -> None:
    texts = [(m.data.text or "").replace(link(m), "") for m in lures["spun"]]
    hosts = {link(m).partition("://")[2].partition("/")[0].partition(".")[2] for m in lures["spun"]}

    assert len(set(texts)) > len(texts) / 2
    assert len([t for t in texts if not t.isascii()]) > 0
    assert len(hosts) == 1


def test_unique_gives_every_recipient_a_host_of_his_own(lures: dict[str, list[MessageSent]]) -> None:
    hosts = [link(m).partition("://")[2].partition("/")[0] for m in lures["unique"]]

    assert len(set(hosts)) > 0.95 * len(hosts)


def test_published_stands_on_few_pages_of_well_known_sites_where_friends_publish_too(
    world: World, sent: dict[str, MessageSent], lures: dict[str, list[MessageSent]]
) -> None:
    assert len({link(m) for m in lures["published"]}) <= 3
    spim = {row.id for row in world.truth if isinstance(row, Lure | ThiefLine)}
    known = ("google.com", "telegra.ph", "github.io", "blogspot.com", "wixsite.com", "netlify.app")
    assert all(any(name in link(m) for name in known) for m in lures["published"])
    benign = [m for m in sent.values() if m.id not in spim and any(n in (m.data.text or "") for n in known)]
    assert len(benign) > 20


def test_shortened_hides_behind_shorteners(lures: dict[str, list[MessageSent]]) -> None:
    short = ("bit.ly", "tinyurl.com", "is.gd", "t.ly", "cutt.ly")

    assert all(any(name in link(m) for name in short) for m in lures["shortened"])
    assert len({link(m) for m in lures["shortened"]}) <= 6


def test_pieces_come_in_order_and_make_a_link_that_no_piece_has(
    world: World, sent: dict[str, MessageSent], lures: dict[str, list[MessageSent]]
) -> None:
    lines = [sent[row.id] for row in world.truth if isinstance(row, ThiefLine) and "pieces" in row.campaign]
    for lure in lures["pieces"]:
        before = [
            m for m in lines if (m.subject, m.data.to) == (lure.subject, lure.data.to) and m.at <= lure.at
        ]
        assert len(before) == 2
        words, label = sorted(before, key=lambda m: m.at)
        assert "://" not in f"{words.data.text} {label.data.text} {lure.data.text}"
        assert (lure.data.text or "").startswith(".")
        assert lure.at - words.at < 60


def test_picture_is_a_file_without_a_text_and_nobody_is_seen_to_click(
    world: World, lures: dict[str, list[MessageSent]]
) -> None:
    files = [m.data.attachments for m in lures["picture"]]
    assert all(m.data.text is None for m in lures["picture"])
    assert all(f is not None and len(f) == 1 for f in files)
    ids = {m.id for m in lures["picture"]}
    assert not [e for e in world.events if isinstance(e, LinkClicked) and e.data.message in ids]


def test_moved_asks_to_go_on_elsewhere_and_takes_no_account(
    entries: dict[str, list[Entry]], lures: dict[str, list[MessageSent]]
) -> None:
    assert all("0555" in (m.data.text or "") and "://" not in (m.data.text or "") for m in lures["moved"])
    assert not [entry for entry in entries["moved"] if entry.infected_by]


def test_poisoned_lives_in_the_account_for_days_and_chats_before_it_lures(
    world: World,
    sent: dict[str, MessageSent],
    entries: dict[str, list[Entry]],
    lures: dict[str, list[MessageSent]],
) -> None:
    entered = {entry.account: entry.time for entry in entries["poisoned"]}
    lines = [sent[row.id] for row in world.truth if isinstance(row, ThiefLine) and "poisoned" in row.campaign]
    runs = by_account(lures["poisoned"])
    assert runs
    for run in runs:
        first = run[0]
        assert first.time.isoformat()[:10] > entered[first.subject][:10]
        talk = [m for m in lines if m.subject == first.subject and m.at < first.at]
        assert len(talk) >= 3
        assert first.at - talk[0].at > 86_400


def test_companion_is_granted_by_the_owner_reads_the_contacts_and_writes_as_an_app(
    world: World, entries: dict[str, list[Entry]], lures: dict[str, list[MessageSent]]
) -> None:
    granted = {(e.subject, e.data.app) for e in world.events if isinstance(e, AppGranted)}
    reads = {(e.subject, e.data.app) for e in world.events if isinstance(e, ContactsRead)}
    apps = {str(message.data.app) for message in lures["companion"]}
    assert len(apps) == 1
    for entry in entries["companion"]:
        assert {(entry.account, app) for app in apps} <= granted & reads
    for message in lures["companion"]:
        assert (message.subject, message.data.app) in granted
        assert message.data.session is None


def test_harvested_writes_from_young_accounts_to_one_persons_friends_under_his_name(
    world: World, lures: dict[str, list[MessageSent]]
) -> None:
    made = {e.subject: e.at for e in world.events if isinstance(e, AccountCreated)}
    named = {e.subject for e in world.events if isinstance(e, ProfileChanged)}
    lists: dict[str, set[str]] = {}
    for event in world.events:
        if isinstance(event, ContactAdded):
            lists.setdefault(event.subject, set()).add(str(event.data.contact))
    for run in by_account(lures["harvested"]):
        assert run[0].at - made[run[0].subject] < 3600
        assert run[0].subject in named
        to = {str(m.data.to[0]) for m in run}
        assert any(to <= friends for friends in lists.values())


def test_framing_sends_a_clubs_own_link_in_bulk_and_counts_as_no_lure(
    world: World, sent: dict[str, MessageSent]
) -> None:
    clubs = [sent[r.id] for r in world.truth if isinstance(r, LookAlike) and r.control in ("club", "shop")]
    innocent = {word for m in clubs for word in (m.data.text or "").split() if "://" in word}
    framed = [sent[r.id] for r in world.truth if isinstance(r, ThiefLine) and "framing" in r.campaign]
    linked = [m for m in framed if "://" in (m.data.text or "")]
    assert len(linked) > 30
    assert all(link(m) in innocent for m in linked)


def test_thieves_of_the_range_sign_in_with_strange_devices(
    world: World, entries: dict[str, list[Entry]]
) -> None:
    opened = {e.data.session: e for e in world.events if isinstance(e, SessionOpened)}
    for tactic in ("few", "poisoned", "slow_days"):
        for entry in entries[tactic]:
            mine = opened[entry.session or ""]
            others = [e for e in opened.values() if e.subject == entry.account and e is not mine]
            assert mine.data.device not in {e.data.device for e in others}


def test_rooms_get_the_lure_before_friends_do_all_their_members_in_one_message(
    lures: dict[str, list[MessageSent]],
) -> None:
    to_rooms = [m for m in lures["rooms"] if m.data.kind == "group"]
    assert to_rooms
    assert all(m.data.conversation and len(m.data.to) >= 2 for m in to_rooms)
    for run in by_account(lures["rooms"]):
        kinds = [str(m.data.kind) for m in run]
        assert kinds == sorted(kinds, reverse=True), "rooms first"


def test_redirected_lures_lead_through_well_known_sites_to_hosts_of_the_thiefs(
    lures: dict[str, list[MessageSent]],
) -> None:
    found = [key_of(link(m)) for m in lures["redirected"]]
    assert all(one is not None and "redirector" in one.tricks for one in found)
    assert 1 <= len({one.domain for one in found if one is not None}) <= 3


def test_a_lure_that_is_a_file_has_words_and_no_link(lures: dict[str, list[MessageSent]]) -> None:
    for message in lures["file"]:
        (file,) = message.data.attachments or ()
        assert not isinstance(file, str)
        assert (file.name or "").rpartition(".")[2] in {"html", "htm", "zip", "apk", "scr"}
        assert message.data.text
        assert "://" not in message.data.text


def test_sprayed_passwords_fail_at_many_accounts_from_the_line_that_then_gets_in_and_locks_the_owner_out(
    world: World, entries: dict[str, list[Entry]]
) -> None:
    opened = {e.data.session: e for e in world.events if isinstance(e, SessionOpened)}
    changed = {e.data.session for e in world.events if isinstance(e, PasswordChanged)}
    for entry in entries["sprayed"]:
        mine = opened[entry.session or ""]
        tried = {
            e.subject
            for e in world.events
            if isinstance(e, SignInFailed) and e.data.ip == mine.data.ip and -60 < e.at - mine.at < 600
        }
        assert len(tried) >= 15
        assert entry.session in changed
