"""Time-stamps by a real authority (openssl's): what they prove, when they are renewed, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from local_authority import Authority
from nospim.ledger.signing import SealError
from nospim.ledger.stamps import (
    authorities,
    covered,
    query,
    renewal_due,
    verify_stamp,
    verify_stamps,
)

HEAD = b'{"a":"signed head"}'


@pytest.fixture(scope="module", params=["ec", "rsa"])
def authority(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "one", kind=request.param)


@pytest.fixture(scope="module")
def short_lived(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "two", "Short-lived authority", days=30)


def test_a_stamp_says_when_and_by_whom(authority: Authority) -> None:
    asked = query(covered(HEAD))
    answer = authority.answer(asked.data)

    stamp = verify_stamp(answer, covered(HEAD), authorities(authority.pem), asked.nonce)

    assert abs(stamp.at - datetime.now(UTC)) < timedelta(minutes=5)
    assert stamp.authority == "CN=Test authority"
    assert stamp.ends == authority.signer.not_valid_after_utc


def test_a_stamp_over_something_else_is_refused(authority: Authority, short_lived: Authority) -> None:
    asked = query(covered(HEAD))
    answer = authority.answer(asked.data)
    trusted = authorities(authority.pem)

    with pytest.raises(SealError, match="messages"):
        verify_stamp(answer, covered(HEAD + b" "), trusted)
    with pytest.raises(SealError, match="Nonce"):
        verify_stamp(answer, covered(HEAD), trusted, asked.nonce + 1)
    with pytest.raises(SealError, match="does not hold"):
        verify_stamp(answer, covered(HEAD), authorities(short_lived.pem))
    with pytest.raises(SealError, match="does not hold"):
        verify_stamp(answer, covered(HEAD), [])


def test_no_flipped_bit_of_what_was_signed_passes(authority: Authority) -> None:
    answer = authority.answer(query(covered(HEAD)).data)
    trusted = authorities(authority.pem)
    imprint = answer.index(sha256(covered(HEAD)).digest())
    for bit in range(imprint * 8, imprint * 8 + 256, 7):
        changed = bytearray(answer)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealError):
            verify_stamp(bytes(changed), covered(HEAD), trusted)


def test_a_refusal_of_the_authority_is_told(authority: Authority) -> None:
    answer = authority.answer(b"\x30\x03\x02\x01\x01")

    with pytest.raises(SealError, match="refused to stamp"):
        verify_stamp(answer, covered(HEAD), authorities(authority.pem))


@pytest.mark.parametrize("answer", [b"", b"<html>busy</html>", b"\x30\x80", b"\0" * 70_000])
def test_what_is_no_answer_is_told(authority: Authority, answer: bytes) -> None:
    with pytest.raises(SealError):
        verify_stamp(answer, covered(HEAD), authorities(authority.pem))


def test_a_renewal_by_another_authority_goes_on_from_the_stamp_before(
    authority: Authority, short_lived: Authority
) -> None:
    first = short_lived.answer(query(covered(HEAD)).data)
    second = authority.answer(query(covered(HEAD, [first])).data)
    trusted = authorities(authority.pem + short_lived.pem)

    stamps = verify_stamps(HEAD, [first, second], trusted)

    assert [stamp.authority for stamp in stamps] == ["CN=Short-lived authority", "CN=Test authority"]
    assert renewal_due(stamps[0], datetime.now(UTC))
    assert not renewal_due(stamps[1], datetime.now(UTC))
    with pytest.raises(SealError):
        verify_stamps(HEAD, [second], trusted)
    with pytest.raises(SealError):
        verify_stamps(HEAD, [second, first], trusted)
    with pytest.raises(SealError):
        verify_stamps(HEAD, [first, first], trusted)


def test_a_file_without_a_certificate_names_no_authority() -> None:
    with pytest.raises(SealError, match="no certificate"):
        authorities(b"none here")
