"""Decoys: nobody's, never the same, given once, and known again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.capture import recognise
from nospim.capture.decoy import form_for, mint, request_for, require_approval
from nospim.capture.interface import DESKTOP, Decoy
from nospim.capture.page import read_page
from nospim.errors import UsageError

AT = datetime(2026, 11, 24, tzinfo=UTC)
URL = "https://lure.example.net/"


def minted(seed: bytes = b"0123456789abcdef", domain: str = "") -> Decoy:
    return mint(seed, URL, AT, lambda _: False, domain)


def test_a_decoy_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert minted() == minted()
    assert minted().account != minted(b"fedcba9876543210").account


def test_many_decoys_are_all_different_and_look_like_accounts() -> None:
    made = [minted(n.to_bytes(16, "big")) for n in range(2000)]

    assert len({one.account for one in made}) == 2000
    assert len({one.password for one in made}) == 2000
    assert all(one.account.replace(".", "").isalnum() and len(one.password) == 14 for one in made)


def test_a_name_that_somebody_has_is_never_taken() -> None:
    first = minted().account
    second = mint(b"0123456789abcdef", URL, AT, lambda name: name == first)

    assert second.account != first
    with pytest.raises(ValueError, match="exist"):
        mint(b"0123456789abcdef", URL, AT, lambda _: True)


def test_a_short_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        minted(b"short")


def test_a_sign_in_with_a_decoy_is_recognised_and_others_are_not() -> None:
    plain, mail = minted(), minted(b"fedcba9876543210", "chatter.example")
    known = (plain, mail)

    assert recognise(plain.account, known) is plain
    assert recognise(f" {plain.account.upper()} ", known) is plain
    assert recognise(mail.account, known) is mail
    assert recognise(mail.account.partition("@")[0], known) is mail
    assert recognise(plain.account + "@elsewhere.example", known) is None
    assert recognise(plain.account[:-1], known) is None
    assert recognise("", known) is None


@given(st.text(max_size=30))
def test_hardly_any_text_is_a_decoy(text: str) -> None:
    assert recognise(text, (minted(),)) is None


@pytest.mark.parametrize("name", ["", "  ", "x"])
def test_nobody_is_no_approver(name: str) -> None:
    with pytest.raises(UsageError, match="--decoy-approved-by"):
        require_approval(name)


def test_a_decoy_goes_into_name_and_password_and_nothing_else_is_told() -> None:
    source = (
        "<form method=post action=/go><input type=hidden name=token value=secret><input name=user>"
        "<input type=text name=city><input type=password name=pw><input type=submit name=s></form>"
    )
    form = form_for(read_page(source, URL), ())
    assert not isinstance(form, str)
    decoy = minted()
    request = request_for(form, decoy, DESKTOP)

    assert (request.method, request.url) == ("POST", "https://lure.example.net/go")
    assert request.body.decode() == f"token=&user={decoy.account}&city=&pw={decoy.password}"


def test_a_form_that_asks_by_get_is_given_it_by_get() -> None:
    form = form_for(read_page("<form action=/go?a=1><input name=u><input type=password name=p>", URL), ())
    assert not isinstance(form, str)
    request = request_for(form, minted(), DESKTOP)

    assert (request.method, request.body) == ("GET", b"")
    assert request.url.startswith("https://lure.example.net/go?u=")


def test_no_decoy_goes_to_a_real_service() -> None:
    page = read_page("<form action=https://login.examplebank.com/a><input type=password name=p>", URL)

    assert form_for(page, ("examplebank.com",)) == (
        "the password form posts to examplebank.com, a real service"
    )


def test_without_a_form_that_says_where_it_posts_none_is_given() -> None:
    assert isinstance(form_for(read_page("<p>hello", URL), ()), str)
    assert isinstance(form_for(read_page("<input type=password>", URL), ()), str)
