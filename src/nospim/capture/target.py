"""One address to fetch, read as a browser reads it and checked: `target_of`, and `joined` for redirects."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urljoin

import can_ada
from msgspec import Struct

from nospim.capture.addresses import AddressRules, against_name
from nospim.capture.interface import Why
from nospim.capture.limits import MAX_URL, PORTS
from nospim.links.hosts import is_ip

_SCHEMES: Final = {"http:": 80, "https:": 443}
_STRIPPED: Final = re.compile(r"[\t\n\r]")
_ENDS: Final = "".join(map(chr, range(0x21)))
"""What the URL standard takes off both ends: C0 controls and the space."""


class Target(Struct, frozen=True, kw_only=True):
    """What to connect to and ask for.

    url: without user name and fragment.  host: a name in ASCII, or an IP address without brackets.
    literal: host is an IP address.  path: with the query.
    """

    url: str
    secure: bool
    host: str
    port: int
    literal: bool
    path: str

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == (443 if self.secure else 80) else f"{shown}:{self.port}"


class Refusal(Struct, frozen=True):
    """Why an address is not even looked up."""

    why: Why
    detail: str


def target_of(url: str, rules: AddressRules) -> Target | Refusal:
    """The target that an address means, or why it is refused: http and https, ports 80 and 443, public names
    and addresses.  Decimal, octal and hexadecimal IP addresses are read as browsers read them."""
    if len(url) > MAX_URL:
        return Refusal("size", f"the address is longer than {MAX_URL} characters")
    try:
        read = can_ada.parse(url)
    except (ValueError, TypeError):
        return Refusal("scheme", "this is no address that a browser could open")
    if read.protocol not in _SCHEMES:
        return Refusal("scheme", f"only http and https are fetched, not {read.protocol[:20]}")
    if read.username or read.password:
        return Refusal("credentials", "the address holds a user name or password, which is never sent")
    host = read.hostname.strip("[]")
    port = int(read.port) if read.port else _SCHEMES[read.protocol]
    target = Target(
        url=read.href.partition("#")[0],
        secure=read.protocol == "https:",
        host=host,
        port=port,
        literal=is_ip(read.hostname),
        path=(read.pathname or "/") + read.search,
    )
    return target if rules.excepts(host, port) else _checked(target, rules)


def _checked(target: Target, rules: AddressRules) -> Target | Refusal:
    if target.port not in PORTS:
        return Refusal("port", f"only ports 80 and 443 are connected to, not {target.port}")
    if target.literal:
        meaning = rules.against(target.host)
        return Refusal("address", f"{target.host} is refused: {meaning}") if meaning else target
    meaning = against_name(target.host)
    return Refusal("name", f"{target.host[:253]} is refused: {meaning}") if meaning else target


def joined(base: str, reference: str) -> str:
    """Where a reference on a page or in a Location header leads, without its fragment.

    As in the URL standard, ends are trimmed, tabs and line ends dropped, and backslashes are slashes.
    """
    text = _STRIPPED.sub("", reference.strip(_ENDS))
    front, mark, rest = text.partition("?")
    if ":" not in front.partition("/")[0] or front[:5].lower() in {"http:", "https"}:
        front = front.replace("\\", "/")
    try:
        return urljoin(base, front + mark + rest).partition("#")[0]
    except ValueError:
        return text.partition("#")[0]
