"""Where another Matrix server is: from its name to an address, a port, and the name on its certificate.

Source: server-server API 1.18, "Server discovery" (well-known delegation, SRV records, port 8448).  Only
addresses of the public Internet are connected to, unless the operator lists others: the names come from
strangers.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from msgspec import Struct

from nospim.capture.addresses import AddressRules, Network

PORT: Final = 8448
MAX_NAME: Final = 255
"""Longest server name (appendix "Server name"; most software takes 230)."""
_NAME: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,255})(?::(?P<port>\d{1,5}))?")

Srv = Callable[[str], Awaitable[Sequence[tuple[str, int]]]]
"""Server name -> targets and ports of its SRV records, best first; empty for none."""
Delegate = Callable[[str], Awaitable[str | None]]
"""Server name -> what its /.well-known/matrix/server delegates to, None for nothing."""


class NoSuchServerError(Exception):
    """A server that cannot be reached, with the reason."""


class Destination(Struct, frozen=True):
    """Where to connect (an IP address and a port), which Host to ask for, and whose certificate to expect."""

    address: str
    port: int
    host: str
    certificate: str


def is_server_name(name: str) -> bool:
    """Is this formed like a server's name?"""
    return len(name) <= MAX_NAME and _NAME.fullmatch(name) is not None


def server_of(user: str) -> str:
    """The server in a user's id; raises ValueError where it is none."""
    local, colon, server = user.partition(":")
    if not local.startswith("@") or not colon or not is_server_name(server):
        raise ValueError(f"not a user's id: {user[:80]!r}")
    return server


class Finder:
    """Finds servers.

    allowed: networks that may be connected to although they are not of the public Internet.
    """

    def __init__(self, srv: Srv, delegate: Delegate, allowed: tuple[Network, ...] = ()) -> None:
        self._srv = srv
        self._delegate = delegate
        self._allowed = allowed
        self._rules = AddressRules()

    async def find(self, name: str) -> Destination:
        """Where a server is.  Raises NoSuchServerError."""
        literal, host, port = _parts(name)
        if literal or port is not None:
            return await self._at(host, port or PORT, name, host)
        delegated = await self._delegate(name)
        if delegated is not None and is_server_name(delegated):
            literal, host, port = _parts(delegated)
            if literal or port is not None:
                return await self._at(host, port or PORT, delegated, host)
            name = delegated
        for target, number in await self._srv(name):
            return await self._at(target, number, name, name)
        return await self._at(name, PORT, name, name)

    async def address(self, host: str, port: int) -> str:
        """An address of a host that may be connected to.  Raises NoSuchServerError."""
        why = "it has no address"
        for address in await _addresses(host, port):
            why = self._against(address)
            if not why:
                return address
        raise NoSuchServerError(f"{host} is not connected to: {why}")

    def _against(self, address: str) -> str:
        try:
            if any(ipaddress.ip_address(address) in network for network in self._allowed):
                return ""
        except ValueError:
            return "no address"
        return self._rules.against(address)

    async def _at(self, host: str, port: int, asked: str, certificate: str) -> Destination:
        return Destination(await self.address(host, port), port, asked, certificate)


async def _addresses(host: str, port: int) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoSuchServerError(f"{host} has no address: {error}") from None
    return [str(entry[4][0]) for entry in found]


def _parts(name: str) -> tuple[bool, str, int | None]:
    """Is it an IP literal; the host, without brackets; the port if it is given."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise NoSuchServerError(f"{name[:80]!r} is no server's name")
    host = found["host"].strip("[]")
    port = None if found["port"] is None else int(found["port"])
    if port is not None and not 0 < port < 65536:
        raise NoSuchServerError(f"{name[:80]!r} has no such port")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False, host, port
    return True, host, port
