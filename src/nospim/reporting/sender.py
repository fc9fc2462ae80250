"""Who reports, and whom to: the reporter, and a file of abuse contacts that a person wrote.

Contacts are never looked up over the network: whoever asks a registry or a host about a name tells them,
and maybe the thief, that somebody looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from nospim.errors import UsageError
from nospim.reporting.material import Place

Role = Literal["host", "registrar"]
Mail = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}\Z")]
"""An address as abuse desks have them; nothing that could begin a header of its own."""
Word = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
_NAME: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9-]+")


class Reporter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who reports.  org: as others know it; mail: where answers go; domain: its own."""

    org: Word
    mail: Mail
    domain: Word


class Contact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to tell of what stands below some names.  name: the host's or registrar's own."""

    role: Role
    name: Word
    mail: Mail
    below: tuple[Word, ...]


class Book(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of contacts: ``reporter`` and a list of ``contact``."""

    reporter: Reporter
    contact: tuple[Contact, ...] = ()


class Addressed(Struct, frozen=True, kw_only=True):
    """A place with one of those who can do something about it."""

    place: Place
    contact: Contact


def read_contacts(text: str, where: str) -> Book:
    """The file of contacts (TOML); raises UsageError that says what is wrong in it."""
    try:
        book = msgspec.toml.decode(text, type=Book)
    except msgspec.DecodeError as error:
        raise UsageError(f"{where}: {error}; see docs/how-to/report-to-others.md for its form") from None
    for contact in book.contact:
        for name in contact.below:
            if not _NAME.fullmatch(name):
                raise UsageError(f"{where}: {name!r} is no domain in lower case")
    return book


def addressed(places: Iterable[Place], book: Book) -> tuple[list[Addressed], list[Place]]:
    """Each place with its host and its registrar, by the closest name of each role; and places without any.

    A registrar can only take a whole name away, so nothing on a host that others share is reported to one.
    """
    found: list[Addressed] = []
    lacking: list[Place] = []
    for place in places:
        before = len(found)
        for role in ("host", "registrar"):
            if role == "registrar" and place.shared:
                continue
            fitting = [
                (len(name), contact)
                for contact in book.contact
                for name in contact.below
                if contact.role == role and (place.host == name or place.host.endswith(f".{name}"))
            ]
            if fitting:
                found.append(Addressed(place=place, contact=max(fitting, key=lambda one: one[0])[1]))
        if len(found) == before:
            lacking.append(place)
    return found, lacking
