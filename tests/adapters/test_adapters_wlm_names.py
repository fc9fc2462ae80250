"""Accounts from the names of Messenger's folders and files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.adapters.wlm_names import DOMAINS, account_of, contact_of, owner_of, user_number


def test_the_number_is_the_published_one() -> None:
    assert user_number("") == 0
    assert user_number("ab") == ord("a") * 101 + ord("b")
    assert user_number("ANNA.Berg@Hotmail.com") == user_number("anna.berg@hotmail.com") == 3940900203


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("anna.berg3940900203", "anna.berg@hotmail.com"),
        ("Anna.Berg3940900203", "anna.berg@hotmail.com"),
        ("tom771973559382", "tom77@live.nl"),  # the alias itself ends in digits
        ("carla1827116333", "wlm:carla1827116333"),  # the domain, example.org, is not among those tried
        ("Carla@Example.org", "carla@example.org"),
        ("simple", None),
        ("holiday2009", None),
        ("two words 12345678", None),
        ("", None),
    ],
)
def test_a_name_gives_its_account(name: str, account: str | None) -> None:
    assert account_of(name) == account


def test_a_domain_that_is_known_otherwise_is_tried_too() -> None:
    assert account_of("carla1827116333", ("example.org",)) == "carla@example.org"


@given(st.from_regex(r"[a-z][a-z0-9._-]{0,20}", fullmatch=True), st.sampled_from(DOMAINS))
def test_every_address_is_found_again(alias: str, domain: str) -> None:
    address = f"{alias}@{domain}"
    number = user_number(address)
    if number >= 10_000:
        assert account_of(f"{alias}{number}") == address


@pytest.mark.parametrize(
    ("path", "owner", "contact"),
    [
        ("anna.berg3940900203/History/tom771973559382.xml", "anna.berg@hotmail.com", "tom77@live.nl"),
        (
            r"C:\My Received Files\anna.berg3940900203\History\kim4128291736.XML",
            "anna.berg@hotmail.com",
            "kim@msn.com",
        ),
        ("/x/anna@msn.com/history/tom@live.nl.xml.gz", "anna@msn.com", "tom@live.nl"),
        ("anna.berg3940900203/tom771973559382.xml", None, "tom77@live.nl"),
        ("History/x.xml", None, None),
        ("-", None, None),
    ],
)
def test_a_path_says_whose_history_it_is(path: str, owner: str | None, contact: str | None) -> None:
    assert owner_of(path) == owner
    assert contact_of(path) == contact


@given(st.text())
def test_any_path_is_looked_at_without_fail(path: str) -> None:
    assert owner_of(path) is None or owner_of(path)
    assert contact_of(path) is None or contact_of(path)
