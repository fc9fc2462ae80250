"""Real XMPP clients for tests: people and thieves, each from an address of loopback of his own."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Literal

import slixmpp
from slixmpp.componentxmpp import ComponentXMPP
from slixmpp.xmlstream import ElementBase

PATIENCE: Final = 30.0
"""Seconds after which what does not come is taken not to come; nothing waits that long when all is well."""
HERE: Final = "127.0.0.1"


class Person(slixmpp.ClientXMPP):
    """One client: what came in, what was refused, what was taken back, and how the session ended."""

    def __init__(self, jid: str, password: str, port: int, home: str = HERE) -> None:
        super().__init__(jid, password)
        self.server_port, self.home = port, home
        self.got: list[slixmpp.Message] = []
        self.refused: list[slixmpp.Message] = []
        self.taken_back: list[str] = []
        self.signed_in, self.gone = asyncio.Event(), asyncio.Event()
        self.sign_in_failed: str | None = None
        self.ended: tuple[str, str] | None = None
        self.ended_at = 0.0
        self.enable_starttls = self.enable_direct_tls = False
        self.enable_plaintext = True
        self.plugin["feature_mechanisms"].unencrypted_scram = True
        self.plugin["feature_mechanisms"].unencrypted_plain = True
        for name in ("xep_0045", "xep_0191", "xep_0308", "xep_0313", "xep_0424"):
            self.register_plugin(name)
        self.add_event_handler("session_start", self._started)
        self.add_event_handler("message", self.got.append)
        self.add_event_handler("message_error", self.refused.append)
        self.add_event_handler("message_retract", self._retracted)
        self.add_event_handler("failed_auth", self._failed)
        self.add_event_handler("stream_error", self._stream_error)
        self.add_event_handler("disconnected", self._disconnected)

    async def _attempt_connection(self, host: str, port: int, *_: object) -> bool:
        """Connect from the person's own address, so that the server sees who is where."""
        self.event_when_connected = "connected"
        try:
            await self.loop.create_connection(lambda: self, host, port, local_addr=(self.home, 0))
        except OSError as error:
            self.event("connection_failed", error)
            return False
        return True

    async def _started(self, _: object) -> None:
        self.send_presence()
        self.signed_in.set()

    def _retracted(self, message: slixmpp.Message) -> None:
        self.taken_back.append(message["retract"]["id"])

    def _failed(self, failure: ElementBase) -> None:
        self.sign_in_failed = failure["condition"]

    def _stream_error(self, error: ElementBase) -> None:
        self.ended, self.ended_at = (error["condition"], error["text"]), time.time()

    def _disconnected(self, _: object) -> None:
        self.gone.set()

    async def enter(self) -> Person:
        """Sign in; returns when the session is there."""
        self.connect(HERE, self.server_port)
        await asyncio.wait_for(self.signed_in.wait(), PATIENCE)
        return self

    async def tries_to_enter(self) -> str | None:
        """Sign in where it may fail; returns the reason that the server gave, or None when it let him in."""
        self.connect(HERE, self.server_port)
        waits = [asyncio.ensure_future(event.wait()) for event in (self.signed_in, self.gone)]
        await asyncio.wait(waits, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return None if self.signed_in.is_set() else self.sign_in_failed or "closed"

    async def leave(self) -> None:
        """Sign out; nothing happens where the server has ended the session."""
        if not self.gone.is_set():
            await self.disconnect(wait=1.0)
        self.cancel_connection_attempt()

    def say(
        self, to: str, text: str, kind: Literal["chat", "groupchat", "normal"] = "chat", **more: str
    ) -> str:
        """Send a message; returns the client's own id for it."""
        message = self.make_message(mto=to, mbody=text, mtype=kind)
        for name, value in more.items():
            message[name] = value
        message.send()
        return str(message["id"])

    def heard(self) -> list[str]:
        """The words that came in, in order, without the server's notices."""
        return [m["body"] for m in self.got if not is_notice(m)]

    def notices(self) -> list[str]:
        """The server's notices that came in."""
        return [m["body"] for m in self.got if is_notice(m)]


def is_notice(message: slixmpp.Message) -> bool:
    """Whether it is the service that speaks: in its own name, or in somebody's conversation."""
    text = message["body"]
    return (
        not message["from"].user
        or text.startswith("Notice from the service")
        or "was taken back by the service" in text
    )


def error_of(message: slixmpp.Message) -> str:
    """The condition of a refusal (RFC 6120, section 8.3.3)."""
    error = message.xml.find("{jabber:client}error")
    assert error is not None
    stanzas = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
    return next(
        c.tag.removeprefix(stanzas)
        for c in error
        if c.tag.startswith(stanzas) and not c.tag.endswith("}text")
    )


def lures_of(person: Person) -> list[str]:
    """The ids of the lures that somebody got."""
    return [str(m["id"]) for m in person.got if "in this video" in m["body"]]


async def asked(iq: Any) -> None:
    """Send a question and wait for its answer; raises IqError for a refusal."""
    await iq.send()


def component(host: str, port: int) -> Any:
    """An external component of a server, not yet connected."""
    return ComponentXMPP(host, "sesame", HERE, port)  # type: ignore[no-untyped-call]


async def until(true: Callable[[], Any], what: str = "") -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"not within {PATIENCE:.0f} s: {what or true}"
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def people(
    port: int, *names: str, host: str = "localhost", client: str = "desk"
) -> AsyncIterator[list[Person]]:
    """Some people, signed in each from home; a name's number is the number of his home."""
    crowd = [Person(f"{name}@{host}/{client}", f"pw-{name}", port, home_of(name)) for name in names]
    try:
        await asyncio.gather(*(person.enter() for person in crowd))
        yield crowd
    finally:
        await asyncio.gather(*(person.leave() for person in crowd), return_exceptions=True)


def home_of(name: str) -> str:
    """The address from which somebody of this name connects: one network each."""
    number = sum(ord(letter) * (i + 1) for i, letter in enumerate(name)) % 60000
    return f"127.{10 + number // 250 % 200}.{number % 250}.7"
