"""The renderer: a real Chromium without a network, every request of which our fetcher answers.

Each request is paused (`Fetch`), made by the guarded fetcher under the same checks as any other, and its
answer handed in.  So the browser never connects to anything, and what it saw is what the archive holds.
"""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

from nospim.capture.bodies import text_of
from nospim.capture.cdp import BrowserError, Message, Pipe
from nospim.capture.fetch import utc_now
from nospim.capture.interface import CaptureRefused, Exchange, Fetcher, Guise, Rendered, Request, Why
from nospim.capture.launch import browser
from nospim.capture.limits import (
    MAX_SHOT_HEIGHT,
    QUIET_SECONDS,
    RENDER_SECONDS,
)
from nospim.capture.logos import HEIGHTS, MAX_LOGOS, SEARCH, TEMPLATE, Logo
from nospim.capture.visit import headers_of
from nospim.capture.wire import Deadline

FETCHERS: Final = 4
"""Requests made at once: enough for a page to load soon, few enough not to press a server."""
SHOT_SECONDS: Final = 20.0
MAX_FRAMES: Final = 20
"""Frames inside the page whose source is kept for reading."""
SHRINK: Final = 24
"""Pixels of the page that one pixel of the blurred copy is made of: letters of 16 pixels are gone for good,
while the layout of a login page remains to be seen.  A filter that only smears can be undone; this cannot."""
_NOT_PASSED_ON: Final = frozenset(
    {
        "content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie", "set-cookie2",
        "alt-svc", "strict-transport-security", "clear-site-data", "report-to", "nel", "reporting-endpoints",
    }
)  # fmt: skip
"""Headers of an answer that the browser does not get: undone already, or meant to leave something behind."""
BLUR: Final = """async (source, shrink) => {
  const image = new Image(); image.src = source; await image.decode();
  const small = document.createElement('canvas');
  small.width = Math.max(1, Math.round(image.width / shrink));
  small.height = Math.max(1, Math.round(image.height / shrink));
  const pen = small.getContext('2d'); pen.imageSmoothingQuality = 'high';
  pen.drawImage(image, 0, 0, small.width, small.height);
  const large = document.createElement('canvas');
  large.width = image.width; large.height = image.height;
  large.getContext('2d').drawImage(small, 0, 0, large.width, large.height);
  return large.toDataURL('image/png');
}"""


class Chromium:
    """A `Renderer`.  path: of the browser (`launch.find_browser`).  logos: to be looked for in each page."""

    def __init__(self, path: str, logos: tuple[Logo, ...] = ()) -> None:
        self._path = path
        self._logos = logos

    def render(self, url: str, guise: Guise, fetcher: Fetcher) -> Rendered | str:
        """As `interface.Renderer` says."""
        try:
            with browser(self._path) as running, ThreadPoolExecutor(FETCHERS, "fetch") as pool:
                tab = _Tab(running.pipe, guise, fetcher, pool, self._logos)
                tab.open()
                tab.load(url)
                return tab.drawn(running.walls)
        except (BrowserError, OSError) as error:
            return f"the page was not drawn: {error}"

    def can_draw(self, logo: Logo) -> bool:
        """Whether a logo is a picture that the browser can draw and that has outlines to be known by."""
        try:
            with browser(self._path) as running:
                blank = _blank(running.pipe)
                return _has_outlines(running.pipe, blank, logo)
        except (BrowserError, OSError):
            return False

    def gallery(self, pages: Iterable[tuple[str, Guise, Fetcher]]) -> Iterator[Rendered | str]:
        """Many pages drawn by one browser, one after the other: for pages of one's own.

        A stranger's page gets a browser to itself (`render`), for it may break the one it is in.
        """
        try:
            with browser(self._path) as running, ThreadPoolExecutor(FETCHERS, "fetch") as pool:
                for url, guise, fetcher in pages:
                    tab = _Tab(running.pipe, guise, fetcher, pool, self._logos)
                    tab.open()
                    tab.load(url)
                    yield tab.drawn(running.walls)
        except (BrowserError, OSError) as error:
            yield f"the page was not drawn: {error}"


class _Tab:
    """One page in the browser and what it asked for."""

    def __init__(
        self, pipe: Pipe, guise: Guise, fetcher: Fetcher, pool: ThreadPoolExecutor, logos: tuple[Logo, ...]
    ) -> None:
        self._pipe, self._guise, self._fetcher, self._pool = pipe, guise, fetcher, pool
        self._logos = logos
        self._session = ""
        self._frame = ""
        self._loaded = False
        self._pending = 0
        self._lock = threading.Lock()
        self._last = time.monotonic()
        self._blocked: list[CaptureRefused] = []
        self._frames: dict[str, str] = {}
        pipe.on_event = self._event

    def open(self) -> None:
        """An empty page in a context of its own, everything it asks for intercepted."""
        deadline = Deadline(SHOT_SECONDS)
        self._pipe.ask("Browser.setDownloadBehavior", {"behavior": "deny"}, "", deadline)
        self._frame, self._session = _target(self._pipe, deadline)
        for method, params in (
            ("Page.enable", {}),
            ("Emulation.setUserAgentOverride", {"userAgent": self._guise.agent, "acceptLanguage": "en-US"}),
            (
                "Emulation.setDeviceMetricsOverride",
                {
                    "width": self._guise.width,
                    "height": self._guise.height,
                    "deviceScaleFactor": 1,
                    "mobile": self._guise.phone,
                },
            ),
        ):
            self._pipe.ask(method, params, self._session, deadline)
        for method, params in _intercept():
            self._pipe.ask(method, params, self._session, deadline)

    def load(self, url: str) -> None:
        """Go to an address and wait until the page is loaded and quiet, or the time is over."""
        self._pipe.send("Page.navigate", {"url": url}, self._session)
        end = time.monotonic() + RENDER_SECONDS
        while time.monotonic() < end:
            quiet = time.monotonic() - self._last > QUIET_SECONDS
            if self._loaded and not self._pending and quiet:
                break
            self._pipe.pump(0.1)

    def drawn(self, walls: tuple[str, ...]) -> Rendered:
        """The picture, its blurred copy, and the document as it stands."""
        pipe, deadline = self._pipe, Deadline(SHOT_SECONDS)
        version = pipe.ask("Browser.getVersion", None, "", deadline)
        pipe.ask("Page.stopLoading", None, self._session, deadline)
        tree = pipe.ask("Page.getFrameTree", None, self._session, deadline)
        root = pipe.ask("DOM.getDocument", {"depth": 0}, self._session, deadline)["root"]["nodeId"]
        whole = {"nodeId": root, "includeShadowDOM": True}
        html = pipe.ask("DOM.getOuterHTML", whole, self._session, deadline)["outerHTML"]
        size = pipe.ask("Page.getLayoutMetrics", None, self._session, deadline)["cssContentSize"]
        height = min(max(int(size["height"]), self._guise.height), MAX_SHOT_HEIGHT)
        clip = {"x": 0, "y": 0, "width": self._guise.width, "height": height, "scale": 1}
        options = {"format": "png", "clip": clip, "captureBeyondViewport": True}
        shot = pipe.ask("Page.captureScreenshot", options, self._session, deadline)["data"]
        blank = _blank(pipe)
        blurred = _run(pipe, blank, BLUR, f"data:image/png;base64,{shot}", SHRINK)
        drawing = f"data:image/png;base64,{shot}"
        logos = [(logo.brand, _searched(pipe, blank, drawing, logo)) for logo in self._logos[:MAX_LOGOS]]
        return Rendered(
            url=str(tree["frameTree"]["frame"]["url"]),
            html=str(html),
            frames=tuple(self._frames.items()),
            shot=base64.b64decode(shot),
            blurred=base64.b64decode(str(blurred).partition(",")[2]),
            logos=tuple((brand, round(score, 3)) for brand, score in logos if score),
            blocked=tuple(self._blocked),
            browser=str(version.get("product", "")),
            walls=walls,
        )

    def _event(self, method: str, params: Message, session: str) -> None:
        if method == "Fetch.requestPaused":
            self._count(1)
            self._last = time.monotonic()
            self._pool.submit(self._answer, params, session)
        elif method == "Page.loadEventFired" and session == self._session:
            self._loaded = True
        elif method == "Page.frameStartedLoading" and params.get("frameId") == self._frame:
            self._last = time.monotonic()
        elif method == "Page.javascriptDialogOpening":
            self._pipe.send("Page.handleJavaScriptDialog", {"accept": False}, session)
        elif method == "Target.attachedToTarget" and params["sessionId"] != self._session:
            self._child(params)

    def _child(self, params: Message) -> None:
        """A frame or worker in a process of its own is intercepted before it runs; a window is closed."""
        child, kind = params["sessionId"], params["targetInfo"]["type"]
        if kind == "page":
            if params["targetInfo"].get("openerId"):
                self._pipe.send("Target.closeTarget", {"targetId": params["targetInfo"]["targetId"]})
            return
        for method, options in _intercept():
            self._pipe.send(method, options, child)
        self._pipe.send("Runtime.runIfWaitingForDebugger", None, child)

    def _answer(self, params: Message, session: str) -> None:
        """In a thread of the pool: fetch what a paused request asks for, and hand the answer in."""
        try:
            answer = self._fetched(params["request"])
            if isinstance(answer, CaptureRefused):
                self._blocked.append(answer)
                failed = {"requestId": params["requestId"], "errorReason": "BlockedByClient"}
                self._pipe.send("Fetch.failRequest", failed, session)
            else:
                self._note(params, answer)
                self._pipe.send("Fetch.fulfillRequest", _fulfilled(params["requestId"], answer), session)
        except BrowserError:
            pass  # it is gone, and whoever waits for it will say so
        finally:
            self._last = time.monotonic()
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._lock:
            self._pending += more

    def _fetched(self, asked: Message) -> Exchange | CaptureRefused:
        url = str(asked["url"])
        if asked["method"] != "GET":
            detail = f"the page wanted to send something ({str(asked['method'])[:20]}); nothing is ever sent"
            return _no(url, "method", detail)
        return self._fetcher.fetch(Request(url=url, headers=headers_of(self._guise)))

    def _note(self, params: Message, answer: Exchange) -> None:
        kind = params.get("resourceType")
        if kind == "Document" and params.get("frameId") != self._frame and len(self._frames) < MAX_FRAMES:
            self._frames[answer.url] = text_of(answer.body, answer.header("content-type"))


def _intercept() -> tuple[tuple[str, Message], ...]:
    """The commands by which a page, frame or worker gets nothing but through us, and its children neither."""
    return (
        ("Fetch.enable", {"patterns": [{"urlPattern": "*"}]}),
        (
            "Target.setAutoAttach",
            {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True},
        ),
    )


def _target(pipe: Pipe, deadline: Deadline) -> tuple[str, str]:
    """A new empty page in a new context, without anything kept from another: its id and its session."""
    context = pipe.ask("Target.createBrowserContext", None, "", deadline)["browserContextId"]
    made = pipe.ask("Target.createTarget", {"url": "about:blank", "browserContextId": context}, "", deadline)[
        "targetId"
    ]
    attached = pipe.ask("Target.attachToTarget", {"targetId": made, "flatten": True}, "", deadline)
    return str(made), str(attached["sessionId"])


def _blank(pipe: Pipe) -> str:
    """The session of an empty page of ours, in which pictures are worked on."""
    return _target(pipe, Deadline(SHOT_SECONDS))[1]


def _run(pipe: Pipe, session: str, function: str, *arguments: object) -> Any:
    expression = f"({function})({', '.join(json.dumps(one) for one in arguments)})"
    options = {"expression": expression, "awaitPromise": True, "returnByValue": True}
    told = pipe.ask("Runtime.evaluate", options, session, Deadline(SHOT_SECONDS))
    if "exceptionDetails" in told:
        raise BrowserError("a picture could not be read")
    return told["result"].get("value")


def _searched(pipe: Pipe, session: str, drawing: str, logo: Logo) -> float:
    """How surely a drawn page shows a logo, from 0 to 1."""
    try:
        found = _run(pipe, session, SEARCH, drawing, _data_url(logo.kind, logo.picture), HEIGHTS, TEMPLATE)
    except BrowserError:
        return 0.0
    return min(1.0, max(0.0, float(found or 0.0)))


def _has_outlines(pipe: Pipe, session: str, logo: Logo) -> bool:
    """Whether a logo is found in itself."""
    picture = _data_url(logo.kind, logo.picture)
    try:
        return _run(pipe, session, SEARCH, picture, picture, (TEMPLATE,), TEMPLATE) is not None
    except BrowserError:
        return False


def _data_url(kind: str, body: bytes) -> str:
    safe = kind if kind.startswith("image/") else "image/png"
    return f"data:{safe};base64,{base64.b64encode(body).decode('ascii')}"


def _fulfilled(number: str, answer: Exchange) -> Message:
    headers = [{"name": k, "value": v} for k, v in answer.headers if k not in _NOT_PASSED_ON]
    return {
        "requestId": number,
        "responseCode": answer.status,
        "responsePhrase": http.client.responses.get(answer.status, "Unknown"),
        "responseHeaders": headers,
        "body": base64.b64encode(answer.body).decode("ascii"),
    }


def _no(url: str, why: Why, detail: str, now: datetime | None = None) -> CaptureRefused:
    return CaptureRefused(url=url, at=now or utc_now(), why=why, detail=detail)
