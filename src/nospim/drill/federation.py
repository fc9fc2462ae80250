"""Two services that talk with each other: which one an account is on, and how things across are named."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from nospim.drill.plan import Plan
from nospim.events import Data, Ref, Reference

D = TypeVar("D", bound=Data)
ACCOUNTS: Final = ("contact", "invited_by", "accused", "target", "to")
"""Fields that name accounts."""


class Federation:
    """The services of a plan: within one a bare id is enough, across them a source stands beside it."""

    def __init__(self, plan: Plan) -> None:
        self._home = f"xmpp://{plan.service}"
        self._two = plan.federated > 0.0
        self._sent: dict[str, str] = {}

    def source(self, account: str) -> str:
        """The service that an account is on; what is no address is at home."""
        _, at, server = account.partition("@")
        return f"xmpp://{server}" if self._two and at else self._home

    def sent(self, message: str, sender: str) -> None:
        """Remember where a message came from, so that others can name it."""
        source = self.source(sender)
        if source != self._home:
            self._sent[message] = source

    def named(self, data: D, subject: str) -> D:
        """The same data as the subject's service writes it."""
        if not self._two:
            return data
        here = self.source(subject)
        changed: dict[str, object] = {}
        for field in ACCOUNTS:
            value = getattr(data, field, None)
            if isinstance(value, str):
                changed[field] = self._reference(value, self.source(value), here)
            elif isinstance(value, tuple) and value:
                changed[field] = tuple(
                    self._reference(v, self.source(v), here) if isinstance(v, str) else v for v in value
                )
        message = getattr(data, "message", None)
        if isinstance(message, str):
            changed["message"] = self._reference(message, self._sent.get(message, self._home), here)
        return msgspec.structs.replace(data, **changed) if changed else data

    @staticmethod
    def _reference(ident: str, there: str, here: str) -> Reference:
        return ident if there == here else Ref(source=there, id=ident)
