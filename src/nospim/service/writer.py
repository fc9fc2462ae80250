"""The single writer: events in the order in which they came, one group commit for many, then the answers.

An answer is given only after the commit that made its event durable.  The state runs on the event loop;
only the commit runs in a thread: a write can wait for the disk
even where nobody asked it to.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread
from typing import Final

import structlog
from msgspec import Struct

from nospim.events import AnyEvent
from nospim.ledger import Journal, LedgerError
from nospim.service.clock import ServiceClock
from nospim.service.metrics import Meters
from nospim.service.state import State, Taken

TICK: Final = 0.25
"""Seconds between two looks at the clock: a hold ends at most that much late."""
SLICE: Final = 0.004
"""Seconds that the writer works before other tasks of the loop get their turn."""
INTERVAL: Final = 1.0
"""Seconds between two times that the journal is forced to the disk, where the policy says `interval`."""
CLOSING: Final = 0.002
"""Seconds between two looks, at the end, whether everything is durable."""
RETRY: Final = 1.0
"""Seconds between two attempts to write where the disk refuses."""
DAY: Final = 86400.0
log: Final = structlog.get_logger("nospim")


class Refused(Exception):  # noqa: N818 - an answer to a client, not a fault
    """An event that is not taken in; status and text of the answer, and seconds after which to try again."""

    def __init__(self, status: int, detail: str, retry: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.retry = status, detail, retry


class Ticket(Struct, gc=False):
    """One event or other record on its way: what came, and where the answer is waited for."""

    event: AnyEvent | None
    raw: bytes
    answer: asyncio.Future[Taken]
    began: float
    taken: Taken | None = None
    kind: str = "event"


class Flight(Struct, gc=False):
    """A commit under way: whose answers it carries, the desk's last place in it, and when it began."""

    batch: list[Ticket]
    place: int
    began: float


class Committer:
    """A thread that commits when it is told to, and says on the loop how it went.

    A bare queue: an executor's futures would cost more than the rest of the way.
    """

    def __init__(
        self,
        journal: Journal,
        loop: asyncio.AbstractEventLoop,
        done: Callable[[BaseException | None], None],
    ) -> None:
        self._journal, self._loop, self._done = journal, loop, done
        self._orders: SimpleQueue[bool] = SimpleQueue()
        self._thread = Thread(target=self._run, name="commit", daemon=True)
        self._thread.start()

    def start(self) -> None:
        """Commit once."""
        self._orders.put(True)

    def stop(self) -> None:
        """End the thread once the commit under way is done."""
        self._orders.put(False)
        self._thread.join()

    def _run(self) -> None:
        while self._orders.get():
            error: BaseException | None = None
            try:
                self._journal.commit()
            except BaseException as raised:  # noqa: BLE001 - whatever it is, the loop must hear of it
                error = raised
            self._loop.call_soon_threadsafe(self._done, error)


class Writer:
    """Takes events in, one after the other.

    Everything but the commit runs on the loop that made it.  `durable` is the desk's last place that is
    on disk: actions beyond it are not handed out yet.
    """

    def __init__(
        self,
        state: State,
        journal: Journal,
        clock: ServiceClock,
        meters: Meters,
        after: Callable[[], None],
        broken: Callable[[BaseException], None],
    ) -> None:
        """after: called on the loop after each commit, when something new is durable.

        broken: called with a fault of the program in here, after which nothing more is taken in.
        """
        self.state, self.journal, self.clock, self.meters = state, journal, clock, meters
        self.durable = state.desk.last
        self.stuck: str | None = None
        self.closing = self.faulty = False
        self._after, self._broken = after, broken
        self._queue: deque[Ticket] = deque()
        self._done: list[Ticket] = []
        self._flying: Flight | None = None
        self._dirty = False
        self._scheduled = False
        self._loop = asyncio.get_running_loop()
        self._thread = Committer(journal, self._loop, self._committed)
        self._timer = self._loop.call_later(TICK, self._on_timer)
        self._synced = self._loop.time()
        self._sync: asyncio.Future[None] | None = None

    @property
    def waiting(self) -> int:
        """Events that came and are not durable yet."""
        return len(self._queue) + len(self._done) + (0 if self._flying is None else len(self._flying.batch))

    def put(self, event: AnyEvent, raw: bytes) -> asyncio.Future[Taken]:
        """Take one event in; the future gives what became of it once that is durable.

        Ask for `room` first.  Raises Refused where the service stops or the disk refuses.
        """
        if self.closing or self.stuck is not None:
            self.room(1)
        ticket = Ticket(event, raw, self._loop.create_future(), time.perf_counter())
        self._queue.append(ticket)
        self._wake()
        return ticket.answer

    def room(self, events: int) -> None:
        """Raises Refused where so many more events cannot be taken in now; a lone batch always can."""
        if self.closing:
            raise Refused(503, "the service is stopping", 5)
        if self.stuck is not None:
            raise Refused(503, f"the journal cannot be written: {self.stuck}", 5)
        waiting = self.waiting
        if waiting and waiting + events > self.state.policy.service.waiting:
            self.meters.turned_away += events
            raise Refused(429, "too many events wait to be written", 1)

    def record(self, kind: str, body: bytes) -> asyncio.Future[Taken]:
        """Take in a record that is no event (what a person did, new rules); as `put`."""
        if self.stuck is not None or self.closing:
            raise Refused(503, "the journal cannot be written now", 5)
        ticket = Ticket(None, body, self._loop.create_future(), time.perf_counter(), kind=kind)
        self._queue.append(ticket)
        self._wake()
        return ticket.answer

    async def close(self) -> None:
        """Finish what was taken in, make it durable, and stop."""
        self.closing = True
        self._timer.cancel()
        while (self._queue or self._done or self._dirty or self._flying) and self.stuck is None:
            self._wake()
            await asyncio.sleep(CLOSING)
        self._thread.stop()

    def _wake(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._work)

    def _work(self) -> None:
        self._scheduled = False
        with self._faults():
            self._take_some()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """A fault in here must not leave the service up and silent."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for an answer
            self.closing, self.stuck, self.faulty = True, "a fault in the service", True
            self._broken(error)
            self._refuse_all(self.stuck, [])

    def _take_some(self) -> None:
        """Let what waits into the state, for a slice of time; then see to the commit."""
        if self.stuck is None and self._ticked(force=False):
            end = time.perf_counter() + SLICE
            queue = self._queue
            while queue:
                ticket = queue.popleft()
                try:
                    self._take(ticket)
                except LedgerError as error:  # the journal did not take it, so it left no trace
                    self._refuse_all(str(error), [ticket], others=False)
                    continue
                except Exception:
                    self._queue.appendleft(ticket)  # it is refused with the others
                    raise
                self._done.append(ticket)
                if time.perf_counter() > end:
                    break
            if queue:
                self._wake()
        self._commit()

    def _take(self, ticket: Ticket) -> None:
        state = self.state
        event = ticket.event
        if event is None:
            self._append(ticket.kind, ticket.raw)
            state.apply(ticket.kind, ticket.raw, state.position)
            ticket.taken = Taken("new")
            return
        taken = state.known(event, ticket.raw)
        if taken is None:
            if state.too_far(event):
                taken = Taken("late")
            else:
                self._append("event", ticket.raw)
                taken = state.take(event, ticket.raw)
        self.meters.took(taken)
        if taken.fault:
            log.error("an event could not be judged", source=event.source, id=event.id, fault=taken.fault)
        ticket.taken = taken

    def _append(self, kind: str, body: bytes) -> None:
        self.state.position = self.journal.append(kind, body, day=int(self.state.now // DAY))
        self._dirty = True

    def _ticked(self, *, force: bool) -> bool:
        """Let the time into the state, if it has gone on; False where the journal does not take it."""
        now = self.clock.now()
        if force or not 0.0 <= now - self.state.now < TICK:
            body = b"%.3f" % now
            try:
                self._append("tick", body)
            except LedgerError as error:
                self.stuck = str(error)
                self._not_written(error, [])
                return False
            self.state.tick(float(body))
        return True

    def _on_timer(self) -> None:
        """Time passes without events: see whether something ends by it."""
        self._timer = self._loop.call_later(TICK, self._on_timer)
        if self.state.policy.service.fsync == "interval" and self._loop.time() - self._synced >= INTERVAL:
            self._force()
        with self._faults():
            if self.stuck is None and self.state.due(self.clock.now()) and self._ticked(force=True):
                self._commit()

    def _force(self) -> None:
        """Bring to the disk what the last second's commits left with the operating system."""
        if self._sync is None or self._sync.done():
            self._synced = self._loop.time()
            self._sync = self._loop.run_in_executor(None, self.journal.sync)
            self._sync.add_done_callback(self._forced)

    def _forced(self, done: asyncio.Future[None]) -> None:
        if not done.cancelled() and done.exception() is not None:
            self.meters.stuck += 1

    def _commit(self) -> None:
        """Start a commit of everything that was appended, unless one is under way."""
        if self.stuck is None and self.state.told:
            self._write_down()
        if self._flying is not None or self.stuck is not None:
            return
        if self._dirty:
            self._start()
        elif self._done:  # repeats of what is durable already
            batch, self._done = self._done, []
            self._give(batch)

    def _write_down(self) -> None:
        """Append what followed from this turn's records, so that no commit has the one without the other.

        (But for a commit under way: what it takes along is not answered by it, and a start makes up for it.)
        """
        told = self.state.told
        records = list(told.records())
        told.clear()
        for place, (kind, body) in enumerate(records):
            try:
                self._append(kind, body)
            except LedgerError as error:
                told.left = records[place:]
                self.stuck = str(error)
                self._not_written(error, [])
                return

    def _start(self) -> None:
        batch, self._done, self._dirty = self._done, [], False
        self._flying = Flight(batch, self.state.desk.last, time.perf_counter())
        self._thread.start()

    def _committed(self, error: BaseException | None) -> None:
        with self._faults():
            self._landed(error)

    def _landed(self, error: BaseException | None) -> None:
        """A commit has ended; with its success everything in its batch is durable."""
        flight, self._flying = self._flying, None
        if flight is None:
            return
        if error is not None:
            self._not_written(error, flight.batch)
            return
        self.meters.committed(time.perf_counter() - flight.began, len(flight.batch))
        self._give(flight.batch)
        if self.faulty:
            return  # what was durable is answered, and that was the last
        self.stuck = None
        self.durable = flight.place
        if self._queue:
            self._wake()
        self._commit()
        self._after()

    def _give(self, batch: list[Ticket]) -> None:
        """Answer what is durable; a client that went away waits no more."""
        now = time.perf_counter()
        for ticket in batch:
            if not ticket.answer.done() and ticket.taken is not None:
                ticket.answer.set_result(ticket.taken)
                self.meters.answered(now - ticket.began)

    def _not_written(self, error: BaseException, batch: list[Ticket]) -> None:
        """The disk refuses: nothing is acknowledged, nothing more is taken in, and it is tried again.

        The state is ahead of the disk now.  What was appended stays in the journal's buffer, so that the two
        meet again with the first commit that succeeds; a client that repeats its event then gets its answer.
        """
        self.stuck = str(error)
        self.meters.stuck += 1
        self._refuse_all(f"the journal cannot be written: {error}", batch)
        self._dirty = True
        self._loop.call_later(RETRY, self._again)

    def _refuse_all(self, why: str, batch: list[Ticket], *, others: bool = True) -> None:
        """Refuse a batch, and with it the others that wait."""
        refused = Refused(503, why, 5)
        for ticket in [*batch, *self._queue, *self._done] if others else batch:
            if not ticket.answer.done():
                ticket.answer.set_exception(refused)
        if others:
            self._queue.clear()
            self._done.clear()

    def _again(self) -> None:
        if self._flying is None and not self.closing:
            self._start()
