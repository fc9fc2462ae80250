"""The operator's rules in the service: a record of the journal, so a replay judges by those of its time."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from nospim.rulebook import RulesError, Watcher
from nospim.rules import RuleSet, Written, compile_rules

LOOK: Final = 2.0
"""Seconds between two looks whether the folder has changed."""


class InForce(Struct, frozen=True, kw_only=True):
    """The rules that are asked, as written, and those of them that an alarm put into shadow."""

    written: tuple[Written, ...] = ()
    demoted: tuple[str, ...] = ()


NONE: Final = InForce()
_decode: Final = msgspec.json.Decoder(InForce)
_encode: Final = msgspec.json.Encoder(order="sorted").encode


def in_force(watcher: Watcher | None, demoted: frozenset[str]) -> InForce:
    """The rules that a folder or a rule book asks for; without one, none.

    demoted: ids of rules that an alarm put into shadow, besides those that the rule book names.
    """
    if watcher is None:
        return NONE
    there = {rule.id for rule in watcher.rules}
    return InForce(written=watcher.written, demoted=tuple(sorted((watcher.rules.demoted | demoted) & there)))


def compiled(rules: InForce) -> RuleSet | None:
    """The rules ready to be asked, None where there are none.  Raises RulesError at the first problem."""
    if not rules.written:
        return None
    found, problems = compile_rules(rules.written)
    if problems:
        raise RulesError(f"rules: {problems[0]}")
    return found.demote(rules.demoted)


def encode_rules(rules: InForce) -> bytes:
    """The body of a `rules` record."""
    return _encode(rules)


def decode_rules(body: bytes) -> InForce:
    """What `encode_rules` wrote."""
    return _decode.decode(body)
