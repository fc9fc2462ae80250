# Copyright the nospim authors.
# SPDX-License-Identifier: Apache-2.0
"""The guard over HTTP, from inside Synapse: verdicts within a time, reports in order from a bounded spool.

After three failures in a row nothing waits for the guard any more, until it answers again.
"""

from __future__ import annotations

import json
import logging
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from synapse.module_api import ModuleApi, make_deferred_yieldable, run_in_background
from twisted.internet import reactor
from twisted.internet.defer import TimeoutError as DeferredTimeoutError
from twisted.web.client import readBody
from twisted.web.http_headers import Headers

from nospim_synapse.settings import Settings

logger = logging.getLogger(__name__)

Json = dict[str, Any]

TRIP_AFTER = 3
"""Failures in a row after which the guard counts as away."""
PROBE_SECONDS = 2.0
"""Seconds between two questions whether it is back."""
BATCH = 200
SEND_SECONDS = 15.0
"""Seconds for requests that no message waits for."""
ARREARS = 20_000
"""Messages that went out unjudged and are asked about later."""


class NoVerdictError(Exception):
    """The guard did not judge in time; the message says why."""


class Guard:
    """One guard.  on_late: called with (event id, verdict) for messages that had gone out without one."""

    def __init__(
        self, api: ModuleApi, settings: Settings, on_late: Callable[[str, Json], Awaitable[None]]
    ) -> None:
        self._api = api
        self._settings = settings
        self._on_late = on_late
        self._spool: deque[Json] = deque()
        self._unsent: Counter[str] = Counter()
        self._arrears: deque[str] = deque(maxlen=ARREARS)
        self._failures = 0
        self._sending = False
        self._asking = False
        self._probe_at = 0.0
        self.lost = 0
        api.looping_background_call(self._flush, 200, desc="nospim_flush", run_on_all_instances=True)
        api.looping_background_call(self._tend, 1000, desc="nospim_tend", run_on_all_instances=True)

    @property
    def away(self) -> bool:
        """Has it failed so often that nothing should wait for it?"""
        return self._failures >= TRIP_AFTER

    async def check(self, event: Json) -> Json:
        """The verdict on a message.  Raises NoVerdictError."""
        if self.away:
            raise NoVerdictError("the guard is away")
        try:
            return await self._within(self._settings.timeout, self._check, event)
        except NoVerdictError:
            raise
        except DeferredTimeoutError:
            self._failed("no verdict in time")
            raise NoVerdictError("no verdict in time") from None
        except Exception as error:
            self._failed(repr(error))
            raise NoVerdictError(repr(error)) from None

    async def _check(self, event: Json) -> Json:
        # What the same account did before goes first, or the guard would judge without it.
        if self._unsent[event["subject"]]:
            await self._flush()
        status, answer = await self._request("POST", "/v1/check", event, "application/cloudevents+json")
        if status == 409:
            # Known already, with members or a device that have changed since: what was decided holds.
            path = f"/v1/verdicts?source={quote(event['source'], safe='')}&id={quote(event['id'], safe='')}"
            status, answer = await self._request("GET", path)
        if status == 200 and isinstance(answer, dict) and isinstance(answer.get("action"), str):
            self._answered()
            return answer
        if status in (401, 403):
            logger.error("the guard refuses the token (HTTP %d)", status)
        if status >= 500 or status in (401, 403, 408, 429):
            self._failed(f"HTTP {status}")
        else:
            logger.error("the guard refused to judge a message (HTTP %d): %s", status, str(answer)[:300])
        raise NoVerdictError(f"HTTP {status}")

    def report(self, *events: Json) -> None:
        """Tell the guard of what happened, soon."""
        for event in events:
            if len(self._spool) >= self._settings.spool:
                self._drop_first()
                self.lost += 1
                if self.lost % 1000 == 1:
                    logger.error("reports are lost because too many wait for the guard: %d so far", self.lost)
            self._spool.append(event)
            self._unsent[event["subject"]] += 1

    def report_unjudged(self, event: Json) -> None:
        """Tell the guard of a message that went out without a verdict, and ask for the verdict later."""
        self.report(event)
        self._arrears.append(event["id"])

    async def _flush(self) -> None:
        """Send what waits, one request at a time; whoever comes meanwhile waits for it."""
        while self._sending:
            await self._api.sleep(0.005)
        self._sending = True
        try:
            while self._spool and not self.away and await self._send_some():
                pass
        finally:
            self._sending = False

    async def _send_some(self) -> bool:
        batch = [self._spool[i] for i in range(min(BATCH, len(self._spool)))]
        media = "application/cloudevents-batch+json"
        try:
            status, answer = await self._within(
                SEND_SECONDS, self._request, "POST", "/v1/events", batch, media
            )
        except Exception as error:
            self._failed(repr(error))
            return False
        if status >= 500 or status in (401, 403, 408, 429):
            self._failed(f"HTTP {status}")
            return False
        if status != 202 or (isinstance(answer, dict) and answer.get("refused")):
            logger.error("the guard refused reports (HTTP %d): %s", status, str(answer)[:500])
        self._answered()
        for event in batch:  # a full spool may have dropped some of them meanwhile
            if self._spool and self._spool[0] is event:
                self._drop_first()
        return True

    def _drop_first(self) -> None:
        subject = self._spool.popleft()["subject"]
        self._unsent[subject] -= 1
        if self._unsent[subject] <= 0:
            del self._unsent[subject]

    async def _tend(self) -> None:
        """Ask whether the guard is back, and what it thinks of messages that went out meanwhile."""
        now = time.monotonic()
        if self.away and now >= self._probe_at:
            self._probe_at = now + PROBE_SECONDS
            try:
                status, _ = await self._within(self._settings.timeout, self._request, "GET", "/readyz")
            except Exception:
                return
            if status == 200:
                self._answered()
        if not self.away and not self._spool and self._arrears and not self._asking:
            self._asking = True
            try:
                await self._ask_arrears()
            finally:
                self._asking = False

    async def _ask_arrears(self) -> None:
        source = quote(self._settings.source, safe="")
        while self._arrears:
            ident = self._arrears[0]
            path = f"/v1/verdicts?source={source}&id={quote(ident, safe='')}"
            try:
                status, verdict = await self._within(SEND_SECONDS, self._request, "GET", path)
            except Exception as error:
                self._failed(repr(error))
                return
            if status >= 500:
                return
            self._arrears.popleft()
            if status == 200 and isinstance(verdict, dict):
                await self._on_late(ident, verdict)

    async def _request(
        self, method: str, path: str, body: Any = None, media: str = "application/json"
    ) -> tuple[int, Any]:
        headers = {b"Authorization": [f"Bearer {self._settings.token}".encode()]}
        data = None
        if body is not None:
            headers[b"Content-Type"] = [media.encode()]
            data = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        response = await self._api.http_client.request(
            method, self._settings.url.rstrip("/") + path, data=data, headers=Headers(headers)
        )
        raw = await make_deferred_yieldable(readBody(response))
        try:
            return response.code, json.loads(raw)
        except ValueError:
            return response.code, None

    async def _within(self, seconds: float, function: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        deferred = run_in_background(function, *arguments)
        deferred.addTimeout(seconds, reactor)
        return await make_deferred_yieldable(deferred)

    def _failed(self, why: str) -> None:
        self._failures += 1
        if self._failures == TRIP_AFTER:
            self._probe_at = time.monotonic() + PROBE_SECONDS
            logger.warning("the guard does not answer (%s); the fail policy decides until it does", why)

    def _answered(self) -> None:
        if self.away:
            logger.warning("the guard answers again")
        self._failures = 0
