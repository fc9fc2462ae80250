"""How many checks a second the service answers, and how fast, measured open-loop.

Arrival times are fixed beforehand (a Poisson process from a seed) and do not wait for answers; a latency
counts from the time at which a request was meant to be sent, so that a service that stands still is not
spared the requests that would have come meanwhile (coordinated omission: Tene, "How NOT to measure
latency", 2013).  The service has one core, the generator the other.  Journal and all signals are on.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct, field
from rich.console import Console

from benchmarks.concatenate import Copy, lines, span
from benchmarks.show import plain_table
from benchmarks.worlds import world_or_drill

ROOT: Final = Path(__file__).resolve().parent.parent
CONNECTIONS: Final = 64
"""Connections that the generator keeps, as a few servers with a pool each would."""
BATCH: Final = 20
"""Events other than messages that are sent together, as an adapter would."""
APART: Final = 10
"""Checks between two such batches, at least.  A world begins with ten thousand accounts and contacts before
the first word; on a service that runs they come one by one and not within a millisecond."""
WARM_UP: Final = 3.0
"""Seconds at the beginning that do not count: connections open, caches fill."""
SMALL: Final = "[limits]\naccounts = 2048\ndestinations = 4096\nwordings = 8192\nmessages = 16384\n"
"""What a soak lets the guard remember: it must fill early, so that the rest shows whether it is flat."""
SAMPLES: Final = 12
"""Looks at the service's memory during a run."""
COLUMNS: Final = (
    "checks/s",
    "fsync",
    "answered/s",
    "events/s",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "max ms",
    "core busy",
    "not 2xx",
    "MB first",
    "MB half",
    "MB last",
)
Fsync = Literal["every", "interval", "never"]


class Run(Struct):
    """One run: what was offered, what came back, what it took.

    latencies: seconds from the intended time to the answer, of checks.  memory: resident bytes over time.
    """

    rate: float
    fsync: str
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    events: int = 0
    refused: int = 0
    cpu: float = 0.0
    memory: list[int] = field(default_factory=list)


def endless(world: Path) -> Iterator[bytes]:
    """The world's lines, then those of copies of it with names of their own, without end."""
    times = span(world)  # in the warm-up: later it would stand in the way of requests for half a second
    yield from lines(world)
    for number in count(1):
        copy = Copy(number, times)
        for line in lines(world):
            yield copy.line(line)


def requests(world: Path, token: str) -> Iterator[tuple[bytes, int]]:
    """HTTP requests in the order of the world's events, each with its number of events; 0 for a check."""
    head = f"HTTP/1.1\r\nhost: nospim\r\nauthorization: Bearer {token}\r\n".encode()
    one = (
        b"POST /v1/check "
        + head
        + b"content-type: application/cloudevents+json\r\ncontent-length: %d\r\n\r\n"
    )
    many = b"POST /v1/events " + head
    many += b"content-type: application/cloudevents-batch+json\r\ncontent-length: %d\r\n\r\n"
    others: list[bytes] = []
    ready: deque[tuple[bytes, int]] = deque()
    since = 0
    for line in endless(world):
        if b'"im.message.sent"' in line:
            since += 1
            if ready and since >= APART:
                since = 0
                yield ready.popleft()
            yield one % len(line) + line, 0
            continue
        others.append(line)
        if len(others) >= BATCH:
            body = b"[" + b",".join(others) + b"]"
            ready.append((many % len(body) + body, len(others)))
            others = []


class Connection(asyncio.Protocol):
    """One kept connection with one request at a time under way."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.due = 0.0
        self.events = 0
        self._buffer = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self.transport = transport  # type: ignore[assignment]  # a TCP transport
        self.load.idle.append(self)

    def ask(self, request: bytes, events: int, due: float) -> None:
        """Send a request that was meant to be sent at `due`."""
        self.due, self.events = due, events
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Read the answer; when it is whole, take the next request that waits."""
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._buffer.find(b"content-length: ", 0, head)
        length = int(self._buffer[at + 16 : self._buffer.find(b"\r", at)])
        if len(self._buffer) < head + 4 + length:
            return
        status = int(self._buffer[9:12])
        self._buffer = b""
        self.load.answered(self, status)

    def connection_lost(self, _: Exception | None) -> None:
        """The service went away."""
        self.load.lost += 1


class Load:
    """The generator: sends each request at its time, or as soon as a connection is free after it."""

    def __init__(self, run: Run, source: Iterator[tuple[bytes, int]], seed: int) -> None:
        self.run, self.source = run, source
        self.chance = random.Random(seed)
        self.idle: list[Connection] = []
        self.waiting: deque[tuple[bytes, int, float]] = deque()
        self.lost = 0
        self.under_way = 0
        self.counting = False

    async def go(self, port: int, token: str, seconds: float, pid: int) -> None:
        """Offer the load for so many seconds after the warm-up; actions are carried out meanwhile."""
        loop = asyncio.get_running_loop()
        adapter = loop.create_task(carry_out(port, token))
        for _ in range(CONNECTIONS):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", port)
        begin = due = loop.time()
        counts_from, end = begin + WARM_UP, begin + WARM_UP + seconds
        used, look = 0.0, counts_from
        while due < end:
            now = loop.time()
            if now < due:
                await asyncio.sleep(due - now)
                now = loop.time()
            while due <= now:
                if not self.counting and due >= counts_from:
                    self.counting, used = True, cpu_of(pid)
                if due >= look:
                    look += seconds / SAMPLES
                    self.run.memory.append(resident(pid))
                self._send(due)
                due += self.chance.expovariate(self.run.rate)
            await asyncio.sleep(0)
        self.run.cpu = cpu_of(pid) - used
        self.run.seconds = seconds
        self.counting = False
        while self.under_way or self.waiting:
            await asyncio.sleep(0.01)
        self.run.memory.append(resident(pid))
        adapter.cancel()

    def _send(self, due: float) -> None:
        """One message at its time, and whatever came before it in the world."""
        while True:
            request, events = next(self.source)
            self._put(request, events, due)
            if not events:
                return

    def _put(self, request: bytes, events: int, due: float) -> None:
        self.under_way += 1
        if self.idle:
            self.idle.pop().ask(request, events, due)
        else:
            self.waiting.append((request, events, due))

    def answered(self, connection: Connection, status: int) -> None:
        """One answer came back."""
        self.under_way -= 1
        if self.counting:
            if not connection.events:
                self.run.latencies.append(asyncio.get_running_loop().time() - connection.due)
            self.run.events += connection.events or 1
            self.run.refused += status >= 300
        if self.waiting:
            connection.ask(*self.waiting.popleft())
        else:
            self.idle.append(connection)


async def carry_out(port: int, token: str) -> None:
    """Be the adapter: fetch actions and answer each, until cancelled."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"HTTP/1.1\r\nhost: nospim\r\nauthorization: Bearer {token}\r\n"

    async def ask(line: str, body: bytes = b"") -> bytes:
        writer.write(f"{line} {head}content-length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", answer)
        assert length is not None
        return await reader.readexactly(int(length[1]))

    cursor = "0"
    while True:
        page = msgspec.json.decode(await ask(f"GET /v1/actions?wait=5&after={cursor}"))
        cursor = page["cursor"]
        for action in page["actions"]:
            await ask(f"POST /v1/actions/{action['action']}/result", b'{"outcome":"done"}')


def measure(world: Path, rate: float, seconds: float, fsync: Fsync, folder: Path, limits: str = "") -> Run:
    """Offer `rate` checks a second to a fresh service.

    limits: more of its policy.  Raises ValueError where the service does not start.
    """
    run = Run(rate, fsync)
    policy = folder / "policy.toml"
    policy.write_text(
        f'[service]\nevent_time = "trust"\nfsync = "{fsync}"\n[enforcement]\nper_minute = 10000000\n{limits}'
    )
    data = folder / f"data-{rate:.0f}-{fsync}"
    command = [sys.executable, "-m", "nospim", "serve", "--data", str(data), "--policy", str(policy)]
    cores = sorted(os.sched_getaffinity(0))
    with subprocess.Popen([*command, "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True) as service:
        try:
            os.sched_setaffinity(service.pid, {cores[-1]})
            os.sched_setaffinity(0, {cores[0]})
            port = port_of(service)
            for thread in Path(f"/proc/{service.pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), {cores[-1]})
            token = (data / "first-token").read_text().strip()
            load = Load(run, requests(world, token), seed=1)
            with asyncio.Runner(loop_factory=_loop) as runner:
                runner.run(load.go(port, token, seconds, service.pid))
        finally:
            os.sched_setaffinity(0, set(cores))
            service.send_signal(signal.SIGTERM)
            service.wait(60)
    return run


def port_of(service: subprocess.Popen[str]) -> int:
    """The port that a starting service says it listens on."""
    assert service.stdout is not None
    for line in service.stdout:
        if found := re.search(r"nospim serves http://127\.0\.0\.1:(\d+)$", line):
            return int(found[1])
    raise ValueError("the service did not start")


def _loop() -> asyncio.AbstractEventLoop:
    import uvloop  # noqa: PLC0415

    return uvloop.new_event_loop()


def cpu_of(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Bytes of memory that a process has resident."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def quantile(values: list[float], share: float) -> float:
    """The value that `share` of the sorted values do not exceed."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def row(run: Run) -> tuple[str, ...]:
    """One line of the table."""
    found = sorted(run.latencies)
    shown = [f"{1000 * quantile(found, share):.2f}" for share in (0.5, 0.99, 0.999, 1.0)]
    return (
        f"{run.rate:,.0f}",
        run.fsync,
        f"{len(found) / run.seconds:,.0f}",
        f"{run.events / run.seconds:,.0f}",
        *shown,
        f"{run.cpu / run.seconds:.0%}",
        f"{run.refused:,}",
        f"{run.memory[0] / 1e6:,.0f}",
        f"{run.memory[len(run.memory) // 2] / 1e6:,.0f}",
        f"{run.memory[-1] / 1e6:,.0f}",
    )


def main(
    *,
    world: Path | None = None,
    rates: tuple[float, ...] = (1500, 3000),
    fsync: tuple[Fsync, ...] = ("every", "interval"),
    seconds: float = 20.0,
    minutes: float | None = None,
) -> None:
    """Measure how fast the service answers, at rates that do not wait for it.

    Parameters
    ----------
    world
        Folder with events.jsonl or events.jsonl.gz; without it a drill is made on the spot.
    rates
        Checks a second to offer, each to a service of its own; other events come with them.
    fsync
        When the journal is forced to the disk: every, interval, never; one run for each.
    seconds
        How long each run lasts, after a warm-up.
    minutes
        The same in minutes, for a soak; the guard remembers less then, so that it is soon full.
    """
    table = plain_table("Checks over HTTP on one core, open-loop", *COLUMNS)
    with tempfile.TemporaryDirectory(prefix="nospim-bench-") as name:
        folder = Path(name)
        found = world_or_drill(world, folder)
        for policy in fsync:
            for rate in rates:
                lasts, limits = (60 * minutes, SMALL) if minutes else (seconds, "")
                run = measure(found, rate, lasts, policy, folder, limits)
                table.add_row(*row(run))
                time.sleep(1)
    table.caption = (
        "latency from the intended time of sending; events/s with the checks among them\n"
        "core busy: processor time of the service, of its one core"
    )
    Console(width=140).print(table)
