"""Saving the state while the service goes on: a copy of the process writes it down.

fork(2) gives the copy all memory as it is at that moment, for the price of its page tables; what the service
changes meanwhile costs a page each.  The copy opens nothing that the service has open: it closes every
file first, so that no connection or lock outlives the service in it, and waits for a word that the journal
has caught up, for a snapshot must never stand for records that a crash can still take back.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from nospim.ledger import LedgerError, Retention, Scope
from nospim.service.casework import SightingLog
from nospim.service.state import State
from nospim.service.store import DAY, DataFolder

GO: Final = b"g"
MOST_FILES: Final = 65_536
"""File numbers that a copy closes; a service has a connection limit far below."""
log: Final = structlog.get_logger("nospim")


class Saver:
    """Saves the state every so many records, once a day, and at the stop; erases what is due once a day."""

    def __init__(
        self,
        folder: DataFolder,
        state: State,
        sightings: SightingLog,
        preserve: Callable[[SightingLog], Awaitable[None]],
    ) -> None:
        """preserve: holds what must outlive an erasure; called before each."""
        self.folder, self.state, self.sightings = folder, state, sightings
        self._preserve = preserve
        self.saved_at = state.position
        self.day = int(state.now // DAY)
        self._task: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Begin to save, if it is time; call it now and then."""
        if self._task is not None and not self._task.done():
            return
        state, today = self.state, int(self.state.now // DAY)
        if state.position - self.saved_at >= state.policy.service.snapshot_events or today != self.day:
            expire = today != self.day and self.day > 0  # nothing is due where nothing was
            self.day = today
            self._task = asyncio.get_running_loop().create_task(self._save(expire=expire))

    async def finish(self) -> None:
        """Wait for what is under way, then save a last time, without a copy."""
        if self._task is not None:
            await self._task
        try:
            state = self.state.save(self.sightings.flush())
            self.folder.settle()
            self.folder.save(state, self.state.position, self.state.now)
            log.info("saved", position=self.state.position, bytes=len(state))
        except (LedgerError, OSError) as error:
            log.error("not saved", why=str(error))

    async def _save(self, *, expire: bool) -> None:
        position = self.saved_at = self.state.position
        try:
            began = time.perf_counter()
            copy, word = self._fork()
            stood_still = time.perf_counter() - began
            try:
                await asyncio.to_thread(self.folder.settle)
                os.write(word, GO)
            finally:
                os.close(word)
            _, status = await asyncio.to_thread(os.waitpid, copy, 0)
            if status:
                log.error("not saved", why="the copy that was to save the state failed; is the disk full?")
                return
            log.info("saved", position=position, stood_still_ms=round(1000 * stood_still, 1))
            if expire:
                await self._preserve(self.sightings)
                retention = self.state.policy.retention
                done = await asyncio.to_thread(self.folder.expire, self.state.now, retention)
                log.info("expired", keys=len(done.scopes), cases=len(done.cases))
        except (LedgerError, OSError) as error:
            log.error("not saved", why=str(error))

    def _fork(self) -> tuple[int, int]:
        """Begin a copy of the process; returns its number, and the file by which it gets its word."""
        spool, now = self.sightings.flush(), self.state.now
        self.folder.keys.key(Scope(Retention.RISK, max(0, int(now // DAY))))  # a copy makes no keys
        heard, word = os.pipe()
        copy = os.fork()
        if copy:
            os.close(heard)
            return copy, word
        failed = 1
        try:
            os.closerange(3, heard)
            os.closerange(heard + 1, MOST_FILES)
            state = self.state.save(spool)
            if os.read(heard, 1) == GO:
                self.folder.save(state, self.state.position, now)
                failed = 0
        finally:
            os._exit(failed)
