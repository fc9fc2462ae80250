"""The wording model: its file's form, and that its bits are bounded, reproducible and sensible."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.text import WordingModel, normalise
from nospim.text.features import BUCKET_BITS, bucket, features_of
from nospim.text.model import FORMAT, HIGHEST, LOWEST, Header
from nospim.text.words import words_of

MODEL = WordingModel.load()


def bits(text: str) -> int:
    return MODEL.bits(normalise(text).plain)


def small(**weights: int) -> WordingModel:
    header = Header(
        format=FORMAT,
        version="test",
        bucket_bits=BUCKET_BITS,
        intercept=0.0,
        slope=1.0,
        offset=0.0,
        hedge=0.0,
        count=len(weights),
        training={},
    )
    return WordingModel(header, {bucket(word): weight for word, weight in weights.items()})


def test_bits_are_the_sum_of_the_weights_as_log2() -> None:
    model = small(prize=693, friend=-693)  # thousandths of a natural logarithm: one bit is ln 2
    assert model.bits("prize") == pytest.approx(1000, abs=1)
    assert model.bits("friend") == pytest.approx(-1000, abs=1)
    assert model.bits("prize friend") == 0


def test_unknown_words_take_the_weight_out_of_known_ones() -> None:
    model = small(prize=6931)
    assert model.bits("prize and") == HIGHEST
    long = "prize of many more unheard words that nobody knows"  # one word of nine, of half that would do
    assert model.bits(long) == pytest.approx(10_000 * 2 / 9, abs=5)


def test_a_text_without_known_words_says_nothing() -> None:
    assert MODEL.bits("") == 0
    assert MODEL.bits("zxqv wvyx") == 0
    assert bits("你好今天吃饭") == 0


def test_a_hedged_model_never_clears_far() -> None:
    header = msgspec.structs.replace(small(a=1).header, hedge=0.25, count=1)
    model = WordingModel(header, {bucket("friend"): -30_000})
    assert model.bits("friend") == -2000


def test_marketing_weighs_for_spim_and_private_talk_against_it() -> None:
    assert bits("Congratulations! You have won a free prize, call now to claim your cash reward") >= 3000
    assert bits("check out my new channel and please subscribe") >= 2000
    assert bits("ok see you later at home then, what time is dinner") <= -500


def test_a_disguise_changes_nothing() -> None:
    assert bits("y\u200bou have w0nn a frее prіze") == bits("you have wonn a free prize")


@given(st.text(max_size=300))
def test_bits_are_bounded_for_any_text(text: str) -> None:
    plain = normalise(text).plain
    assert LOWEST <= MODEL.bits(plain) <= HIGHEST
    assert MODEL.bits(plain, words_of(plain)) == MODEL.bits(plain)


def test_a_file_comes_back_as_it_was_written() -> None:
    content = MODEL.encode()
    assert WordingModel.decode(content).encode() == content
    assert len(content) < 1 << 20


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda content: content[:-1], "is cut"),
        (lambda content: b"{}" + content, "not its header"),
        (
            lambda content: content.replace(b"wording model 1", b"wording model 9", 1),
            "reads 'nospim wording model 1'",
        ),
        (lambda _: b"\x80", "not its header"),
    ],
    ids=["cut", "no header", "other format", "no text"],
)
def test_a_damaged_file_is_refused(damage: object, reason: str) -> None:
    assert callable(damage)
    with pytest.raises(ValueError, match=reason):
        WordingModel.decode(damage(MODEL.encode()))


def test_the_header_records_what_the_weights_were_learned_from() -> None:
    training = MODEL.header.training
    assert training["fewest_documents"] >= 20
    assert {corpus["licence"] for corpus in training["corpora"]} == {"CC BY 4.0"}
    assert all(len(corpus["sha256"]) == 64 for corpus in training["corpora"])
    assert training["held_out"]["auc"] >= 0.95


def test_no_word_can_be_read_in_the_file() -> None:
    body = MODEL.encode().partition(b"\n")[2]
    for word in (b"prize", b"free", b"subscribe", b"call"):
        assert word not in body


def test_the_order_of_a_pair_counts_and_addresses_do_not() -> None:
    one, two = features_of("a b", ["a", "b"]), features_of("b a", ["b", "a"])
    assert one.words == two.words
    assert one.others != two.others
    plain = "look http://a.example/123%"
    assert features_of(plain, words_of(plain)) == features_of("look", ["look"])


def test_private_messages_rarely_weigh_for_spim(shared_data: Path) -> None:
    path = shared_data / "data" / "text" / "nus_sms_en.jsonl.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()[::10]
    found = [bits(json.loads(line)["text"]) for line in lines]
    assert sum(b >= 1000 for b in found) / len(found) <= 0.02
    assert sum(b >= 3000 for b in found) / len(found) <= 0.008
