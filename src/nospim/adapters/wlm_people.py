"""Who is meant in a Messenger history: accounts from addresses, and from nicknames where that is safe.

A nickname is chosen by its owner, changes, and may be somebody else's.  So an address in the record
wins; a nickname stands for an account only when the operator says so or this file has shown it, and
never when it is ambiguous.  Everybody else gets an account of their own, ``nick:<hash>``, that is the
same for the same nickname in the same file and joins to nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from nospim.adapters.wlm_names import is_address
from nospim.adapters.wlm_xml import Person

MAX_NICKNAMES: Final = 4096
"""Nicknames remembered for one file; beyond it new ones are no longer learnt.  A person has tens."""
MAX_SESSIONS: Final = 4096
"""Conversations remembered as having had more than two people in them, the latest ones."""


class People:
    """Names people within one history file, in the order of its records."""

    def __init__(self, owner: str | None, contact: str | None, nicknames: Iterable[str], scope: str) -> None:
        """owner, contact: the accounts whose conversations these are, where known.  nicknames: names that
        the owner is known to have used.  scope: what tells this file from others.
        """
        self._owner = owner
        self._contact = contact if contact != owner else None
        self._scope = scope
        self._known: dict[str, str | None] = {}  # None: ambiguous
        self._groups: dict[str, None] = {}
        if owner is not None:
            for nickname in nicknames:
                self._known[nickname] = owner

    def gathered(self, session: str) -> None:
        """More than two people were in this conversation: who the other one is says nothing any more."""
        self._groups.pop(session, None)
        self._groups[session] = None
        if len(self._groups) > MAX_SESSIONS:
            del self._groups[next(iter(self._groups))]

    def is_group(self, session: str) -> bool:
        """Is this conversation known to have had more than two people?"""
        return session in self._groups

    def of_message(self, sender: Person, to: tuple[Person, ...], session: str) -> tuple[str, tuple[str, ...]]:
        """The accounts of the sender and the recipients of one message."""
        if len(to) > 1:
            self.gathered(session)
        first = self._sure(sender)
        others = [self._sure(person) for person in to]
        if len(to) == 1:
            if first is not None and first == others[0] and not (sender.logon and to[0].logon):
                # One of the two uses a name of the other: which one is the account cannot be told.
                first = others[0] = None
                self._doubt(sender, to[0])
            elif not self.is_group(session) and sender.name != to[0].name:
                first, others[0] = self._by_the_other(sender, first, to[0], others[0])
        return (
            first or self.opaque(sender),
            tuple(other or self.opaque(person) for other, person in zip(others, to, strict=True)),
        )

    def of_offer(self, sender: Person, session: str) -> tuple[str, tuple[str, ...]]:
        """The accounts of somebody who offers a file, and of whom it is offered to, where that is known."""
        account = self._sure(sender)
        other = None if account is None or self.is_group(session) else self._opposite(account)
        return account or self.opaque(sender), (other,) if other else ()

    def opaque(self, person: Person) -> str:
        """An account that stands for a nickname in this file and says nothing about who it is."""
        name = "\0".join(("logon", person.logon) if person.logon else ("name", person.name))
        return "nick:" + blake2b(f"{self._scope}\0{name}".encode(), digest_size=12).hexdigest()

    def _sure(self, person: Person) -> str | None:
        logon = person.logon.strip().lower()
        if logon and is_address(logon):
            self._learn(person.name, logon)
            return logon
        return None if logon else self._known.get(person.name)

    def _by_the_other(
        self, one: Person, first: str | None, two: Person, second: str | None
    ) -> tuple[str | None, str | None]:
        """In a conversation of two, who one is follows from who the other is."""
        if first is None and second is not None and not one.logon:
            first = self._infer(one, second)
        elif second is None and first is not None and not two.logon:
            second = self._infer(two, first)
        return first, second

    def _infer(self, person: Person, other: str) -> str | None:
        if person.name in self._known:  # ambiguous
            return None
        account = self._opposite(other)
        if account is not None:
            self._learn(person.name, account)
        return account

    def _opposite(self, account: str) -> str | None:
        if self._owner is None or self._contact is None:
            return None
        return {self._owner: self._contact, self._contact: self._owner}.get(account)

    def _learn(self, name: str, account: str) -> None:
        if not name:
            return
        if name in self._known:
            if self._known[name] != account:
                self._known[name] = None
        elif len(self._known) < MAX_NICKNAMES:
            self._known[name] = account

    def _doubt(self, *people: Person) -> None:
        for person in people:
            if not person.logon and (person.name in self._known or len(self._known) < MAX_NICKNAMES):
                self._known[person.name] = None
