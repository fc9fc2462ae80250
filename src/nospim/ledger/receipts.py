"""A receipt: one record's proof in one file, for somebody who has nothing else.

It holds the record's leaf, the hashes that lead from it to a signed head, that head, and its time-stamps;
with the content too, where whoever made it said so.  Pure.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec import Struct

from nospim.ledger.heads import Head, Hex, Number, read_head
from nospim.ledger.merkle import Hashes, leaf_hash
from nospim.ledger.proofs import ProofError, inclusion_proof, verify_inclusion
from nospim.ledger.signing import SealError, fingerprint_of
from nospim.ledger.stamps import Stamp, verify_stamps

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

FORM: Final = "nospim-receipt/1"


class Content(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was recorded, and the salt in front of it, in base64."""

    salt: str
    body: str


class Receipt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The proof of one record.

    record: its number.  path: hex hashes, nearest to the leaf first.  head: the envelope, as text.
    stamps: the authority's answers over it, in base64.
    """

    form: Literal["nospim-receipt/1"] = FORM
    record: Number
    leaf: Hex
    path: tuple[Hex, ...]
    head: str
    stamps: tuple[str, ...] = ()
    content: Content | None = None


class Checked(Struct, frozen=True, kw_only=True):
    """A receipt that was checked: its head, whether its origin is proved, and its stamps."""

    head: Head
    origin_proved: bool
    stamps: tuple[Stamp, ...]
    opened: bool


def make(
    hashes: Hashes,
    record: int,
    leaf: bytes,
    envelope: bytes,
    stamps: Sequence[bytes],
    content: tuple[bytes, bytes] | None = None,
) -> Receipt:
    """The receipt of a record under a head that covers it; content: salt and body, to be shown with it.

    Raises SealError where the head does not cover it.
    """
    head = read_head(envelope)
    if record >= head.size:
        raise SealError(f"record {record} came after the last head, which has {head.size}; seal again")
    shown = None
    if content is not None:
        shown = Content(salt=b64encode(content[0]).decode(), body=b64encode(content[1]).decode())
    return Receipt(
        record=record,
        leaf=leaf.hex(),
        path=tuple(step.hex() for step in inclusion_proof(hashes, record, head.size)),
        head=envelope.decode("ascii"),
        stamps=tuple(b64encode(each).decode() for each in stamps),
        content=shown,
    )


def written(receipt: Receipt) -> bytes:
    """The bytes of a receipt's file: one form only."""
    return msgspec.json.format(msgspec.json.encode(receipt), indent=1) + b"\n"


def read(data: bytes) -> Receipt:
    """The receipt of a file; raises SealError where the bytes are none in the one form."""
    try:
        receipt = msgspec.json.decode(data, type=Receipt)
    except ValueError:
        raise SealError("this is no receipt of a ledger") from None
    if written(receipt) != data:
        raise SealError("the receipt is not written in the one form: somebody changed its bytes")
    return receipt


def verify(receipt: Receipt, trusted: Sequence[str], roots: Sequence[Certificate] = ()) -> Checked:
    """Check a receipt: content, proof, signature, and stamps where roots of authorities are given.

    trusted: fingerprints that came by another way; the head's own key must be among them for its origin to
    count as proved.  Raises SealError or ProofError.
    """
    head = read_head(receipt.head.encode("ascii", "replace"))
    leaf = bytes.fromhex(receipt.leaf)
    if receipt.content is not None:
        try:
            salt = b64decode(receipt.content.salt, validate=True)
            body = b64decode(receipt.content.body, validate=True)
        except ValueError:
            raise SealError("the content of the receipt is no base64") from None
        if leaf_hash(salt + body) != leaf:
            raise ProofError(f"the content is not that of record {receipt.record}")
    path = [bytes.fromhex(step) for step in receipt.path]
    verify_inclusion(bytes.fromhex(head.root), head.size, receipt.record, leaf, path)
    answers = [b64decode(each) for each in receipt.stamps]
    stamps = verify_stamps(receipt.head.encode("ascii"), answers, roots) if roots else ()
    return Checked(
        head=head,
        origin_proved=fingerprint_of(bytes.fromhex(head.key)) in {name.lower() for name in trusted},
        stamps=stamps,
        opened=receipt.content is not None,
    )
