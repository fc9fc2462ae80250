"""Which class of retention each kind of record has; a kind that is not here counts as people's words."""

from __future__ import annotations

from typing import Final

from nospim.ledger.record import Retention

CLASSES: Final[dict[str, Retention]] = {
    "event": Retention.CONTENT,
    "verdict": Retention.RISK,
    "resolution": Retention.RISK,
    "action": Retention.RISK,
    "result": Retention.RISK,
    "control": Retention.RISK,
    "start": Retention.KEPT,
    "rules": Retention.RISK,
    "tick": Retention.KEPT,
    "account": Retention.RISK,
    "campaign": Retention.RISK,
    "members": Retention.RISK,
    "operator": Retention.RISK,
    "provenance": Retention.RISK,
    "case": Retention.KEPT,
    "erasure": Retention.KEPT,
    "access": Retention.KEPT,
    "fields": Retention.KEPT,
    "head": Retention.KEPT,
}


def class_of(kind: str) -> Retention:
    """The class of a kind: the shortest life where nothing is said."""
    return CLASSES.get(kind, Retention.CONTENT)
