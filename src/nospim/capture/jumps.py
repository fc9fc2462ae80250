"""Where a page sends its reader by itself: Refresh headers, meta refresh, and plain script jumps.

Sources: the HTML standard's "shared declarative refresh steps"; of scripts only literal addresses are read,
for what a script computes a browser has to show (`Rendered.url`).
"""

from __future__ import annotations

import re
from typing import Final

from nospim.capture.html import parsed
from nospim.capture.interface import Exchange, Jump
from nospim.capture.limits import MAX_HTML, MAX_URL
from nospim.capture.target import joined

MAX_DELAY: Final = 60
"""Seconds of a refresh that is still followed; a longer one is a page that renews itself."""
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_REFRESH: Final = re.compile(r"^\s*(\d*)[\d.]*\s*(?:[;,\s]\s*(?:url\s*=\s*)?(.*))?$", re.I | re.S)
_PLACES: Final = r"(?:(?:window|self|top|parent|document|globalThis)\s*\.\s*)*location"
_SCRIPT: Final = re.compile(
    rf"""(?<![\w$.]){_PLACES}(?:\s*\.\s*href)?\s*(?:=(?!=)\s*|\.\s*(?:replace|assign)\s*\(\s*)
    (?:"((?:[^"\\\n]|\\.){{1,2048}})"|'((?:[^'\\\n]|\\.){{1,2048}})')\s*(?=[;)\n}}]|$)""",
    re.X,
)
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.S)
_COMMENT: Final = re.compile(r"/\*.*?\*/|(?<![:\"'\\])//[^\n]*", re.S)
_BY_ITSELF: Final = re.compile(
    r"setTimeout|onload|DOMContentLoaded|\(\s*(?:function|\(\s*\)\s*=>)|ready\s*\("
)
_LOOK_BACK: Final = 400
"""Characters before a jump in which something that runs by itself is looked for."""


def next_of(exchange: Exchange, text: str) -> tuple[Jump, str] | None:
    """How and where an answer sends its reader on, or None where he stays.

    text: the page's text where it is one, else empty.  The order is a browser's: status, header, page.
    """
    location = exchange.header("location")
    if exchange.status in REDIRECTS and location:
        return "http", joined(exchange.url, _utf8(location))
    if (header := exchange.header("refresh")) and (where := refresh(header, exchange.url)):
        return "refresh_header", where
    if not text:
        return None
    tree = parsed(text[:MAX_HTML])
    base = base_of(tree, exchange.url)
    for tag in tree.css("meta[http-equiv][content]"):
        equiv, content = tag.attributes.get("http-equiv"), tag.attributes.get("content")
        if (equiv or "").strip().lower() == "refresh" and (where := refresh(content or "", base)):
            return "meta_refresh", where
    for script in tree.css("script:not([src])"):
        if where := script_jump(script.text() or "", base):
            return "script", where
    return None


def base_of(tree: object, url: str) -> str:
    """The address that the page's own references are relative to (<base href>)."""
    node = tree.css_first("base[href]")  # type: ignore[attr-defined]
    href = node.attributes.get("href") if node is not None else None
    return joined(url, href) if href else url


def refresh(value: str, base: str) -> str | None:
    """The address in a refresh, absolute; None where it only renews the page, or after too long."""
    found = _REFRESH.match(value[:MAX_URL])
    if found is None or not found[2] or int(found[1][:9] or 0) > MAX_DELAY:
        return None
    text = found[2].strip()
    if text[:1] in {'"', "'"}:
        text = text[1:].partition(text[0])[0]
    where = joined(base, text)
    return None if where == base.partition("#")[0] else where


def script_jump(source: str, base: str) -> str | None:
    """The literal address that a script goes to by itself, absolute; None without one.

    A jump inside a function counts only where something near it runs by itself (a timer, onload), for most
    others wait for a click.
    """
    plain = _COMMENT.sub(" ", source[:MAX_HTML])
    depth = last = 0
    for found in _SCRIPT.finditer(plain):
        start = found.start()
        depth += plain.count("{", last, start) - plain.count("}", last, start)
        last = start
        if depth > 0 and not _BY_ITSELF.search(plain[max(0, start - _LOOK_BACK) : start]):
            continue
        where = joined(base, _ESCAPE.sub(_unescaped, found[1] or found[2]))
        if where.startswith(("http:", "https:")) and where != base.partition("#")[0]:
            return where
    return None


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else found[3]


def _utf8(value: str) -> str:
    """A header's value, which travels as bytes, read as UTF-8 where it is."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
