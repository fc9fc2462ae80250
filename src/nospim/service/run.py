"""The service from start to stop: open the folder, bring back the state, listen, end in order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

import structlog
import uvicorn

from nospim import __version__
from nospim.errors import NospimError, UsageError
from nospim.listings import FeedIndex
from nospim.policy import Policy
from nospim.rulebook import Watcher, record_demotions
from nospim.rules.rates import to_demote
from nospim.service import logs
from nospim.service.app import Service
from nospim.service.casework import KEYS, Casework, SightingLog
from nospim.service.clock import ServiceClock
from nospim.service.faults import place_of
from nospim.service.idle import Sweeper
from nospim.service.metrics import Meters
from nospim.service.openapi import render
from nospim.service.preserve import dismissed_of
from nospim.service.quick import QuickProtocol
from nospim.service.rules import LOOK, encode_rules, in_force
from nospim.service.saving import Saver
from nospim.service.state import State, encode_start, start_of
from nospim.service.store import DataFolder
from nospim.service.supervisor import tell
from nospim.service.tokens import SCOPES, TokenFile, write_private
from nospim.service.writer import Refused, Writer

BACKLOG: Final = 2048
GRACE: Final = 20
"""Seconds that requests under way may take to end when the service stops."""
KEEP_ALIVE: Final = 75
"""Seconds that an idle connection is kept: adapters keep theirs open between messages."""
MAX_CONNECTIONS: Final = 4096
"""Connections and requests at a time; more are answered with 503."""
COLLECT: Final = (20_000, 1_000_000, 1_000_000)
"""Thresholds of the garbage collector: the young generation only.  The guard's memory holds no cycles, and to
walk all of it again and again would stop the service each time."""
SWITCH: Final = 0.0005
"""Seconds after which the thread that commits gets its turn from a busy loop.  Python's own five milliseconds
would be added to an answer each time that the thread comes back from the disk."""
FIRST: Final = "first-token"
"""File with the token that is made when a data folder is."""
log: Final = structlog.get_logger("nospim")


class Options:
    """What the command line decides: where to listen, which certificate to show, what runs beside it."""

    def __init__(
        self,
        host: str,
        port: int,
        certificate: Path | None = None,
        key: Path | None = None,
        beside: Callable[[Service], AbstractAsyncContextManager[None]] | None = None,
    ) -> None:
        self.host, self.port, self.certificate, self.key = host, port, certificate, key
        self.beside = beside


def serve(
    data: Path,
    policy: Policy,
    feeds: FeedIndex | None,
    options: Options,
    say: Callable[[str], None],
    keys: Path | None = None,
    rules: Path | None = None,
    reload: Callable[[], tuple[Policy, FeedIndex | None]] | None = None,
) -> None:
    """Run the service until it is asked to stop (SIGINT, SIGTERM).

    data: the folder of its state; made where absent.  say: prints one line for a person.  keys: the folder
    of the key ring, by default within `data`.  rules: the folder of the operator's rules.
    reload: reads policy and feeds again, at SIGHUP.
    Raises NospimError where the folder cannot be used, UsageError for an address that cannot be listened on.
    """
    logs.configure()
    watcher = None if rules is None else Watcher(rules)
    folder = DataFolder(data, keys or data / KEYS, every=policy.service.fsync == "every")
    try:
        tokens = TokenFile(data)
        listener = _listen(options)
        if not len(tokens):
            write_private(data / FIRST, tokens.add("first", SCOPES).encode() + b"\n")
        start = start_of(__version__, policy, feeds)
        state, kept = folder.recover(start, feeds, in_force(watcher, frozenset()), log.warning)
        sightings = SightingLog(data, folder.keys, kept)
        sightings.add(state.sightings, state.now)
        state.sightings = []
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT)
        sys.setswitchinterval(SWITCH)
        running = _Running(folder, state, sightings, tokens, options, listener, say)
        running.watcher, running.reload = watcher, reload
        with asyncio.Runner(loop_factory=_loop) as runner:
            runner.run(running.main())
    finally:
        folder.close()


class _Running:
    """One service that is up."""

    def __init__(
        self,
        folder: DataFolder,
        state: State,
        sightings: SightingLog,
        tokens: TokenFile,
        options: Options,
        listener: socket.socket,
        say: Callable[[str], None],
    ) -> None:
        self.folder, self.state, self.sightings = folder, state, sightings
        self.tokens, self.options, self.listener, self.say = tokens, options, listener, say
        self.meters = Meters()
        self.casework = Casework(folder.path, folder.keys.folder, state.policy, self._dismissed)
        self.saver = Saver(folder, state, sightings, self.casework.daily)
        self.fault = self.shadow = ""
        self.watcher: Watcher | None = None
        self.reload: Callable[[], tuple[Policy, FeedIndex | None]] | None = None
        self._reloading: asyncio.Task[None] | None = None
        self.demoted: frozenset[str] = frozenset()

    async def main(self) -> None:
        """Listen until asked to stop; then finish what was taken in, and save the state."""
        self.writer = Writer(
            self.state, self.folder.journal, ServiceClock(), self.meters, self._committed, self._broken
        )
        self.service = Service(
            state=self.state,
            writer=self.writer,
            meters=self.meters,
            tokens=self.tokens,
            casework=self.casework,
            log=self.sightings,
            openapi=render().encode(),
        )
        self.server = server = _Server(self._config())
        _greet(self.folder.path, self.options, self.listener, self.say)
        loop = asyncio.get_running_loop()
        for kind in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(kind, self._stop, server)
        self.service.handing.courier.start()
        loop.add_signal_handler(signal.SIGHUP, self._on_reload)
        sweeper = Sweeper(server.server_state.connections)
        beside = [loop.create_task(self._watch_rules()), loop.create_task(sweeper.run())]
        loop.call_soon(tell, "READY=1")
        async with (
            contextlib.nullcontext() if self.options.beside is None else self.options.beside(self.service)
        ):
            await server.serve(sockets=[self.listener])
        for task in beside:
            task.cancel()
        await self.service.handing.courier.stop()
        await self.writer.close()
        if self.fault:
            raise NospimError(f"a fault in the service, please report it ({self.fault}); start it again")
        if self.writer.stuck is None:
            await self.saver.finish()
        self.sightings.close()
        log.info("stopped", position=self.state.position)

    async def _watch_rules(self) -> None:
        """Take up rules as their folder changes; unsound ones are told of, and those before stay in force."""
        watcher, complained = self.watcher, ""
        self.meters.watch(self.state.engine.room.rules)
        while watcher is not None:
            await asyncio.sleep(LOOK)
            changed = await asyncio.to_thread(watcher.poll)
            wrong = str(watcher.problems[0]) if watcher.problems else ""
            if wrong != complained:
                complained = wrong
                log.error("rules not taken up", why=wrong)
            changed = self._alarmed(watcher) or changed
            if changed or in_force(watcher, self.demoted) != self.state.rules:
                with contextlib.suppress(Refused):  # the next look tries again
                    await self.writer.record("rules", encode_rules(in_force(watcher, self.demoted)))
                    self.meters.watch(self.state.engine.room.rules)
                    log.info("rules taken up", rules=len(watcher.written))

    def _dismissed(self) -> list[str]:
        return list(dismissed_of(self.state.desk.decided, self.state.now))

    def _on_reload(self) -> None:
        if self._reloading is None or self._reloading.done():
            self._reloading = asyncio.get_running_loop().create_task(self._reload())

    async def _reload(self) -> None:
        """Take up the policy as its file is now; where it is wrong, the one before stays in force."""
        if self.reload is None:
            return
        try:
            policy, feeds = await asyncio.to_thread(self.reload)
            start = start_of(__version__, policy, feeds)
            if start == self.state.start:
                log.info("policy unchanged")
                return
            if policy.service.fsync != self.state.policy.service.fsync:
                log.warning("service.fsync counts from the next start")
            self.state.feeds = feeds
            await self.writer.record("start", encode_start(start))
            self.casework.policy = self.state.policy
            log.info("policy taken up", fingerprint=policy.fingerprint)
        except (NospimError, Refused) as error:
            log.error("policy not taken up", why=str(error))

    def _alarmed(self, watcher: Watcher) -> bool:
        """Tell of rules that hit too often, and turn them to shadow where they say so; whether any was."""
        alarms, self.meters.alarms = self.meters.alarms, []
        rules = self.state.engine.room.rules
        for alarm in alarms:
            log.warning("rule alarm", rule=alarm.rule, kind=alarm.kind, why=alarm.why)
        loud = frozenset() if rules is None else to_demote(rules, alarms)
        if rules is not None and loud:
            self.demoted |= loud
            if watcher.version:  # a rule book remembers it beyond the next start
                record_demotions(watcher.folder, rules, tuple(a for a in alarms if a.rule in loud))
        return bool(loud)

    def _config(self) -> uvicorn.Config:
        options = self.options
        return uvicorn.Config(
            self.service,
            http=QuickProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
            ssl_certfile=options.certificate,
            ssl_keyfile=options.key,
        )

    def _stop(self, server: uvicorn.Server) -> None:
        log.info("stopping")
        tell("STOPPING=1")
        self.service.stop()
        server.should_exit = True

    def _broken(self, error: BaseException) -> None:
        """A fault in the writer: what it holds may be wrong; the journal is right, so end and be started."""
        log.critical("broken", fault=place_of(error))
        self.fault = place_of(error)
        self.service.stop()
        self.server.should_exit = True

    def _tell_of_shadow(self, state: State) -> None:
        """Enforcement has turned into shadow, or back."""
        self.shadow = state.shadow
        if not self.shadow:
            log.warning("enforcing")
        elif self.shadow == "policy":
            log.warning("in shadow", why="the policy says so")
        else:
            budget = state.policy.enforcement
            why = "more was stopped and asked for in a minute than the budget allows; look, then reset it"
            log.error("in shadow", why=why, per_minute=budget.per_minute, share=budget.share)

    def _committed(self) -> None:
        """Something new is on disk: hand it on."""
        state = self.state
        if state.sightings:
            self.sightings.add(state.sightings, state.now)
            state.sightings = []
        self.service.news()
        if state.shadow != self.shadow:
            self._tell_of_shadow(state)
        self.saver.look()


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: it would end the process before the state is saved."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def _loop() -> asyncio.AbstractEventLoop:
    import uvloop  # noqa: PLC0415 - not on every system

    return uvloop.new_event_loop()


def _listen(options: Options) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        return socket.create_server((options.host, options.port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot listen on {options.host} port {options.port}: {why}") from None


def _greet(data: Path, options: Options, listener: socket.socket, say: Callable[[str], None]) -> None:
    """Say where the service is and, while its first token lies there, what to do with it."""
    scheme = "https" if options.certificate else "http"
    host = f"[{options.host}]" if ":" in options.host else options.host
    address = f"{scheme}://{host}:{listener.getsockname()[1]}"
    if (data / FIRST).exists():
        say(f"The folder {data} holds the service's state. Keep it private, and back it up.")
        say(f"A first token that may do everything is in {data / FIRST}. Try it:")
        say(f'  curl -H "Authorization: Bearer $(cat {data / FIRST})" {address}/v1/enforcement')
        say("Give each server a token of its own, then remove the first one and its file:")
        say(f"  nospim token new --data {data} --scope check --scope report --name SERVER")
        say(f"  nospim token revoke first --data {data} && rm {data / FIRST}")
    say(f"nospim serves {address}")
