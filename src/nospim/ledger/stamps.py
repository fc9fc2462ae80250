"""Time-stamps of an authority that the operator names: a head existed at the latest at a certain time.

Source: RFC 3161, by rfc3161-client.  A stamp is renewed before the certificate that signed it ends: the new
one covers the head and the stamps before it, so the proof goes on (the way of RFC 4998, section 5.2, without
its ASN.1).  Pure: asking the authority is the edge's part.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from msgspec import Struct

from nospim.ledger.signing import SealError  # first: it says which extra is missing

try:
    from cryptography import x509
    from rfc3161_client import (
        HashAlgorithm,
        TimestampRequestBuilder,
        VerifierBuilder,
        decode_timestamp_response,
    )
    from rfc3161_client.errors import VerificationError
    from rfc3161_client.tsp import TimeStampResponse
except ImportError as absent:
    from nospim.errors import UsageError

    raise UsageError(
        f"{absent.name} is not installed; time-stamps need the extra: pip install 'nospim[evidence]'"
    ) from None

RENEW_BEFORE: Final = timedelta(days=90)
"""How long before its certificate ends a stamp is renewed: time enough to find another authority."""
MOST_ANSWER: Final = 1 << 16
"""Bytes of an authority's answer: with certificates it takes 5 to 10 kB."""


class Stamp(Struct, frozen=True, kw_only=True):
    """What a checked answer says.

    at: the authority's time.  authority: the signing certificate's subject.  ends: when that certificate
    ends, and with it what the stamp proves without a renewal.
    """

    at: datetime
    authority: str
    ends: datetime


class Query(Struct, frozen=True, kw_only=True):
    """What is sent to an authority, and the number that its answer must repeat."""

    data: bytes
    nonce: int


def covered(envelope: bytes, earlier: Sequence[bytes] = ()) -> bytes:
    """The bytes that the next stamp of an envelope covers: its hash, then those of the stamps it has."""
    return b"".join(sha256(each).digest() for each in (envelope, *earlier))


def query(covers: bytes) -> Query:
    """A question to an authority about some bytes, of which it learns the SHA-256 only."""
    builder = TimestampRequestBuilder().data(covers).hash_algorithm(HashAlgorithm.SHA256)
    made = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    nonce = made.nonce
    if nonce is None:  # the builder was told to make one
        raise SealError("no nonce was made for the time-stamp")
    return Query(data=made.as_bytes(), nonce=nonce)


def authorities(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file that the operator trusts; raises SealError where there is none."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise SealError("the file of the time-stamp authority holds no certificate in PEM form") from None


def verify_stamp(
    answer: bytes, covers: bytes, trusted: Sequence[x509.Certificate], nonce: int | None = None
) -> Stamp:
    """Check an authority's answer over some bytes; trusted: its root, and intermediates where it sends none.

    Certificates are judged at the time of the stamp (RFC 3161, section 2.3 and appendix B).
    Raises SealError, with the reason.
    """
    response = _decoded(answer)
    builder = VerifierBuilder(
        nonce=nonce,
        roots=[one for one in trusted if one.issuer == one.subject],
        intermediates=[one for one in trusted if one.issuer != one.subject],
    )
    try:
        builder.build().verify_message(response, covers)
    except (VerificationError, ValueError) as error:
        raise SealError(f"the time-stamp does not hold: {error}") from None
    signer = _signer(response)
    return Stamp(
        at=response.tst_info.gen_time,
        authority=signer.subject.rfc4514_string(),
        ends=signer.not_valid_after_utc,
    )


def verify_stamps(
    envelope: bytes, answers: Sequence[bytes], trusted: Sequence[x509.Certificate]
) -> tuple[Stamp, ...]:
    """Check a stamp and its renewals in order; each renewal must come before the certificate before it ends.

    Returns them, the first being the one that counts for the time.  Raises SealError.
    """
    stamps: list[Stamp] = []
    for place, answer in enumerate(answers):
        stamp = verify_stamp(answer, covered(envelope, answers[:place]), trusted)
        if stamps and not stamps[-1].at <= stamp.at <= stamps[-1].ends:
            raise SealError(f"renewal {place} came outside the time in which the stamp before it was valid")
        stamps.append(stamp)
    return tuple(stamps)


def renewal_due(stamp: Stamp, now: datetime, margin: timedelta = RENEW_BEFORE) -> bool:
    """Whether a stamp should be renewed by now."""
    return now >= stamp.ends - margin


def _decoded(answer: bytes) -> TimeStampResponse:
    if len(answer) > MOST_ANSWER:
        raise SealError(f"an authority's answer has at most {MOST_ANSWER} bytes; this one has {len(answer)}")
    try:
        response = decode_timestamp_response(answer)
        if response.status != 0:
            said = "; ".join(response.status_string) or f"status {response.status}"
            raise SealError(f"the authority refused to stamp: {said}")
    except ValueError:
        raise SealError("the authority's answer is no time-stamp response (RFC 3161)") from None
    return response


def _signer(response: TimeStampResponse) -> x509.Certificate:
    infos = list(response.signed_data.signer_infos)
    found = [x509.load_der_x509_certificate(each) for each in response.signed_data.certificates]
    fitting = [
        one
        for one in found
        if infos and (one.issuer, one.serial_number) == (infos[0].issuer, infos[0].serial_number)
    ]
    if len(infos) != 1 or len(fitting) != 1:
        raise SealError("the time-stamp does not carry the certificate that signed it")
    return fitting[0]
