"""Fingerprints: the same wording meets itself through names, links, numbers, fillers and spun words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nospim.text import Wording, fingerprint, normalise, similarity
from nospim.text.wording import BANDS, PERMUTATIONS
from nospim.text.words import without_links, words_of

LURE = "is this really you in the video from last weekend? http://a.example/x1"


def of(text: str, drop: tuple[str, ...] = ()) -> Wording:
    return fingerprint(normalise(text).plain, drop)


def test_links_numbers_signs_and_emoji_do_not_count() -> None:
    assert of(LURE) == of("Is this really you in the video from last weekend 😂😂 42 !!! www.b.example/other")


def test_names_of_recipients_do_not_count() -> None:
    assert of("hey Ann, " + LURE, ("ann.lee",)).template == of("hey Bob, " + LURE, ("bob_99",)).template
    assert of("hey Ann, " + LURE).template != of("hey Bob, " + LURE).template


def test_fillers_at_the_ends_do_not_count() -> None:
    assert of("omg " + LURE + " lol <3").template == of(LURE).template


def test_a_spun_word_leaves_the_wording_near() -> None:
    spun = of("is this really you in the clip from last weekend? http://b.example/")
    assert spun.template != of(LURE).template
    assert similarity(spun, of(LURE)) >= 0.5
    assert set(spun.bands) & set(of(LURE).bands)


def test_disguises_do_not_part_wordings() -> None:
    assert of("is this r\u200beally yоu in the vіdeo from last weekend").template == of(LURE).template


def test_different_talk_is_far_apart() -> None:
    other = of("shall we have dinner at your place tomorrow after the game")
    assert similarity(other, of(LURE)) <= 0.2


def test_short_texts_have_a_template_and_no_signature() -> None:
    short = of("dinner tonight")
    assert (short.words, short.signature, short.bands) == (2, (), ())
    assert similarity(short, of("dinner tonight!!")) == 1.0
    assert similarity(short, of("lunch tonight")) == 0.0


def test_nothing_but_fillers_is_no_wording() -> None:
    assert of("hey lol 123 https://a.example") == Wording(0, 0)
    assert similarity(of(""), of("")) == 0.0


def test_signature_and_bands_have_their_sizes() -> None:
    wording = of(LURE)
    assert len(wording.signature) == PERMUTATIONS
    assert len(wording.bands) == BANDS
    assert all(0 <= band < 1 << 64 for band in wording.bands)


def test_fingerprints_are_the_same_on_every_machine() -> None:
    wording = of("please vote for my daughter")
    assert wording.template == 7647912479442025626
    assert wording.signature[:2] == (3475491676, 3335596255)
    assert wording.bands[0] == 16844574811888615420


def test_text_without_spaces_is_compared_by_pairs_of_characters() -> None:
    one, two = of("请点击下面的链接领取你的奖品"), of("请点击下面的链接领取您的奖品")
    assert one.words == 13
    assert similarity(one, two) >= 0.5


def test_hindi_words_keep_their_vowel_signs() -> None:
    assert words_of("नमस्ते दोस्त कैसे हो।") == ["नमस्ते", "दोस्त", "कैसे", "हो"]


def test_words_leave_out_tokens_with_digits_and_join_apostrophes() -> None:
    assert words_of("don't use code ab12 or 42") == ["dont", "use", "code", "or"]


def test_a_missing_space_after_a_full_stop_is_no_address() -> None:
    assert without_links("ok.see you at a.example.com/x or foo.ru, me@b.example") == "ok.see you at or"


@given(st.text(max_size=120), st.lists(st.text(max_size=8), max_size=3))
def test_any_text_has_a_fingerprint_like_itself(text: str, drop: list[str]) -> None:
    plain = normalise(text).plain
    wording = fingerprint(plain, tuple(drop))
    assert fingerprint(plain, tuple(drop), words_of(plain)) == wording
    assert bool(wording.signature) == (wording.words >= 3)
    assert similarity(wording, wording) == float(wording.words > 0)
