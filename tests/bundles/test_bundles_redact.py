"""Nobody's name in an exhibit: pseudonyms that keep their links, and messages without names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.bundles.redact import People, defanged, without_names


def test_a_person_has_one_pseudonym_everywhere() -> None:
    people = People(b"secret")

    assert [people.name(who) for who in ("ann", "bo", "ann", "")] == ["P-00001", "P-00002", "P-00001", ""]
    assert people.opened() == [("P-00001", "ann"), ("P-00002", "bo")]
    assert People(b"secret", redact=False).name("ann") == "ann"


def test_a_commitment_can_be_opened_with_the_secret_only() -> None:
    one, same, other = People(b"secret"), People(b"secret"), People(b"another")
    for people in (one, same, other):
        people.name("ann")

    assert one.commitments() == same.commitments() != other.commitments()


@pytest.mark.parametrize(
    ("text", "shown", "count"),
    [
        ("hey Anna, look at this http://x.example/anna", "hey [name], look at this http://x.example/anna", 1),
        ("is that you bob? mail carol@mail.example", "is that you [name]? mail [address]", 2),
        ("Bob and BOB and bobsled", "[name] and [name] and bobsled", 2),
        ("hey there, look", "hey there, look", 0),
        ("hello Łukasz!", "hello [name]!", 1),
        ("", "", 0),
    ],
)
def test_names_and_addresses_go_and_links_stay(text: str, shown: str, count: int) -> None:
    assert without_names(text, ("bob@chat.example", "@dee:matrix.example")) == (shown, count)


@given(st.text(), st.text(alphabet="abcdef", min_size=3, max_size=8))
def test_a_name_as_a_word_of_its_own_never_stays(around: str, name: str) -> None:
    cleaned, _ = without_names(f"{around} {name} !", (f"{name}@chat.example",))

    assert f" {name} !" not in cleaned or "://" in around or "www." in around.lower()


def test_links_are_written_so_that_they_cannot_be_opened() -> None:
    assert defanged("go to https://a.example/x. now") == "go to hxxps://a[.]example/x[.] now"
    assert defanged("at 8.30 see www.a.example") == "at 8.30 see www[.]a[.]example"
