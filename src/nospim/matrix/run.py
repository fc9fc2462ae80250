"""Runs what a configuration asks for: the policy server, endpoints for Synapse, carrying out actions."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from nospim.client import AsyncClient, Patience
from nospim.client.http import Application
from nospim.errors import UsageError
from nospim.matrix.admin import SynapseAdmin
from nospim.matrix.antispam import Antispam
from nospim.matrix.app import PolicyRoutes
from nospim.matrix.decisions import Decisions
from nospim.matrix.enforce import Choices as EnforcerChoices
from nospim.matrix.enforce import Enforcer
from nospim.matrix.federation import Federation, srv_records
from nospim.matrix.guard import Guard
from nospim.matrix.join import join
from nospim.matrix.kept import kept
from nospim.matrix.keys import read_keys
from nospim.matrix.notices import read_notices
from nospim.matrix.policy import Choices, PolicyServer
from nospim.matrix.reports import follow_reports
from nospim.matrix.settings import MatrixSettings, PolicyServerSettings, SynapseSettings, read_token
from nospim.matrix.worked import Worked


class Process:
    """Everything that runs, built from settings.

    folder: what paths in them are relative to.  service: the guard's, where it runs in this process.
    """

    def __init__(self, settings: MatrixSettings, folder: Path, service: Application | None = None) -> None:
        self._settings = settings
        self._folder = folder
        self._service = service

    def client(self, patience: Patience) -> AsyncClient:
        """A client of the guard's service."""
        guard = self._settings.guard
        token = None if guard.token_file is None else read_token(self._folder, guard.token_file)
        authorities = None if guard.authorities is None else str(self._folder / guard.authorities)
        return AsyncClient(guard.url, token, patience=patience, verify=authorities, application=self._service)

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
            if self._settings.synapse is not None:
                routes += await self._synapse(self._settings.synapse, guard, stack)
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

    async def _synapse(
        self, settings: SynapseSettings, guard: Guard, stack: contextlib.AsyncExitStack
    ) -> list[Route]:
        source = settings.source or f"matrix:{settings.name}"
        if settings.admin_token_file is not None:
            await self._enforcement(settings, source, stack)
        if settings.antispam_token_file is None:
            return []
        token = read_token(self._folder, settings.antispam_token_file)
        refused = settings.on_hold == "refuse", settings.on_failure == "refuse"
        return Antispam(guard, token, settings.name, source, settings.refusal, refused).routes()

    async def _enforcement(
        self, settings: SynapseSettings, source: str, stack: contextlib.AsyncExitStack
    ) -> None:
        """Begin to carry out actions and to read reports."""
        folder = self._folder
        token = read_token(folder, settings.admin_token_file or "")
        module = settings.module_token_file
        choices = EnforcerChoices(
            source,
            settings.notices,
            settings.require_password,
            None if module is None else read_token(folder, module),
        )
        notices = read_notices(None if settings.texts is None else folder / settings.texts)
        admin = SynapseAdmin(settings.url, token, settings.name)
        stack.push_async_callback(admin.close)
        worked = Worked(folder / settings.state)
        stack.callback(worked.close)
        client = self.client(Patience(timeout=10.0, deadline=60.0))
        stack.push_async_callback(client.close)
        enforcer = Enforcer(client, admin, worked, notices, choices)
        tasks = [asyncio.create_task(kept("carrying out actions", enforcer.run))]
        if settings.reports:
            reading = partial(follow_reports, admin, client, worked, source)
            tasks.append(asyncio.create_task(kept("reading reports", reading)))
        stack.push_async_callback(_end, tasks)

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
        """Serve until SIGINT or SIGTERM; says what it does on standard error, one JSON object a line."""
        _configure_logs()
        async with self.application() as app:
            await uvicorn.Server(self._config(app)).serve(sockets=[self._listener()])

    @contextlib.asynccontextmanager
    async def beside(self) -> AsyncIterator[None]:
        """Serve for as long as the context lasts, and leave signals to whoever else runs here."""
        async with self.application() as app:
            server = _Guest(self._config(app))
            task = asyncio.create_task(server.serve(sockets=[self._listener()]))
            try:
                yield
            finally:
                server.should_exit = True
                await task

    def _listener(self) -> socket.socket:
        return _listen(self._settings.listen.host, self._settings.listen.port)

    def _config(self, app: Starlette) -> uvicorn.Config:
        listen = self._settings.listen
        return uvicorn.Config(
            app,
            ssl_certfile=None if listen.certificate is None else str(self._folder / listen.certificate),
            ssl_keyfile=None if listen.key is None else str(self._folder / listen.key),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
        )

    async def join(self, room: str, via: str) -> str:
        """Join a room as the policy server."""
        settings = self._settings.policy_server
        assert settings is not None  # noqa: S101 - the command has looked
        federation = self.federation(settings)
        try:
            return await join(federation, read_keys(self._folder / settings.keys), room, via, time.time)
        finally:
            await federation.close()


def _configure_logs() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


class _Guest(uvicorn.Server):
    """A server that leaves signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing is captured."""
        yield


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel tasks, and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _alive(_: Request) -> JSONResponse:
    return JSONResponse({"status": "alive"})


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot listen on {host} port {port}: {why}") from None
