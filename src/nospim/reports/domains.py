"""The domain that a link's host belongs to: what somebody registered, and what can be taken down whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from nospim.links import suffixes


def host_of(link: str) -> str:
    """The host that a link names, lower case, without user, port and path; empty for none."""
    rest = link.partition("://")[2] or link
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0].rpartition("@")[2]
    if authority.startswith("["):
        return authority.partition("]")[0].lower() + "]"
    return authority.partition(":")[0].lower().rstrip(".")


def domain_of(host: str) -> str:
    """The registrable domain of a host (public suffix list, both sections), else the host itself.

    On a suffix where anyone may publish, each publisher's part is a domain of its own.
    """
    labels = host.split(".")
    if not host.isascii() or "" in labels or labels[-1].isdigit() or host.startswith("["):
        return host
    below = suffixes.suffix_of(labels, _rules()).labels + 1
    return ".".join(labels[-below:]) if below <= len(labels) else host


@cache
def _rules() -> Mapping[str, bool]:
    return suffixes.shipped()
