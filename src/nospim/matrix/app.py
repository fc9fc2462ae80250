"""The HTTP side of the policy server: what other servers and clients ask of it.

Source: Matrix 1.18, "Policy Servers" (what a server of its own has to answer), "Publishing keys", "Receiving
transactions", "Device lookups"; client-server API, well-known documents.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nospim import __version__
from nospim.matrix.canonical import MAX_PDU, Json, sign
from nospim.matrix.federation import Federation, NotAuthenticError
from nospim.matrix.keys import Keys
from nospim.matrix.policy import MatrixError, PolicyServer

MAX_BODY: Final = 4 * MAX_PDU
"""Bytes of a request to sign: an event of the largest size with every character escaped."""
MAX_TRANSACTION: Final = 8 << 20
"""Bytes of a transaction, which is thrown away."""
VALID_HOURS: Final = 24
CORS: Final = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
    "access-control-allow-headers": "X-Requested-With, Content-Type, Authorization",
}
"""As the client-server API asks of well-known documents ("Web Browser Clients")."""

Handler = Callable[[Request], Awaitable[Response]]


class PolicyRoutes:
    """The routes of one policy server.

    delegate: what /.well-known/matrix/server says, where this process serves that too.
    """

    def __init__(
        self,
        server: PolicyServer,
        federation: Federation,
        keys: Keys,
        now: Callable[[], float],
        delegate: str | None = None,
    ) -> None:
        self._server, self._federation, self._keys, self._now = server, federation, keys, now
        self._delegate = delegate

    def routes(self) -> list[Route]:
        """All of them, to be mounted in a Starlette application."""
        return [
            Route("/_matrix/policy/v1/sign", _safely(self.sign), methods=["POST"]),
            Route("/_matrix/policy/unstable/org.matrix.msc4284/sign", _safely(self.sign), methods=["POST"]),
            Route("/_matrix/key/v2/server", self.keys),
            Route("/_matrix/key/v2/server/{key}", self.keys),
            Route("/_matrix/federation/v1/version", self.version),
            Route("/_matrix/federation/v1/send/{txn}", _safely(self.transaction), methods=["PUT"]),
            Route("/_matrix/federation/v1/user/devices/{user}", self.devices),
            Route("/.well-known/matrix/policy_server", self.well_known, methods=["GET", "OPTIONS"]),
            *((Route("/.well-known/matrix/server", self.well_known_server),) if self._delegate else ()),
            Route("/_matrix/{rest:path}", _unrecognised, methods=["GET", "POST", "PUT", "DELETE"]),
        ]

    async def sign(self, request: Request) -> Response:
        """Sign an event or refuse to."""
        event, origin = await self._signed_body(request, MAX_BODY)
        return JSONResponse(await self._server.sign(origin, event))

    async def keys(self, _: Request) -> Response:
        """The key that our requests and events are signed with; never the one that approves events."""
        told: Json = {
            "server_name": self._federation.name,
            "valid_until_ts": int((self._now() + VALID_HOURS * 3600) * 1000),
            "verify_keys": {self._keys.server_key_id: {"key": self._keys.server_public}},
            "old_verify_keys": {},
        }
        proof = sign(told, self._keys.server)
        told["signatures"] = {self._federation.name: {self._keys.server_key_id: proof}}
        return JSONResponse(told)

    async def version(self, _: Request) -> Response:
        """Who we are."""
        return JSONResponse({"server": {"name": "nospim", "version": __version__}})

    async def transaction(self, request: Request) -> Response:
        """Traffic of the rooms that we joined: taken so that no server thinks us dead, and thrown away."""
        content, _ = await self._signed_body(request, MAX_TRANSACTION)
        pdus = content.get("pdus") if isinstance(content, dict) else None
        ids = [str(p.get("event_id")) for p in pdus if isinstance(p, dict)] if isinstance(pdus, list) else []
        return JSONResponse({"pdus": {ident: {} for ident in ids if ident != "None"}})

    async def devices(self, request: Request) -> Response:
        """Our only user has no devices."""
        return JSONResponse({"user_id": request.path_params["user"], "stream_id": 1, "devices": []})

    async def well_known(self, _: Request) -> Response:
        """What clients write into `m.room.policy`."""
        return JSONResponse({"public_keys": {"ed25519": self._keys.policy_public}}, headers=CORS)

    async def well_known_server(self, _: Request) -> Response:
        """Where our server name leads."""
        return JSONResponse({"m.server": self._delegate}, headers=CORS)

    async def _signed_body(self, request: Request, limit: int) -> tuple[Any, str]:
        """The JSON of a request that a server signed, and that server.  Raises MatrixError."""
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > limit:
                raise MatrixError(413, "M_TOO_LARGE", f"at most {limit} bytes are taken")
        try:
            content = json.loads(bytes(body))
        except (ValueError, RecursionError):
            raise MatrixError(400, "M_NOT_JSON", "the body is not JSON") from None
        query = f"?{request.url.query}" if request.url.query else ""
        uri = request.scope.get("raw_path", b"").decode("ascii", "replace") + query
        header = request.headers.get("authorization", "")
        try:
            return content, await self._federation.origin_of(request.method, uri, header, content)
        except NotAuthenticError as error:
            raise MatrixError(401, "M_UNAUTHORIZED", str(error)) from None


def error_response(error: MatrixError) -> Response:
    """An error in Matrix's form."""
    told: Json = {"errcode": error.code, "error": error.text}
    if error.retry_ms is not None:
        told["retry_after_ms"] = error.retry_ms
    return JSONResponse(told, error.status)


def _safely(handler: Handler) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except MatrixError as error:
            return error_response(error)
        except ClientDisconnect:
            return Response(status_code=499)

    return answer


async def _unrecognised(_: Request) -> Response:
    return error_response(MatrixError(404, "M_UNRECOGNIZED", "this server is only a policy server"))
