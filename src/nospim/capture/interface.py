"""What a capture is made of: exchanges, hops, pages, findings, and what fetchers and browsers are."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, Protocol

from msgspec import Struct

Why = Literal[
    "scheme", "credentials", "port", "name", "address", "resolve", "connect", "tls", "time", "size",
    "answer", "loop", "budget", "method", "withheld",
]  # fmt: skip
"""Kinds of refusal: which rule an address, a connection or an answer fell under."""
Jump = Literal["start", "http", "refresh_header", "meta_refresh", "script", "submission"]
"""How one got to a hop: the first one; a status 3xx with Location; the others as they say."""
Cut = Literal["", "size", "time", "packing", "connection", "encoding"]
"""Why a body is not whole: too large, too slow, unpacks too far, broken off, packed in an unknown way."""


class CaptureRefused(Struct, frozen=True, kw_only=True):
    """A fetch that was not made or not finished.

    why: the rule.  detail: a plain sentence.  address: the IP address in question, where there is one.
    """

    url: str
    at: datetime
    why: Why
    detail: str
    address: str = ""


class Request(Struct, frozen=True, kw_only=True):
    """One request.  headers: all but Host, Connection and Content-Length, which the fetcher writes."""

    url: str
    headers: tuple[tuple[str, str], ...]
    method: Literal["GET", "POST"] = "GET"
    body: bytes = b""


class Tls(Struct, frozen=True):
    """How a connection was secured.  certificate: SHA-256 of the server's certificate (DER), in hex."""

    version: str
    certificate: str


class Exchange(Struct, frozen=True, kw_only=True):
    """One request and its answer.

    address, port: what was connected to.  raw_request, raw_answer: the bytes on the wire.
    body: without transfer and content encoding, as far as the limits let it in.
    seconds: from the request to the last byte read.
    """

    url: str
    at: datetime
    method: str
    address: str
    port: int
    status: int
    headers: tuple[tuple[str, str], ...]
    raw_request: bytes
    raw_answer: bytes
    body: bytes
    cut: Cut
    tls: Tls | None
    seconds: float

    def header(self, name: str) -> str:
        """The first header of a name (lower case), or an empty text."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def kind(self) -> str:
        """The media type that the answer claims, in lower case, without parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()


class Fetcher(Protocol):
    """Makes one exchange under every rule and limit; follows nothing."""

    def fetch(self, request: Request) -> Exchange | CaptureRefused:
        """The exchange, or the refusal; raises nothing that a server or an address could cause."""
        ...


class Hop(Struct, frozen=True, kw_only=True):
    """One address on the way to the page.

    refused: why it was not fetched; then status is 0.  sha256: of the body, in hex.  bytes: its length.
    """

    url: str
    jump: Jump
    at: datetime
    status: int = 0
    kind: str = ""
    address: str = ""
    tls: Tls | None = None
    bytes: int = 0
    sha256: str = ""
    cut: Cut = ""
    refused: CaptureRefused | None = None


class Form(Struct, frozen=True, kw_only=True):
    """A form of the page.

    action: where it posts, absolute; empty where only a script knows.  method: "get" or "post".
    asks_password: it has a password field.  fields: names and kinds of its fields, in order.
    elsewhere: the registrable domain of its target is not the page's.
    """

    action: str
    method: str
    asks_password: bool
    fields: tuple[tuple[str, str], ...]
    elsewhere: bool


class Page(Struct, frozen=True, kw_only=True):
    """What the source of a page tells.

    text: what a reader sees, spaces folded.  images: addresses of pictures, icons first.
    borrowed: registrable domains, not the page's, that parts are loaded from.
    leads_to: registrable domains, not the page's, that its links lead to.
    saved_from: the address in a browser's "saved from url" comment.
    habits: names of tricks in its source (docs/explanation/capture.md says what each is).
    headings: what its headings, labels, fields and pictures are called, apart from buttons elsewhere.
    offers: what its links and buttons say.
    """

    url: str
    title: str
    text: str
    forms: tuple[Form, ...]
    images: tuple[str, ...]
    borrowed: tuple[str, ...]
    leads_to: tuple[str, ...]
    saved_from: str
    habits: tuple[str, ...]
    headings: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()

    @property
    def asks_password(self) -> bool:
        """Does any form, or a field outside of all forms, ask for a password?"""
        return any(form.asks_password for form in self.forms)


class PageFinding(Struct, frozen=True):
    """One thing that speaks for (or against) a page that steals passwords.

    millibits: thousandths of a bit of log-odds.  detail: a plain sentence.  brand: whose looks it is about.
    """

    kind: str
    millibits: int
    detail: str
    brand: str = ""


class Likeness(Struct, frozen=True):
    """Whom a page looks like most.

    brand: as the operator wrote it.  own: it is the service itself.  share: from 0 to 1, 0.5 and more for a
    page that passes for the brand's.
    """

    brand: str
    own: bool
    share: float


class Guise(Struct, frozen=True, kw_only=True):
    """Whom the fetcher passes for.  width, height: of the window, in pixels."""

    name: str
    agent: str
    width: int
    height: int
    phone: bool = False


class Visit(Struct, frozen=True, kw_only=True):
    """One walk along the chain in one guise.

    page: what was read at the end, None where there was no page.  download: the kind of file offered instead.
    """

    guise: str
    hops: tuple[Hop, ...]
    page: Page | None
    download: str = ""

    @property
    def refused(self) -> CaptureRefused | None:
        """Why the walk ended early, or None."""
        return self.hops[-1].refused if self.hops else None


class Rendered(Struct, frozen=True, kw_only=True):
    """What a browser made of the page.

    url: where it ended.  html: the document after its scripts.  frames: address and source of pages inside.
    shot, blurred: PNG.
    logos: brands whose logo was looked for, and how surely it is shown (0 to 1, `logos.SHOWN`).
    blocked: what it wanted and did not get.  walls: what stood between the browser and the machine, by name.
    """

    url: str
    html: str
    frames: tuple[tuple[str, str], ...]
    shot: bytes
    blurred: bytes
    logos: tuple[tuple[str, float], ...]
    blocked: tuple[CaptureRefused, ...]
    browser: str
    walls: tuple[str, ...]


class Renderer(Protocol):
    """Draws a page whose every byte comes from a fetcher."""

    def render(self, url: str, guise: Guise, fetcher: Fetcher) -> Rendered | str:
        """What was drawn, or a sentence that says why nothing was."""
        ...


class Decoy(Struct, frozen=True, kw_only=True):
    """Credentials that belong to nobody.  made: when, and for which capture's address."""

    account: str
    password: str
    made: datetime
    url: str


class Submission(Struct, frozen=True, kw_only=True):
    """A decoy given to a form, once, and what followed (the walk begins with the form's target)."""

    account: str
    password_sha256: str
    approved_by: str
    target: str
    visit: Visit | None
    refused: str = ""


class Capture(Struct, frozen=True, kw_only=True):
    """All that a capture found.

    asked: the address as given, its per-user parts (`dropped`) left out.  visits: one a guise, the first
    one decides.  rendered_url: where the browser ended.  findings, millibits: over the page as fetched and as
    drawn.  asks_password: some page of it, a frame or the drawn one included, asks for one.  likeness: whom
    it passes for, None for nobody.  withheld: SHA-256 of a body on the list of what must not be stored; then
    nothing else is kept.
    files: name and SHA-256 of what was written.  lacking: what could not be done, in plain sentences.
    """

    nospim: str
    at: datetime
    asked: str
    dropped: tuple[str, ...]
    visits: tuple[Visit, ...]
    rendered_url: str
    browser: str
    walls: tuple[str, ...]
    blocked: tuple[CaptureRefused, ...]
    findings: tuple[PageFinding, ...]
    millibits: int
    asks_password: bool
    likeness: Likeness | None
    submission: Submission | None
    withheld: str
    files: tuple[tuple[str, str], ...]
    lacking: tuple[str, ...]


DESKTOP: Final = Guise(
    name="desktop",
    agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36",
    width=1280,
    height=800,
)
PHONE: Final = Guise(
    name="phone",
    agent="Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Mobile Safari/537.36",
    width=412,
    height=915,
    phone=True,
)
GUISES: Final = (DESKTOP, PHONE)
"""Lures travel by phone as well as by desk, and pages show each a different face."""
