"""The host and path expressions by which lists of hashed addresses name a page, a folder or a host.

Source: Safe Browsing v4, "URLs and Hashing": canonicalisation (here after WHATWG parsing), then up to five
host suffixes by six path prefixes.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

import can_ada

from nospim.links.hosts import is_ip

HOSTS: Final = 5
"""The exact host, and at most four suffixes of its last five labels."""
FOLDERS: Final = 4
"""Path prefixes from the root on, besides the exact path with and without its query."""
_ROUNDS: Final = 8
"""How often percent-encoding inside percent-encoding is undone; then it is left as it is."""
_SLASHES: Final = re.compile(r"/{2,}")


def expressions_of(address: str) -> tuple[str, ...]:
    """The expressions of an address as a list writes it, with or without its scheme; none if it is none."""
    written = address.strip()
    if "://" not in written[:12]:
        written = "http://" + written
    try:
        url = can_ada.parse(written)
    except (ValueError, TypeError):
        return ()
    return expressions(url.href) if url.hostname and url.protocol in ("http:", "https:", "ftp:") else ()


def expressions(href: str) -> tuple[str, ...]:
    """The expressions of a parsed address, the most exact first; at most 30, without scheme, port and user.

    href: an address as a browser would request it (`Link.url`).
    """
    authority, _, rest = href.partition("#")[0].partition("://")[2].partition("/")
    host = authority.rpartition("@")[2]
    host = re.sub(r":\d+$", "", host).rstrip(".")
    path, mark, query = rest.partition("?")
    path = "/" + _SLASHES.sub("/", _canonical(path).lstrip("/"))
    paths = [f"{path}?{_canonical(query)}"] if mark else []
    paths.append(path)
    folders = path.split("/")[:-1]
    paths.extend(["/".join(folders[: n + 1]) + "/" for n in range(min(len(folders), FOLDERS))])
    return tuple(dict.fromkeys([h + p for h in _hosts(host) for p in paths]))


def _hosts(host: str) -> list[str]:
    if is_ip(host):
        return [host]
    labels = host.split(".")
    first = max(1, len(labels) - HOSTS)
    shorter = [".".join(labels[n:]) for n in range(first, len(labels) - 1)]
    return [host, *shorter[: HOSTS - 1]]


def _canonical(text: str) -> str:
    """Percent-encoding undone until nothing changes, then done once, for #, % and what does not print."""
    raw = text.encode("utf-8", "replace")
    for _ in range(_ROUNDS):
        plain = unquote_to_bytes(raw)
        if plain == raw:
            break
        raw = plain
    return "".join([chr(b) if 32 < b < 127 and b not in b"#%" else f"%{b:02X}" for b in raw])
