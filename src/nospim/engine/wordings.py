"""Near-duplicate wordings: which group a text belongs to, found by bands and verified by signature.

MinHash with banding after Broder, "On the resemblance and containment of documents" (1997), and
Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3.
"""

from __future__ import annotations

from typing import Final

from nospim.memory import Cluster, Memory, Wording
from nospim.signals.reading import Reading

ALIKE: Final = 0.5
"""Estimated Jaccard similarity from which two texts are one wording."""
FEWEST_WORDS: Final = 2
"""Shorter texts ("ok", "hi") say nothing about who wrote them."""
MAX_TRIED: Final = 4
"""Groups that a text is compared with at most."""


def likeness(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """Estimated Jaccard similarity of two MinHash signatures: the share of equal places (Broder 1997)."""
    if not a or len(a) != len(b):
        return 0.0
    return sum(x == y for x, y in zip(a, b, strict=True)) / len(a)


def group_of(memory: Memory, reading: Reading, at: float) -> tuple[str, Cluster] | None:
    """The wording group of a text, made on first sight; None for texts too short to mean anything."""
    if reading.words < FEWEST_WORDS:
        return None
    name = memory.aliases.get(reading.template)
    if name is not None:
        group = memory.wordings.get(name)
        if group is not None:
            return name, group.cluster
    tried: list[str] = []
    for band in reading.bands:
        candidate = memory.bands.get(band)
        if candidate is not None and candidate not in tried:
            tried.append(candidate)
            group = memory.wordings.get(candidate)
            if group is not None and likeness(group.signature, reading.signature) >= ALIKE:
                memory.aliases.put(reading.template, candidate)
                return candidate, group.cluster
            if len(tried) >= MAX_TRIED:
                break
    name = f"w:{reading.template:016x}"
    group = Wording(name, reading.signature, Cluster(at, at))
    memory.wordings.put(name, group)
    memory.aliases.put(reading.template, name)
    for band in reading.bands:
        memory.bands.put(band, name)
    return name, group.cluster
