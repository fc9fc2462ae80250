"""Signed heads: what the ledger was at a moment, who says so, with which program, clock and settings.

A head names the size and root of the tree and the SHA-256 of the statement before it, so that heads form a
chain which only grows.  When the signing key changes, a statement of the change, signed by the old key and
the new one, takes its place in the same chain.  Source: RFC 9162, section 4.10 (signed tree heads), in DSSE
envelopes instead of TLS structures.  Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from nospim.ledger.signing import SealError, SigningKey, Statement, fingerprint_of, sign

HEAD: Final = "application/vnd.nospim.ledger-head+json"
CHANGE: Final = "application/vnd.nospim.key-change+json"
"""The two kinds of statements, as DSSE payload types."""

Hex = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Number = Annotated[int, Meta(ge=0, le=1 << 53)]
Time = Annotated[datetime, Meta(tz=True)]
Short = Annotated[str, Meta(max_length=256)]


class Clock(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the clock stood against a reference when the head was signed.

    source: what was asked (a time server, "not measured").  offset_ms: how far this machine's clock was
    ahead, in milliseconds.  error_ms: how far that may be wrong.
    """

    source: Short = "not measured"
    offset_ms: float | None = None
    error_ms: float | None = None


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One state of the ledger.

    ledger: its name, random, the same in every statement.  number: place in the chain, from 0.  size, root:
    of the tree.  at: when it was signed, by this machine's clock.  previous: SHA-256 of the envelope before.
    key: the signer's public key.  nospim, configuration: version and the fingerprint of the settings.
    """

    ledger: Hex
    number: Number
    size: Number
    root: Hex
    at: Time
    previous: Hex | None
    key: Hex
    nospim: Short
    configuration: Short
    clock: Clock


class KeyChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signing key changed from `old` to `new` (public keys in hex).

    reason: `rotated` is signed by both keys.  `lost` and `stolen` are signed by the new key only: who trusts
    the old key's fingerprint must be told the new one by another way.
    """

    ledger: Hex
    number: Number
    at: Time
    previous: Hex
    old: Hex
    new: Hex
    reason: Literal["rotated", "lost", "stolen"]


Link = Head | KeyChange


class Chain(Struct, frozen=True, kw_only=True):
    """A chain that was checked: its statements in order, and up to which number its origin is proved.

    proved: how many of the first statements somebody trusted vouches for; 0 where no key was named.
    """

    links: tuple[Link, ...]
    proved: int

    @property
    def heads(self) -> tuple[Head, ...]:
        """The heads among the statements."""
        return tuple(link for link in self.links if isinstance(link, Head))

    @property
    def origin_proved(self) -> bool:
        """Whether the last statement, and with it all before, comes from a trusted key."""
        return bool(self.links) and self.proved == len(self.links)


def signed_head(head: Head, key: SigningKey) -> bytes:
    """The head in an envelope; raises ValueError where it names another key."""
    if head.key != key.public.hex():
        raise ValueError("the head names another key than the one it is to be signed with")
    return sign(msgspec.json.encode(head), HEAD, [key])


def signed_change(change: KeyChange, new: SigningKey, old: SigningKey | None) -> bytes:
    """The change in an envelope, signed by both keys, or by the new one alone where the old one is gone."""
    if (old is None) is (change.reason == "rotated"):
        raise ValueError("a rotation is signed by both keys, a loss or theft by the new one only")
    if change.new != new.public.hex() or (old is not None and change.old != old.public.hex()):
        raise ValueError("the change names other keys than those it is to be signed with")
    return sign(msgspec.json.encode(change), CHANGE, [new] if old is None else [old, new])


def read_head(envelope: bytes) -> Head:
    """A head whose signature fits the key that it names; whose key that is, the caller must know.

    Raises SealError.
    """
    statement = Statement(envelope)
    link = _decode(statement)
    if not isinstance(link, Head):
        raise SealError("this statement is a change of key and no head")
    statement.require(bytes.fromhex(link.key))
    return link


def digest(envelope: bytes) -> str:
    """The name of a statement in the one after it: SHA-256 of its envelope, in hex."""
    return sha256(envelope).hexdigest()


def verify_chain(envelopes: Sequence[bytes], trusted: Sequence[str] = ()) -> Chain:
    """Check a whole chain of statements; trusted: fingerprints that came by another way.

    Steps: (1) each envelope is in the one form and of a known kind; (2) its number is its place, it names the
    statement before it and the same ledger; (3) it is signed by the key in force, a rotation by the old and
    the new one, a loss or theft by the new one; (4) sizes do not shrink, and equal sizes have equal roots.
    Origin: a head is vouched for by its own key and by every later one, whose statements name it by hash.
    Raises SealError at the first statement that fails.
    """
    links: list[Link] = []
    key, before, latest = "", "", None
    believed, proved = {name.lower() for name in trusted}, 0
    for number, envelope in enumerate(envelopes):
        try:
            statement = Statement(envelope)  # 1
            link = _decode(statement)
            _follows(link, number, before, links)  # 2
            key = _signed(statement, link, key)  # 3
            if isinstance(link, Head):
                _grows(link, latest)  # 4
                latest = link
        except SealError as error:
            raise SealError(f"statement {number} of the ledger: {error}") from None
        if isinstance(link, KeyChange) and link.reason == "rotated" and _name(link.old) in believed:
            believed.add(_name(link.new))
        links.append(link)
        before = digest(envelope)
        if _name(key) in believed:
            proved = number + 1
    if not links:
        raise SealError("the ledger has no signed head")
    return Chain(links=tuple(links), proved=proved)


def _decode(statement: Statement) -> Link:
    form: type[Head] | type[KeyChange]
    if statement.kind == HEAD:
        form = Head
    elif statement.kind == CHANGE:
        form = KeyChange
    else:
        raise SealError(f"it is of an unknown kind, {statement.kind!r}")
    try:
        link = msgspec.json.decode(statement.payload, type=form)
    except msgspec.ValidationError as error:
        raise SealError(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SealError("what was signed is no JSON") from None
    return link


def _follows(link: Link, number: int, before: str, links: Sequence[Link]) -> None:
    if link.number != number:
        raise SealError(f"it calls itself number {link.number}: a statement is missing or out of order")
    if (link.previous or "") != before:
        raise SealError("it does not name the statement before it")
    if links and link.ledger != links[0].ledger:
        raise SealError("it belongs to another ledger")


def _signed(statement: Statement, link: Link, key: str) -> str:
    """Check who signed; returns the key in force from here on, in hex."""
    if isinstance(link, Head):
        if key and link.key != key:
            raise SealError("it is signed with another key than the one in force, and no change is recorded")
        statement.require(bytes.fromhex(link.key))
        return link.key
    if link.old != key:
        raise SealError("it changes a key that was not in force")
    new = bytes.fromhex(link.new)
    statement.require(*([bytes.fromhex(link.old), new] if link.reason == "rotated" else [new]))
    return link.new


def _grows(head: Head, latest: Head | None) -> None:
    if latest is None:
        return
    if head.size < latest.size:
        raise SealError(f"the ledger shrank from {latest.size} records to {head.size}")
    if head.size == latest.size and head.root != latest.root:
        raise SealError("two heads of the same size have different roots: the ledger was forked")


def _name(key: str) -> str:
    return fingerprint_of(bytes.fromhex(key))
