"""Names in the findings: ids that follow from the content, and bare ids within a row's own source."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from nospim.events import Ref, Reference, split_key

ID_BYTES: Final = 6
"""Bytes of hash in an id: among a million campaigns a clash has a chance of 1 in 500."""


def stable_id(prefix: str, *parts: str) -> str:
    """An id that follows from its parts alone, such as ``c-8f14e45fceea`` (BLAKE2b, RFC 7693)."""
    content = "\n".join(parts).encode("utf-8", "surrogatepass")
    return f"{prefix}-{hashlib.blake2b(content, digest_size=ID_BYTES).hexdigest()}"


def source_of(keys: Iterable[str]) -> str:
    """The source that most keys are of, the first seen of equals."""
    counts: dict[str, int] = {}
    for key in keys:
        source = split_key(key)[0]
        counts[source] = counts.get(source, 0) + 1
    return max(counts, key=lambda source: counts[source])


def short(key: str, source: str) -> Reference:
    """The bare id within `source`; source and id of a thing of another source."""
    own, ident = split_key(key)
    return ident if own == source else Ref(source=own, id=ident)
