"""One measurement in a process of its own, on one core: ``python -m benchmarks.child WHAT EVENTS CORE``.

It prints one JSON object.  Every figure has its own process, so that none inherits another's memory,
warm caches or garbage.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

STATUS: Final = Path("/proc/self/status")


class Whole(Struct, frozen=True):
    """A whole scan, from files to report.

    seconds: by the clock; cpu: of this process; guard: by the clock, without the casework and report.
    peak: most memory resident at once, in bytes, the program and its data files included.
    """

    events: int
    messages: int
    seconds: float
    cpu: float
    guard: float
    peak: int


class State(Struct, frozen=True):
    """What the guard remembers after all events.

    accounts: how many it remembers.  saved: bytes of its memory when saved.  maps: the same for each of
    its maps.  resident: bytes that the process grew by since the guard was made.
    """

    accounts: int
    saved: int
    maps: dict[str, int]
    resident: int


def whole(events: Path) -> Whole:
    """Scan `events` into a folder that is thrown away."""
    from nospim.scan import scan  # noqa: PLC0415 - loading is not what is measured, but its memory counts

    with tempfile.TemporaryDirectory(prefix="nospim-bench-") as folder:
        started, used = time.perf_counter(), time.process_time()
        scanned = scan([events], Path(folder))
        seconds, cpu = time.perf_counter() - started, time.process_time() - used
    counts, run = scanned.summary.counts, scanned.summary.run
    return Whole(
        counts["events"], counts["messages"], seconds, cpu, float(run["guard_seconds"]), peak_memory()
    )


def state(events: Path) -> State:
    """Let `events` into a guard and weigh it."""
    from nospim.adapters.files import EventFiles  # noqa: PLC0415
    from nospim.adapters.interface import Refusal  # noqa: PLC0415
    from nospim.engine import Engine  # noqa: PLC0415
    from nospim.memory.generations import Generations  # noqa: PLC0415

    gc.disable()  # as a scan does
    engine = Engine()
    before = resident()
    for item in EventFiles([events]):
        if not isinstance(item, Refusal):
            engine.step(item[2])
    grown = resident() - before
    memory = engine.room.memory
    maps = {
        name: len(msgspec.msgpack.encode(held))
        for name in memory.__struct_fields__
        if isinstance(held := getattr(memory, name), Generations)
    }
    return State(len(memory.accounts), len(engine.save()), maps, grown)


def peak_memory() -> int:
    """Most memory that this process had resident, in bytes.

    Linux tells it for the program alone (VmHWM); ru_maxrss, used elsewhere, may include the parent's
    memory from before the program was loaded, and is in KiB but on macOS.
    """
    told = _status("VmHWM")
    if told is not None:
        return told
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def resident() -> int:
    """Memory that this process has resident now, in bytes; the peak where the system tells no better."""
    told = _status("VmRSS")
    return peak_memory() if told is None else told


def _status(name: str) -> int | None:
    try:
        text = STATUS.read_text(encoding="ascii")
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return None


def last_core() -> int:
    """The last core that we may use: the first ones serve the system's interrupts."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0


def stay_on(core: int) -> None:
    """Keep this process on one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


WHAT: Final[dict[str, Callable[[Path], Struct]]] = {"whole": whole, "state": state}


def main(what: str, events: str, core: str) -> None:
    """Measure one thing and print it."""
    stay_on(int(core))
    print(msgspec.json.encode(WHAT[what](Path(events))).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
