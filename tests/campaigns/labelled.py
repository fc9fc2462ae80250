"""Test only: turns a labelled world and its truth into plausible sightings with imperfect verdicts.

The guard is not needed to test the casework: one lure in ten is missed, so is the first of each
session, a few honest messages are stopped, wordings are grouped crudely and sign-ins are rated by counting
what is new about them.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from publicsuffixlist import PublicSuffixList

from nospim.findings import Findings
from nospim.sightings import ClickSeen, MessageSeen, Sighting, SignInSeen

MISSED = 0.1
FALSE_STOPS = 1 / 5000
ODDS = {"device": 1500, "asn": 2000, "country": 1500, "client": 1000}

_HOST = re.compile(r"(?:https?|hxxps?)://([^\s/]+(?: ?\. ?[\w-]+)*)")
_DROP = re.compile(r"(?:https?|hxxps?)://\S*(?: ?\. ?[\w/-]+)*|\S*[\d@]\S*|[^\w\s]")
_LIKE = str.maketrans("асеорхуіԁ", "aceopxyid")
_SUFFIX = PublicSuffixList()


def rows(path: Path) -> list[dict[str, Any]]:
    """The JSON lines of a gzip or plain file."""
    packed = path.with_name(path.name + ".gz")
    text = gzip.decompress(packed.read_bytes()).decode() if packed.exists() else path.read_text()
    return [json.loads(line) for line in text.splitlines()]


def when(time: str) -> float:
    """Seconds since the epoch of an RFC 3339 time."""
    return datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()


class World:
    """A labelled world: its events, its truth, and sightings made of both."""

    def __init__(self, folder: Path) -> None:
        self.events = list(
            {(row["source"], row["id"]): row for row in rows(folder / "events.jsonl")}.values()
        )
        self._made: dict[tuple[int, bool, bool, bool], list[Sighting]] = {}
        self.truth = rows(folder / "truth.jsonl")
        self.lure = {row["id"]: row for row in self.truth if row["kind"] == "message"}
        self.small_talk = {row["id"] for row in self.truth if row["kind"] == "thief"}

    def sightings(
        self, *, seed: int = 1, sessions: bool = True, text: bool = True, clicks: bool = True
    ) -> list[Sighting]:
        """All sightings in event order; the switches take away what some services do not have."""
        how = (seed, sessions, text, clicks)
        if how not in self._made:
            self._made[how] = list(_Builder(self, random.Random(seed), sessions, text, clicks).build())
        return self._made[how]


class _Builder:
    def __init__(self, world: World, chance: random.Random, sessions: bool, text: bool, clicks: bool) -> None:
        self.world, self.chance = world, chance
        self.sessions, self.text, self.clicks = sessions, text, clicks
        self.created: dict[str, float] = {}
        self.contacts: dict[str, int] = defaultdict(int)
        self.known: dict[str, dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
        self.session: dict[str, dict[str, Any]] = {}
        self.users: dict[str, set[str]] = defaultdict(set)
        self.begun: set[Any] = set()

    def build(self) -> Iterator[Sighting]:
        for event in self.world.events:
            kind, account, at, data = event["type"], event["subject"], when(event["time"]), event["data"]
            if kind == "im.account.created":
                self.created[account] = at
            elif kind == "im.contact.added":
                self.contacts[account] += 1
            elif kind in ("im.session.opened", "im.session.resumed") and self.sessions:
                yield from self.sign_in(account, at, data, kind.endswith("resumed"))
            elif kind == "im.message.sent":
                yield self.message(event, account, at, data)
            elif kind == "im.link.clicked" and self.clicks:
                yield ClickSeen(
                    account=key(account),
                    at=at,
                    message=key(data["message"]) if data.get("message") else None,
                    destinations=destinations(data["url"]),
                )

    def sign_in(self, account: str, at: float, data: dict[str, Any], resumed: bool) -> Iterator[Sighting]:
        known = self.known[account]
        odd = 0
        for name, bits in ODDS.items():
            value = data.get(name)
            odd += bits if value is not None and known[name] and value not in known[name] else 0
            if value is not None:
                known[name].add(value)
        network = data["ip"].rsplit(".", 1)[0] + ".0/24" if data.get("ip") else None
        odd = odd + 1500 if resumed and odd else odd
        old = self.session.get(data["session"], {})
        self.session[data["session"]] = {
            "opened": old.get("opened", at),
            "odd": odd,
            "network": network,
            "client": data.get("client") or old.get("client"),
        }
        if odd >= 1500:
            yield SignInSeen(
                account=key(account),
                session=data["session"],
                at=at,
                network=network,
                country=data.get("country"),
                client=data.get("client"),
                device=data.get("device"),
                oddness=odd,
                resumed=resumed,
            )

    def message(self, event: dict[str, Any], account: str, at: float, data: dict[str, Any]) -> MessageSeen:
        ident = event["id"]
        session = data.get("session") if self.sessions else None
        signed = self.session.get(session or "", {})
        spim = self.world.lure.get(ident)
        stopped = self.chance.random() < FALSE_STOPS and ident not in self.world.small_talk
        if spim is not None:
            place = (account, data.get("session"))
            stopped = place in self.begun and self.chance.random() >= MISSED
            self.begun.add(place)
        text = data.get("text") if self.text else None
        leads = destinations(text or "")
        for name in leads:
            self.users[name].add(account)
        return MessageSeen(
            message=key(ident),
            account=key(account),
            at=at,
            to=tuple(key(other) for other in data["to"]),
            action="block" if stopped else "allow",
            bits=8000 if stopped else -8000,
            destinations=leads,
            common=tuple(name for name in leads if len(self.users[name]) > 30),
            links=tuple(f"https://{name}/" for name in leads),
            wording=wording(text or ""),
            session=session,
            session_opened=signed.get("opened"),
            network=signed.get("network"),
            client=signed.get("client"),
            oddness=signed.get("odd"),
            burst=1,
            account_age=at - self.created[account] if account in self.created else None,
            account_created=self.created.get(account),
            own_contacts=self.contacts[account],
            text=text if stopped else None,
        )


def key(ident: str) -> str:
    """The key of an id in the worlds' one source."""
    return f"xmpp://im.example {ident}"


def plain(text: str) -> str:
    """Text without its simplest disguises."""
    text = unicodedata.normalize("NFKC", text).replace("[.]", ".").translate(_LIKE)
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


@cache
def destinations(text: str) -> tuple[str, ...]:
    """Registrable domains of the links in a text."""
    hosts = [host.replace(" ", "") for host in _HOST.findall(plain(text))]
    return tuple(dict.fromkeys(_SUFFIX.privatesuffix(host.lower()) or host.lower() for host in hosts))


def wording(text: str) -> str | None:
    """A crude name for a wording: its words of four letters and more."""
    words = [word for word in _DROP.sub(" ", plain(text)).lower().split() if len(word) > 3]
    return " ".join(words) or None


def write(findings: Findings, sightings: list[Sighting], out: Path) -> None:
    """What a scan writes, as far as scoring reads it."""
    import msgspec

    out.mkdir(parents=True, exist_ok=True)
    for name in ("campaigns", "accounts", "operators"):
        lines = [msgspec.json.encode(row) for row in getattr(findings, name)]
        (out / f"{name}.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    verdicts = [
        json.dumps({"id": seen.message.partition(" ")[2], "action": seen.action})
        for seen in sightings
        if isinstance(seen, MessageSeen)
    ]
    (out / "verdicts.jsonl").write_text("\n".join(verdicts) + "\n")
