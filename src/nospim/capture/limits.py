"""Every bound of a capture, with its reason; a page is its author's weapon, so nothing is without one."""

from __future__ import annotations

from typing import Final

PORTS: Final = frozenset({80, 443})
"""Ports that are connected to.  Another port is more likely a machine's own service than a page."""
MAX_URL: Final = 8192
"""Characters of an address: servers answer 414 from about here on (Apache's `LimitRequestLine` is 8,190)."""
MAX_HOPS: Final = 20
"""Redirects followed: as many as the Fetch standard lets a browser follow (HTTP-redirect fetch)."""
MAX_SCRIPT_HOPS: Final = 5
"""Of these, jumps that a page declares itself (refresh, script): no honest page chains more."""
MAX_HEAD: Final = 64 * 1024
"""Bytes of an answer's status line and headers: a browser's own bound is 256 kB, honest ones have 2 kB."""
MAX_RAW: Final = 8 * 1024 * 1024
"""Bytes read of one answer as it travels: a login page with its pictures inside has 1 to 3 MB."""
MAX_UNPACKED: Final = 16 * 1024 * 1024
"""Bytes of one body once unpacked: gzip packs zeros a thousandfold, text never more than about tenfold."""
MAX_TOTAL: Final = 64 * 1024 * 1024
"""Bytes read in one capture, all answers together."""
MAX_REQUESTS: Final = 200
"""Requests of one capture, the browser's included: the median page asks for about 70 (HTTP Archive, 2024)."""
CONNECT_SECONDS: Final = 10.0
"""For a name to be resolved, and for a connection and its TLS handshake."""
ANSWER_SECONDS: Final = 20.0
"""For one whole answer, however it drips: the clock runs from the request on, not from the last byte."""
CAPTURE_SECONDS: Final = 120.0
"""For everything."""
RENDER_SECONDS: Final = 25.0
"""For the browser to load the page."""
QUIET_SECONDS: Final = 1.0
"""Without a request after loading, from which a page is taken to be drawn."""
MAX_ADDRESSES: Final = 32
"""Addresses of one name that are looked at; a name with more is refused."""
MAX_HTML: Final = 2 * 1024 * 1024
"""Characters of a page that are parsed."""
MAX_TAGS: Final = 20_000
"""Tags of a page that are parsed: building the tree takes time with the square of its depth (0.9 s for this
many open ones), and few honest pages have more than 6,000 (HTTP Archive, 2024)."""
MAX_FORMS: Final = 100
MAX_PARTS: Final = 2000
"""Forms, and addresses of pictures, scripts and links, that are read from one page."""
MAX_SHOT_HEIGHT: Final = 6000
"""Pixels of a screenshot's height; below that a reader looks at the page's source."""
MAX_BROWSER_MESSAGE: Final = 64 * 1024 * 1024
"""Bytes of one message from the browser: a screenshot of the greatest height is below 30 MB."""
