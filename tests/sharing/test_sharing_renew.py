"""Versions of a list: what is new, what ends, what is taken back, and what may come again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from nospim.sharing import Book, Found, Seen, choose, latest, render, renew
from nospim.sharing.choose import DESTINATION_ENDS
from share_words import DAY, NOON, account, campaign, label

LURE = "http://evil-login.example/album"
CAPTURE = Seen(address=LURE, at=NOON, phishing=True)
FOUND: dict[str, Any] = {"campaigns": (campaign("c1", LURE),), "captures": (CAPTURE,)}


def version(before: Book | None, days: float, **found: Any) -> Book | None:
    at = NOON + timedelta(days=days)
    told = Found(**found)
    return renew(
        before, choose(told, at), latest(told.labels, at), at, previous="" if before is None else "x"
    )


def made(before: Book | None, days: float, **found: Any) -> Book:
    book = version(before, days, **found)
    assert book is not None
    return book


def test_a_version_that_says_nothing_new_is_none() -> None:
    first = made(None, 1, **FOUND)

    assert [one.value for one in first.entries] == ["evil-login.example"]
    assert (first.version, first.previous) == (1, "")
    assert version(first, 1, **FOUND) is None
    assert version(first, 2) is None  # what was found before goes on until its end


def test_what_is_seen_again_goes_on_for_longer() -> None:
    first = made(None, 1, **FOUND)
    second = made(first, 20, **FOUND)

    assert second.entries[0].since == first.entries[0].since
    assert second.entries[0].until == first.entries[0].until + 19 * DAY
    assert (second.version, second.previous) == (2, "x")


def test_an_entry_ends_by_its_date_and_readers_are_told_for_a_year() -> None:
    first = made(None, 1, **FOUND)
    ended = made(first, 1 + DESTINATION_ENDS.days)

    assert ended.entries == ()
    assert [(w.value, w.why) for w in ended.withdrawn] == [("evil-login.example", "expiry")]
    assert made(ended, 32 + 366).withdrawn == ()


def test_what_is_found_again_after_its_end_begins_anew() -> None:
    first = made(None, 1, **FOUND)
    later = made(first, 40, **FOUND)

    assert [one.value for one in later.entries] == ["evil-login.example"]
    assert later.withdrawn == ()


def test_an_appeal_takes_an_entry_back_until_a_person_says_otherwise() -> None:
    first = made(None, 1, **FOUND)
    cleared = (label("evil-login.example", "appeal", 2),)
    second = made(first, 2, **FOUND, labels=cleared)
    assert [(w.value, w.why) for w in second.withdrawn] == [("evil-login.example", "appeal")]

    assert version(second, 5, **FOUND) is None  # the capture alone does not bring it back
    again = made(second, 9, **FOUND, labels=(*cleared, label("evil-login.example", "lure", 8)))
    assert [one.value for one in again.entries] == ["evil-login.example"]
    assert again.withdrawn == ()


def test_a_fake_that_turns_out_to_be_a_victim_is_taken_back_for_good() -> None:
    fake = account("ann@chat.example", "fake", "c1")
    campaigns = (campaign("c1", accounts=("ann@chat.example",)),)
    said = (label("ann@chat.example", "fake"),)
    first = made(None, 1, campaigns=campaigns, accounts=(fake,), labels=said)
    assert len(first.entries) == 1

    victim = account("ann@chat.example", "hijacked", "c1")
    second = made(first, 2, campaigns=campaigns, accounts=(fake, victim), labels=said)
    assert second.entries == ()
    assert [(w.kind, w.why) for w in second.withdrawn] == [("account", "victim")]
    hashed = first.entries[0].sha256.encode()
    files = render(second)  # whoever copied the entry must hear of it once, and nobody else
    assert {name for name, content in files.items() if hashed in content} == {
        "rtbl/spam_source_jids_sha256.changes.xml",
        "matrix/policy.json",
    }
    public = msgspec.json.decode(files["list.json"], type=Book)
    assert version(public, 3, campaigns=campaigns, accounts=(fake, victim), labels=said) is None
    third = made(public, 3, **FOUND, accounts=(victim,))
    assert not [name for name, content in render(third).items() if hashed in content]


def test_a_host_that_turns_out_to_be_a_victims_server_or_our_own_is_taken_back() -> None:
    first = made(None, 1, **FOUND)
    victims = made(first, 2, accounts=(account("ann@evil-login.example", "hijacked"),))
    own = made(first, 2, own=frozenset({"evil-login.example"}))

    assert [w.why for w in victims.withdrawn] == ["victim"]
    assert [w.why for w in own.withdrawn] == ["shared"]
