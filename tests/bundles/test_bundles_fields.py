"""Commitments to single fields: made by the program, checked by code that it shares nothing with."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.bundles import verify
from nospim.bundles.fields import commitment, committed, fields, parse, root, root_of, salt_of, shown

SALT = bytes(range(16))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXT, VALUE, max_size=4), st.integers(0, 2**40))
def test_the_checker_finds_the_same_hash_by_its_own_way(row: dict[str, object], seq: int) -> None:
    body = json.dumps(row).encode()
    assert verify.whole_hash(seq, SALT, body) == root_of(seq, SALT, body)
    told = shown(seq, 9, SALT, body, list(fields(body))[:2])
    commitments = [bytes.fromhex(one) for one in told.rest]
    commitments += [verify.field_hash(bytes.fromhex(salt), path, value) for path, value, salt in told.opened]
    assert verify.fields_hash(seq, commitments) == root_of(seq, SALT, body)


def test_a_field_is_a_path_and_what_is_there() -> None:
    body = b'{"a": {"b/c": 1, "~": "\\u00e4"}, "to": ["x", {"id": "y"}], "none": null, "empty": {}}'
    assert fields(body) == {
        "/a/b~1c": "1", "/a/~0": '"\\u00e4"', "/to": '["x",{"id":"y"}]', "/none": "null", "/empty": "{}",
    }  # fmt: skip
    assert fields(b"7") == {"": "7"}


def test_another_value_path_salt_or_record_has_another_hash() -> None:
    one = commitment(salt_of(SALT, "/a"), "/a", "1")
    assert len({one, commitment(salt_of(SALT, "/a"), "/a", "2"), commitment(salt_of(SALT, "/b"), "/b", "1"),
                commitment(salt_of(b"x", "/a"), "/a", "1")}) == 4  # fmt: skip
    assert root(1, [one]) != root(2, [one])
    assert root(1, [one, b"2" * 32]) == root(1, [b"2" * 32, one])


def test_what_is_withheld_shows_neither_path_nor_value() -> None:
    told = shown(3, 9, SALT, b'{"subject": "ann", "data": {"ip": "192.0.2.1"}}', ["/data/ip", "/absent"])
    assert [path for path, _, _ in told.opened] == ["/data/ip"]
    assert len(told.rest) == 1
    assert "ann" not in "".join(told.rest)


def test_many_records_are_committed_to_in_pieces() -> None:
    bodies = committed(dict.fromkeys(range(5001), b"r" * 32))
    assert [len(parse(body).roots) for body in bodies] == [5000, 1]
    assert parse(bodies[1]).roots == ((5000, (b"r" * 32).hex()),)


@pytest.mark.parametrize(
    ("cell", "value", "how", "fits"),
    [
        ("192.0.2.1", "192.0.2.1", "text", True), ("192.0.2.2", "192.0.2.1", "text", False),
        ("", None, "text", True), ("x", None, "text", False), ("", 5, "text", True), ("5", 5, "text", False),
        ("'=x", "=x", "text", True), ("''=x", "'=x", "text", True),
        ("5", 5, "whole", True), ("", True, "whole", True), ("", -5, "whole", True), ("6", 5, "whole", False),
        ("2026-03-02T12:00:00.000000Z", "2026-03-02T13:00:00+01:00", "time", True),
        ("2026-03-02T12:00:01.000000Z", "2026-03-02T13:00:00+01:00", "time", False),
        ("", None, "time", True), ("2026-03-02T12:00:01.000000Z", None, "time", False),
        ("a", ["b", "a"], "among", True), ("c", ["b", "a"], "among", False), ("a", None, "among", False),
    ],
)  # fmt: skip
def test_a_cell_is_what_its_field_gives(cell: str, value: object, how: str, fits: bool) -> None:
    assert verify.cell_fits(cell, value, how) is fits


def test_a_way_that_is_not_known_is_refused() -> None:
    with pytest.raises(verify.Wrong, match="unknown"):
        verify.cell_fits("", "", "somehow")
