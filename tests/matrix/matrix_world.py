"""Two servers that know each other's keys without a network, and a guard that says what it is told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette

from nospim.events import decode
from nospim.matrix.app import PolicyRoutes
from nospim.matrix.canonical import ROOM_VERSIONS, Rules, content_hash, redacted, sign, unpadded
from nospim.matrix.decisions import Decisions
from nospim.matrix.federation import Federation
from nospim.matrix.keys import Keys, make_keys
from nospim.matrix.policy import Choices, PolicyServer
from nospim.verdicts import Rung, Verdict

SIGN = "/_matrix/policy/v1/sign"
NOW = 1_793_610_000.0
NAME = "policy.example"
"""A policy server's name."""
HOMES = {
    name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32)) for name in ("a.example", "b.example")
}
"""Two homeservers and their keys."""


class ToldGuard:
    """Says what the test decides by the message's words; None where it has no answer."""

    def __init__(self, say: Callable[[str], Rung | None]) -> None:
        self._say = say
        self.checked: list[dict[str, Any]] = []
        self.reported: list[dict[str, Any]] = []

    async def check(self, event: dict[str, Any]) -> Verdict | None:
        await asyncio.sleep(0)
        self.checked.append(event)
        action = self._say(event["data"].get("text") or "")
        if action is None:
            return None
        return Verdict(
            id=event["id"],
            source=event["source"],
            time=decode(json.dumps(event).encode()).time,
            account=event["subject"],
            action=action,
            score=0.5,
            reasons=(),
            campaign=None,
        )

    def report(self, events: list[dict[str, Any]]) -> None:
        self.reported += events


class World:
    """A policy server, and homeservers that ask it."""

    def __init__(
        self, folder: Path, say: Callable[[str], Rung | None] = lambda _: "allow", **choices: Any
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.keys: Keys = make_keys(folder / "keys.json")
        self.guard = ToldGuard(say)
        self.decisions = Decisions(folder / "decisions.sqlite")
        self.now = NOW

        async def no_srv(_: str) -> list[tuple[str, int]]:
            return []

        self.federation = Federation(NAME, self.keys, no_srv, now=lambda: self.now)
        for name, key in HOMES.items():
            public = unpadded(key.public_key().public_bytes_raw())
            self.federation.trust(name, {"ed25519:k": {"key": public}})
        self.server = PolicyServer(
            self.federation,
            self.keys,
            self.decisions,
            self.guard,  # type: ignore[arg-type]  # as much of a guard as is asked of it
            Choices(source="matrix:test", **choices),
            lambda: self.now,
        )
        routes = PolicyRoutes(self.server, self.federation, self.keys, lambda: self.now, "here.example:443")
        self.app = Starlette(routes=routes.routes())

    def close(self) -> None:
        self.decisions.close()
        asyncio.run(self.federation.close())

    def request(
        self, method: str, path: str, content: bytes | None = None, authorization: str = ""
    ) -> httpx2.Response:
        """One request, answered in this process."""

        async def answer() -> httpx2.Response:
            transport = httpx2.ASGITransport(self.app)
            async with httpx2.AsyncClient(transport=transport, base_url=f"https://{NAME}") as web:
                headers = {"authorization": authorization} if authorization else {}
                return await web.request(method, path, content=content, headers=headers)

        return asyncio.run(answer())

    def ask(
        self, event: Any, by: str = "a.example", path: str = SIGN, method: str = "POST", **changed: Any
    ) -> httpx2.Response:
        """Ask for a signature as a server does; `changed` forges parts of the proof."""
        signed = {"method": method, "uri": path, "origin": by, "destination": NAME, "content": event}
        proof = sign(signed | changed, HOMES[by], strict=False)
        header = f'X-Matrix origin="{by}",destination="{NAME}",key="ed25519:k",sig="{proof}"'
        return self.request(method, path, json.dumps(event).encode(), header)


def message(
    body: str = "hello",
    sender: str = "@ann:a.example",
    version: str = "10",
    signer: str | None = None,
    content: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A message event as servers exchange it, signed by its sender's server."""
    event = {
        "room_id": "!r:a.example",
        "sender": sender,
        "type": "m.room.message",
        "content": {"msgtype": "m.text", "body": body} if content is None else dict(content),
        "origin_server_ts": int(NOW * 1000),
        "prev_events": ["$p"],
        "auth_events": ["$q"],
        "depth": 7,
        **more,
    }
    return signed(event, ROOM_VERSIONS[version], signer or sender.partition(":")[2])


def signed(event: dict[str, Any], rules: Rules, server: str) -> dict[str, Any]:
    """The event with its hash and the signature of a server."""
    event["hashes"] = {"sha256": content_hash(event, rules)}
    proof = sign(redacted(event, rules), HOMES[server], strict=rules.strict)
    return event | {"signatures": {server: {"ed25519:k": proof}}}
