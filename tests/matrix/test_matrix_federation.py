"""Finding other servers, and whom to believe about keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from matrix_world import HOMES, NAME, NOW, World

from nospim.errors import UsageError
from nospim.matrix.canonical import Json, sign, unpadded
from nospim.matrix.federation import AGAIN, NotAuthenticError, x_matrix
from nospim.matrix.keys import make_keys, read_keys
from nospim.matrix.names import Destination, Finder, NoSuchServerError, is_server_name, server_of

LOOPBACK = (ip_network("127.0.0.0/8"),)


def find(name: str, delegated: str | None = None, srv: Sequence[tuple[str, int]] = ()) -> Destination:
    async def records(_: str) -> Sequence[tuple[str, int]]:
        return srv

    async def delegate(_: str) -> str | None:
        return delegated

    return asyncio.run(Finder(records, delegate, LOOPBACK).find(name))


def test_the_ways_to_a_server() -> None:
    at = "127.0.0.1"
    assert find("127.0.0.1") == Destination(at, 8448, "127.0.0.1", "127.0.0.1")
    assert find("127.0.0.1:1") == Destination(at, 1, "127.0.0.1:1", "127.0.0.1")
    assert find("localhost:2") == Destination(at, 2, "localhost:2", "localhost")
    assert find("localhost") == Destination(at, 8448, "localhost", "localhost")
    assert find("a.example", "localhost:3") == Destination(at, 3, "localhost:3", "localhost")
    assert find("a.example", "127.0.0.1") == Destination(at, 8448, "127.0.0.1", "127.0.0.1")
    assert find("localhost", srv=[("127.0.0.1", 4)]) == Destination(at, 4, "localhost", "localhost")


@pytest.mark.parametrize(
    "name", ["10.0.0.1", "169.254.169.254", "[::1]:8448", "192.168.1.1:22", "a b", "", "localhost:0", "a:1e5"]
)
def test_strangers_names_lead_nowhere_but_to_the_internet(name: str) -> None:
    with pytest.raises(NoSuchServerError):
        find(name)


@pytest.mark.parametrize(
    ("name", "good"),
    [("a.example", True), ("a.example:8448", True), ("[2001:db8::1]:1", True), ("", False), ("a/b", False),
     ("a.example:", False), ("a" * 300, False), ("a_b", False)],
)  # fmt: skip
def test_server_names(name: str, good: bool) -> None:
    assert is_server_name(name) == good


@pytest.mark.parametrize("user", ["ann", "@ann", "@ann:", "#r:a.example", "@ann:a b"])
def test_what_is_no_user(user: str) -> None:
    with pytest.raises(ValueError, match="not a user"):
        server_of(user)


def test_headers_are_read_as_the_specification_writes_them_and_as_servers_do() -> None:
    read = {"origin": "a.example", "key": "ed25519:k", "sig": "s+/="}
    assert x_matrix('X-Matrix origin="a.example",key="ed25519:k",sig="s+/="') == read
    assert x_matrix('x-matrix origin=a.example, key="ed25519:k" ,sig="s+/="') == read
    assert x_matrix("Bearer x") == {}


class Keys(World):
    """A world in which a.example answers for its keys as a test says."""

    def __init__(self, folder: Path, answer: Json) -> None:
        super().__init__(folder)
        self.answer = answer
        self.asked = 0
        self.federation._known.clear()

        async def find_it(name: str) -> Destination:
            return Destination("127.0.0.1", 1, name, name)

        async def ask(*_: Any) -> Json:
            self.asked += 1
            return self.answer

        self.federation._finder.find = find_it  # type: ignore[method-assign]
        self.federation._ask = ask  # type: ignore[method-assign, assignment]

    def believes(self, event: Json, at: int | None = None) -> bool:
        try:
            asyncio.run(self.federation.check("a.example", event, at=at))
        except NotAuthenticError:
            return False
        return True


def published(name: str = "a.example", old: Json | None = None, **more: Any) -> Json:
    key = HOMES["a.example"]
    told: Json = {
        "server_name": name,
        "valid_until_ts": int((NOW + 3600) * 1000),
        "verify_keys": {"ed25519:k": {"key": unpadded(key.public_key().public_bytes_raw())}},
        "old_verify_keys": old or {},
        **more,
    }
    return told | {"signatures": {name: {"ed25519:k": sign(told, key)}}}


def signed_object() -> Json:
    value: Json = {"a": 1}
    return value | {"signatures": {"a.example": {"ed25519:k": sign(value, HOMES["a.example"])}}}


def test_keys_that_prove_themselves_are_believed_and_asked_for_once(tmp_path: Path) -> None:
    world = Keys(tmp_path, published())
    assert world.believes(signed_object())
    assert world.believes(signed_object())
    assert world.asked == 1
    world.close()


@pytest.mark.parametrize(
    "answer",
    [
        {},
        published("b.example"),
        published() | {"signatures": {}},
        published() | {"valid_until_ts": 2},
        {**published(), "verify_keys": {"ed25519:k": {"key": "x"}}},
    ],
)
def test_keys_that_do_not_are_not(tmp_path: Path, answer: Json) -> None:
    world = Keys(tmp_path, answer)
    assert not world.believes(signed_object())
    assert not world.believes(signed_object())
    assert world.asked == 1  # a server without proper keys is not asked again at once
    world.now += AGAIN
    assert not world.believes(signed_object())
    assert world.asked == 2
    world.close()


def test_keys_that_were_given_up_prove_events_from_before_only(tmp_path: Path) -> None:
    old = HOMES["b.example"]
    given_up = {"ed25519:old": {"key": unpadded(old.public_key().public_bytes_raw()), "expired_ts": 1000}}
    world = Keys(tmp_path, published(old=given_up))
    value: Json = {"a": 1}
    event = value | {"signatures": {"a.example": {"ed25519:old": sign(value, old)}}}

    assert world.believes(event, at=999)
    assert not world.believes(event, at=1001)
    assert not world.believes(event)
    world.close()


def test_key_files_are_their_owners_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    made = make_keys(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert read_keys(path).policy_public == made.policy_public
    with pytest.raises(UsageError, match="exists"):
        make_keys(path)
    with pytest.raises(UsageError, match="nospim matrix keys"):
        read_keys(tmp_path / "none")
    path.write_text("{}")
    with pytest.raises(UsageError, match="no key file"):
        read_keys(path)


def test_our_own_requests_prove_who_we_are(tmp_path: Path) -> None:
    world = Keys(tmp_path, {})
    sent: list[Any] = []

    async def ask(method: str, where: Destination, path: str, content: Any, headers: Any) -> Json:
        sent.append((method, path, x_matrix(headers["authorization"])))
        return {}

    world.federation._ask = ask  # type: ignore[method-assign]
    asyncio.run(world.federation.request("PUT", "a.example", "/x", {"a": 1}))
    method, path, proof = sent[0]
    value = {"method": "PUT", "uri": "/x", "origin": NAME, "destination": "a.example", "content": {"a": 1}}

    assert (method, path, proof["origin"], proof["destination"]) == ("PUT", "/x", NAME, "a.example")
    assert proof["sig"] == sign(value, world.keys.server)
    world.close()
