"""Runs what a configuration asks for: the policy server, endpoints for Synapse, carrying out actions."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from nospim.client import AsyncClient, Patience
from nospim.matrix.app import PolicyRoutes
from nospim.matrix.decisions import Decisions
from nospim.matrix.federation import Federation, srv_records
from nospim.matrix.guard import Guard
from nospim.matrix.join import join
from nospim.matrix.keys import read_keys
from nospim.matrix.policy import Choices, PolicyServer
from nospim.matrix.settings import MatrixSettings, PolicyServerSettings, read_token


class Process:
    """Everything that runs, built from settings.  folder: what paths in them are relative to."""

    def __init__(self, settings: MatrixSettings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder

    def client(self, patience: Patience) -> AsyncClient:
        """A client of the guard's service."""
        guard = self._settings.guard
        token = None if guard.token_file is None else read_token(self._folder, guard.token_file)
        authorities = None if guard.authorities is None else str(self._folder / guard.authorities)
        return AsyncClient(guard.url, token, patience=patience, verify=authorities)

    @contextlib.asynccontextmanager
    async def application(self) -> AsyncIterator[Starlette]:
        """The HTTP application, with all that it needs running."""
        waits = self._settings.guard.timeout
        async with contextlib.AsyncExitStack() as stack:
            guard = Guard(self.client(Patience(timeout=waits, deadline=waits)))
            await guard.start()
            stack.push_async_callback(guard.stop)
            routes: list[BaseRoute] = [Route("/healthz", _alive)]
            if self._settings.policy_server is not None:
                routes += await self._policy_server(self._settings.policy_server, guard, stack)
            yield Starlette(routes=routes)

    async def _policy_server(
        self, settings: PolicyServerSettings, guard: Guard, stack: contextlib.AsyncExitStack
    ) -> list[Route]:
        keys = read_keys(self._folder / settings.keys)
        federation = self.federation(settings)
        stack.push_async_callback(federation.close)
        decisions = Decisions(self._folder / settings.decisions)
        stack.callback(decisions.close)
        decisions.prune(time.time())
        choices = Choices(
            source=settings.source or f"matrix:{settings.name}",
            rooms=frozenset(settings.rooms),
            on_hold=settings.on_hold,
            on_failure=settings.on_failure,
            **({} if settings.refusal is None else {"refusal": settings.refusal}),
        )
        server = PolicyServer(federation, keys, decisions, guard, choices, time.time)
        return PolicyRoutes(server, federation, keys, time.time, settings.delegate).routes()

    def federation(self, settings: PolicyServerSettings) -> Federation:
        """Our side of federation."""
        return Federation(
            settings.name,
            read_keys(self._folder / settings.keys),
            srv_records,
            authorities=None if settings.authorities is None else str(self._folder / settings.authorities),
            allowed=settings.networks,
        )

    async def serve(self) -> None:
        """Serve until SIGINT or SIGTERM."""
        listen = self._settings.listen
        async with self.application() as app:
            config = uvicorn.Config(
                app,
                host=listen.host,
                port=listen.port,
                ssl_certfile=None if listen.certificate is None else str(self._folder / listen.certificate),
                ssl_keyfile=None if listen.key is None else str(self._folder / listen.key),
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
            )
            await uvicorn.Server(config).serve()

    async def join(self, room: str, via: str) -> str:
        """Join a room as the policy server."""
        settings = self._settings.policy_server
        assert settings is not None  # noqa: S101 - the command has looked
        federation = self.federation(settings)
        try:
            return await join(federation, read_keys(self._folder / settings.keys), room, via, time.time)
        finally:
            await federation.close()


async def _alive(_: Request) -> JSONResponse:
    return JSONResponse({"status": "alive"})


def serve(settings: MatrixSettings, folder: Path) -> None:
    """Run until asked to stop.  Raises UsageError for files that cannot be used."""
    asyncio.run(Process(settings, folder).serve())
