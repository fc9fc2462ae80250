"""Talking with other Matrix servers: signed requests, their signing keys, and checking who asks.

Sources: server-server API 1.18, "Request authentication" (X-Matrix) and "Retrieving server keys".
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import httpx2
import msgspec
from msgspec import Struct

from nospim.capture.addresses import Network
from nospim.matrix.canonical import Json, NotCanonicalError, padded, sign, verify
from nospim.matrix.keys import Keys
from nospim.matrix.names import Destination, Finder, NoSuchServerError, Srv, is_server_name

SECONDS: Final = 10.0
"""Seconds that another server may take: Synapse waits 30 s for us, and two such calls have to fit."""
MAX_ANSWER: Final = 1 << 20
KEPT_HOURS: Final = 7 * 24
"""Hours that keys are believed at most, whatever they say of themselves (specification: 7 days)."""
AGAIN: Final = 60.0
"""Seconds before keys of the same server are asked for again, found or not: strangers choose the names."""
MAX_SERVERS: Final = 10_000
"""Servers whose keys are remembered; the one learned first goes first."""
MAX_KEYS: Final = 64


class NotAuthenticError(Exception):
    """A request or an event that is not proved to be from whom it says; the message says why."""


class VerifyKey(Struct):
    """One key of a server, as it publishes it."""

    key: str
    expired_ts: int | None = None


class ServerKeys(Struct):
    """What a server publishes about its keys."""

    server_name: str
    valid_until_ts: int
    verify_keys: dict[str, VerifyKey]
    old_verify_keys: dict[str, VerifyKey] = {}


class _Known(Struct):
    until: float
    asked: float
    keys: dict[str, tuple[bytes, int | None]]


class Federation:
    """Our side of federation.

    name: our server name.  authorities: a file with certificate authorities to trust instead of the system's.
    allowed: networks beyond the public Internet.  srv: looks SRV records up.  now: seconds since the epoch.
    """

    def __init__(
        self,
        name: str,
        keys: Keys,
        srv: Srv,
        *,
        authorities: str | None = None,
        allowed: tuple[Network, ...] = (),
        now: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self._keys = keys
        self._now = now
        self._finder = Finder(srv, self._delegate, allowed)
        context = ssl.create_default_context(cafile=authorities)
        self._web = httpx2.AsyncClient(verify=context, timeout=SECONDS, trust_env=False)
        self._known: dict[str, _Known] = {}

    def trust(self, server: str, keys: Mapping[str, Mapping[str, str]], seconds: float = 86_400.0) -> None:
        """Take a server's keys (as it would publish them) for true for a while without asking it."""
        known: dict[str, tuple[bytes, int | None]] = {i: (padded(k["key"]), None) for i, k in keys.items()}
        self._remember(server, _Known(self._now() + seconds, self._now(), known))

    async def close(self) -> None:
        """Close the connections."""
        await self._web.aclose()

    async def request(
        self, method: Literal["GET", "POST", "PUT"], server: str, path: str, content: Json | None = None
    ) -> Json:
        """A signed request to a server; the JSON object of its answer.  Raises NoSuchServerError."""
        where = await self._finder.find(server)
        signed: Json = {"method": method, "uri": path, "origin": self.name, "destination": server}
        if content is not None:
            signed["content"] = content
        proof = sign(signed, self._keys.server, strict=False)
        head = f'X-Matrix origin="{self.name}",destination="{server}"'
        header = f'{head},key="{self._keys.server_key_id}",sig="{proof}"'
        return await self._ask(method, where, path, content, {"authorization": header})

    async def origin_of(self, method: str, uri: str, header: str, content: Any) -> str:
        """The server that a request comes from, proved by its signature.  Raises NotAuthenticError."""
        given = x_matrix(header)
        origin, key, proof = (given.get(name, "") for name in ("origin", "key", "sig"))
        if not is_server_name(origin) or origin == self.name:
            raise NotAuthenticError("the request does not say which server it is from")
        if given.get("destination", self.name) != self.name:
            raise NotAuthenticError("the request is meant for another server")
        signed = {"method": method, "uri": uri, "origin": origin, "destination": self.name}
        if content is not None:
            signed["content"] = content
        await self.check(origin, {**signed, "signatures": {origin: {key: proof}}})
        return origin

    async def check(self, server: str, value: Mapping[str, Any], *, at: int | None = None) -> None:
        """Is a JSON object signed by a server?  Raises NotAuthenticError.

        at: for an event, when it says it was made (milliseconds), for keys that were given up since.
        """
        signatures = value.get("signatures")
        ours = signatures.get(server) if isinstance(signatures, dict) else None
        if not isinstance(ours, dict) or not ours:
            raise NotAuthenticError(f"{server} did not sign it")
        wanted = [ident for ident in ours if isinstance(ident, str) and ident.startswith("ed25519:")]
        keys = await self._keys_of(server, wanted, current=at is None)
        for ident in wanted[:MAX_KEYS]:
            key, proof = keys.get(ident), ours[ident]
            if key is None or not isinstance(proof, str):
                continue
            if key[1] is not None and (at is None or at > key[1]):
                continue
            try:
                if verify(value, proof, key[0], strict=False):
                    return
            except NotCanonicalError as error:
                raise NotAuthenticError(str(error)) from None
        raise NotAuthenticError(f"no signature of {server} on it is valid")

    async def _keys_of(
        self, server: str, wanted: list[str], *, current: bool
    ) -> dict[str, tuple[bytes, int | None]]:
        known, now = self._known.get(server), self._now()
        fresh = known is not None and now < known.until
        if known is not None and fresh and (any(ident in known.keys for ident in wanted) or not wanted):
            return known.keys
        if known is not None and now - known.asked < AGAIN:
            return known.keys if fresh or not current else {}
        try:
            found = await self._fetch_keys(server, now)
        except (NoSuchServerError, NotAuthenticError):
            keys = {} if known is None else known.keys
            until = now if known is None else known.until
            self._remember(server, _Known(until, now, keys))
            return keys if fresh or not current else {}
        self._remember(server, found)
        return found.keys

    def _remember(self, server: str, known: _Known) -> None:
        if server not in self._known and len(self._known) >= MAX_SERVERS:
            del self._known[next(iter(self._known))]
        self._known[server] = known

    async def _fetch_keys(self, server: str, now: float) -> _Known:
        where = await self._finder.find(server)
        answer = await self._ask("GET", where, "/_matrix/key/v2/server", None, {})
        try:
            told = msgspec.convert(answer, ServerKeys)
            valid = {ident: (padded(each.key), None) for ident, each in told.verify_keys.items()}
            given_up = {
                ident: (padded(each.key), each.expired_ts or 0)
                for ident, each in list(told.old_verify_keys.items())[:MAX_KEYS]
            }
        except (msgspec.MsgspecError, ValueError) as error:
            raise NotAuthenticError(f"the keys of {server} cannot be read: {error}") from None
        if told.server_name != server or len(valid) > MAX_KEYS:
            raise NotAuthenticError(f"what {server} says of its keys is about another server")
        signatures = answer.get("signatures")
        ours = signatures.get(server) if isinstance(signatures, dict) else None
        for ident, (key, _) in valid.items():
            proof = ours.get(ident) if isinstance(ours, dict) else None
            if not isinstance(proof, str) or not verify(answer, proof, key, strict=False):
                raise NotAuthenticError(f"{server} does not prove that it has the key {ident}")
        until = min(told.valid_until_ts / 1000, now + KEPT_HOURS * 3600)
        return _Known(max(until, now), now, {**given_up, **valid})

    async def _delegate(self, name: str) -> str | None:
        """What the well-known document of a name delegates to; None where there is none."""
        try:
            where = Destination(await self._finder.address(name, 443), 443, name, name)
            answer = await self._ask("GET", where, "/.well-known/matrix/server", None, {})
        except NoSuchServerError:
            return None
        delegated = answer.get("m.server")
        return delegated if isinstance(delegated, str) else None

    async def _ask(
        self, method: str, where: Destination, path: str, content: Json | None, headers: Mapping[str, str]
    ) -> Json:
        address = f"[{where.address}]" if ":" in where.address else where.address
        sent = {**headers, "host": where.host, "accept-encoding": "identity"}
        body = None
        if content is not None:
            sent["content-type"] = "application/json"
            body = msgspec.json.encode(content)
        try:
            async with self._web.stream(
                method,
                f"https://{address}:{where.port}{path}",
                content=body,
                headers=sent,
                extensions={"sni_hostname": where.certificate},
            ) as response:
                got = bytearray()
                async for part in response.aiter_raw():
                    got += part
                    if len(got) > MAX_ANSWER:
                        raise NoSuchServerError(f"{where.host} answers without end")
        except httpx2.RequestError as error:
            why = str(error) or type(error).__name__
            raise NoSuchServerError(f"{where.host} does not answer: {why}") from None
        if response.status_code != 200:
            told = bytes(got[:300]).decode("utf-8", "replace")
            raise NoSuchServerError(f"{where.host} answers {response.status_code}: {told}")
        try:
            return msgspec.json.decode(bytes(got), type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise NoSuchServerError(f"{where.host} does not answer in JSON") from None


_PARAMETER: Final = re.compile(r'([a-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",\s]*))', re.ASCII)


def x_matrix(header: str) -> dict[str, str]:
    """The parameters of an X-Matrix authorization header; empty where it is none."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "x-matrix":
        return {}
    return {
        name: re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
        for name, quoted, plain in _PARAMETER.findall(rest[:4096])
    }


async def srv_records(name: str) -> list[tuple[str, int]]:
    """SRV records of a server's name, best first: `_matrix-fed._tcp`, and `_matrix._tcp` as before 1.8."""
    import dns.asyncresolver  # noqa: PLC0415 - slow to import, and not needed for names with a port
    import dns.exception  # noqa: PLC0415

    for service in ("_matrix-fed", "_matrix"):
        try:
            found = await dns.asyncresolver.resolve(f"{service}._tcp.{name}", "SRV", lifetime=5)
        except dns.exception.DNSException:
            continue
        records = sorted(found, key=lambda record: (record.priority, -record.weight))
        return [(str(record.target).rstrip("."), int(record.port)) for record in records]
    return []
