"""The public suffix list: where the part of a host name that somebody registered begins.

Source: the algorithm and the format at https://github.com/publicsuffix/list/wiki/Format; the list itself is
the one inside the `publicsuffixlist` package (Mozilla, MPL 2.0), so updating that package updates us.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

import can_ada
from msgspec import Struct

_END_OF_ICANN = "===END ICANN DOMAINS==="


class Suffix(Struct, frozen=True):
    """labels: how many labels of the host are public suffix.  private: the rule is of the private section.
    known: a rule matched; without one the last label counts (the list's implicit rule `*`)."""

    labels: int
    private: bool
    known: bool


def parse(lines: str) -> dict[str, bool]:
    """Rules of a list in the published format: rule in ASCII (with its `*.` or `!`) -> is it private?"""
    rules: dict[str, bool] = {}
    private = False
    for line in lines.splitlines():
        if line.startswith("//"):
            private = private or _END_OF_ICANN in line
        elif rule := line.partition(" ")[0].strip().lower():
            rules.setdefault(_ascii_rule(rule), private)
    return rules


def _ascii_rule(rule: str) -> str:
    if rule.isascii():
        return rule
    mark = rule[: len(rule) - len(rule.lstrip("!*."))]
    return mark + can_ada.idna_encode(rule.removeprefix(mark)).decode("ascii")


def shipped() -> dict[str, bool]:
    """Rules of the list that the `publicsuffixlist` package carries."""
    data = resources.files("publicsuffixlist").joinpath("public_suffix_list.dat")
    return parse(data.read_text(encoding="utf-8"))


def suffix_of(labels: list[str], rules: Mapping[str, bool]) -> Suffix:
    """The prevailing rule for a host split into its ASCII labels: an exception, else the longest match."""
    count = len(labels)
    for start in range(count):
        name = ".".join(labels[start:])
        depth = count - start
        if (private := rules.get("!" + name)) is not None:
            return Suffix(depth - 1, private, known=True)
        if (private := rules.get("*." + name)) is not None:
            return Suffix(min(depth + 1, count), private, known=True)
        if (private := rules.get(name)) is not None:
            return Suffix(depth, private, known=True)
    return Suffix(1, private=False, known=False)
