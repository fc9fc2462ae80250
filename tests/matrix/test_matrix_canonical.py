"""Canonical JSON, event ids and signatures, by the specification's own test vectors."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from nospim.matrix.canonical import (
    MAX_DEPTH,
    ROOM_VERSIONS,
    NotCanonicalError,
    canonical,
    content_hash,
    event_id,
    padded,
    redacted,
    sign,
    unpadded,
    verify,
)

# The Matrix specification, appendix "Cryptographic Test Vectors".
KEY = Ed25519PrivateKey.from_private_bytes(padded("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1"))
PUBLIC = KEY.public_key().public_bytes_raw()


def test_the_specifications_signatures_of_json() -> None:
    assert sign({}, KEY) == (
        "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"
    )
    assert sign({"one": 1, "two": "Two"}, KEY) == (
        "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw"
    )


def test_the_specifications_signatures_of_events() -> None:
    minimal: dict[str, Any] = {
        "room_id": "!x:domain",
        "sender": "@a:domain",
        "origin": "domain",
        "origin_server_ts": 1000000,
        "signatures": {},
        "hashes": {},
        "type": "X",
        "content": {},
        "prev_events": [],
        "auth_events": [],
        "depth": 3,
        "unsigned": {"age_ts": 1000000},
    }
    rules = ROOM_VERSIONS["4"]
    minimal["hashes"] = {"sha256": content_hash(minimal, rules)}

    assert minimal["hashes"]["sha256"] == "5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos"
    assert sign(redacted(minimal, rules), KEY) == (
        "KxwGjPSDEtvnFgU00fwFz+l6d2pJM6XBIaMEn81SXPTRl16AqLAYqfIReFGZlHi5KLjAWbOoMszkwsQma+lYAg"
    )


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ({"one": 1, "two": "Two"}, b'{"one":1,"two":"Two"}'),
        ({"b": "2", "a": "1"}, b'{"a":"1","b":"2"}'),
        ({"本": 2, "日": 1}, '{"日":1,"本":2}'.encode()),
        ({"a": "日本語"}, '{"a":"日本語"}'.encode()),
        ({"a": None, "b": True}, b'{"a":null,"b":true}'),
        ({"a": "\n\x01\x7f/"}, b'{"a":"\\n\\u0001\x7f/"}'),
        ({"\U0001f600": 1, "\uff5e": 2}, '{"\uff5e":2,"\U0001f600":1}'.encode()),
    ],
)
def test_the_canonical_form(value: Any, form: bytes) -> None:
    assert canonical(value) == form


@pytest.mark.parametrize("value", [1.0, 1 << 53, -(1 << 53), float("nan"), "\ud800"])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonicalError):
        canonical({"a": [value]})


def test_old_rooms_may_hold_fractions_but_nothing_that_is_no_number() -> None:
    assert canonical({"a": 1.5}, strict=False) == b'{"a":1.5}'
    with pytest.raises(NotCanonicalError):
        canonical({"a": float("inf")}, strict=False)


def test_a_pit_of_brackets_is_refused() -> None:
    pit: Any = 0
    for _ in range(MAX_DEPTH + 2):
        pit = [pit]
    with pytest.raises(NotCanonicalError, match="nested deeper"):
        canonical(pit)


def message(**more: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "room_id": "!r:a.example",
        "sender": "@ann:a.example",
        "type": "m.room.message",
        "content": {"msgtype": "m.text", "body": "hello"},
        "origin_server_ts": 1_793_610_000_000,
        "prev_events": ["$p"],
        "auth_events": ["$q"],
        "depth": 7,
        **more,
    }
    event["hashes"] = {"sha256": content_hash(event, ROOM_VERSIONS["10"])}
    return event


def test_an_id_depends_on_the_content_and_not_on_signatures() -> None:
    rules = ROOM_VERSIONS["10"]
    ident = event_id(message(), rules)

    assert len(ident) == 44
    assert event_id(message() | {"signatures": {"x": {"y": "z"}}, "unsigned": {"age": 3}}, rules) == ident
    assert event_id(message(content={"body": "other"}), rules) != ident


@pytest.mark.parametrize("version", ["1", "2"])
def test_where_servers_choose_ids_the_hash_comes_with_them(version: str) -> None:
    rules = ROOM_VERSIONS[version]
    one, two = (message(content={"body": body}, event_id="$same:a.example") for body in ("one", "two"))
    for event in (one, two):
        event["hashes"] = {"sha256": content_hash(event, rules)}

    assert event_id(one, rules).startswith("$same:a.example~")
    assert event_id(one, rules) != event_id(two, rules)


@pytest.mark.parametrize(
    ("version", "kind", "content", "left"),
    [
        ("10", "m.room.message", {"body": "x"}, {}),
        ("1", "m.room.create", {"creator": "@a:b", "m.federate": True}, {"creator": "@a:b"}),
        ("11", "m.room.create", {"room_version": "11", "x": 1}, {"room_version": "11", "x": 1}),
        ("5", "m.room.aliases", {"aliases": ["#a:b"]}, {"aliases": ["#a:b"]}),
        ("6", "m.room.aliases", {"aliases": ["#a:b"]}, {}),
        ("7", "m.room.join_rules", {"join_rule": "invite", "allow": []}, {"join_rule": "invite"}),
        ("8", "m.room.join_rules", {"join_rule": "x", "allow": []}, {"join_rule": "x", "allow": []}),
        ("8", "m.room.member", {"membership": "join", "join_authorised_via_users_server": "@a:b"},
         {"membership": "join"}),
        ("9", "m.room.member",
         {"membership": "join", "join_authorised_via_users_server": "@a:b", "avatar_url": "m"},
         {"membership": "join", "join_authorised_via_users_server": "@a:b"}),
        ("11", "m.room.member",
         {"membership": "invite", "third_party_invite": {"signed": {"t": 1}, "display_name": "d"}},
         {"membership": "invite", "third_party_invite": {"signed": {"t": 1}}}),
        ("10", "m.room.power_levels", {"ban": 50, "invite": 50, "x": 1}, {"ban": 50}),
        ("11", "m.room.power_levels", {"ban": 50, "invite": 50, "x": 1}, {"ban": 50, "invite": 50}),
        ("10", "m.room.redaction", {"redacts": "$e", "reason": "r"}, {}),
        ("11", "m.room.redaction", {"redacts": "$e", "reason": "r"}, {"redacts": "$e"}),
        ("12", "m.room.history_visibility", {"history_visibility": "x", "y": 1}, {"history_visibility": "x"}),
    ],
)  # fmt: skip
def test_what_redaction_leaves(version: str, kind: str, content: Any, left: Any) -> None:
    event = {"type": kind, "content": content, "origin": "b", "extra": 1, "sender": "@a:b"}
    pruned = redacted(event, ROOM_VERSIONS[version])

    assert pruned["content"] == left
    assert ("origin" in pruned) == (int(version) < 11)
    assert "extra" not in pruned


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_a_signature_holds_for_its_object_only(value: dict[str, Any]) -> None:
    signature = sign(value, KEY)

    assert verify(value | {"unsigned": {"age": 1}, "signatures": {"a": {}}}, signature, PUBLIC)
    assert not verify(value | {"added": 1}, signature, PUBLIC)
    assert not verify(value, unpadded(bytes(64)), PUBLIC)


@pytest.mark.parametrize("signature", ["", "x", "====", "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFW", "\n"])
def test_what_is_no_signature_is_just_not_valid(signature: str) -> None:
    assert not verify({}, signature, PUBLIC)
