"""Cues: lures in several languages are told, everyday sentences with the same words are not."""

from __future__ import annotations

import pytest

from nospim.text import find_cues, normalise
from nospim.text.cues import CONCEPTS, MOST, MOST_TOGETHER, RULES, concepts_in


def cues(text: str) -> list[str]:
    return [cue.name for cue in find_cues(normalise(text).plain)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("can you send me the code you just got by sms?", "asks_for_a_secret"),
        ("please c0nfirm your p4ssword here", "asks_for_a_secret"),
        ("mándame el código que te llegó", "asks_for_a_secret"),
        ("gib mir bitte dein Passwort", "asks_for_a_secret"),
        ("скинь код из смс", "asks_for_a_secret"),
        ("请输入密码", "asks_for_a_secret"),
        ("could you lend me 200 dollars until friday", "asks_for_money"),
        ("i was robbed and need help, send money", "asks_for_money"),
        ("одолжи денег до завтра", "asks_for_money"),
        ("can you buy me two steam cards, i will pay you back", "asks_for_value_cards"),
        ("please vote for my niece in the contest", "asks_for_a_vote"),
        ("проголосуй за мою племянницу", "asks_for_a_vote"),
        ("lol is this you in the video?", "hints_at_pictures_of_you"),
        ("bist du das auf dem Bild", "hints_at_pictures_of_you"),
        ("see who viewed your profile", "tells_who_watches_you"),
        ("mira quién te bloqueó", "tells_who_watches_you"),
        ("your account will be suspended", "threatens_an_account"),
        ("votre compte est suspendu", "threatens_an_account"),
        ("congratulations, you won! claim it today", "promises_a_prize"),
        ("恭喜你中奖了，请马上领取", "promises_a_prize"),
        ("free robux for everyone", "promises_goods_for_free"),
        ("i earn 500 a day with crypto", "promises_earnings"),
        ("加我微信 abc", "asks_to_write_elsewhere"),
        ("click the link below", "asks_to_open_something"),
    ],
)
def test_a_bait_is_told(text: str, name: str) -> None:
    assert name in cues(text)


@pytest.mark.parametrize(
    "text",
    [
        "i forgot my password again",
        "the free concert was great, we won the game!",
        "who was at the party?",
        "my account of the story is different",
        "let's vote on where to eat",
        "how much money do we have left",
        "привет, как дела? завтра в кино?",
        "今天晚上一起吃饭吗",
        "",
    ],
)
def test_everyday_sentences_have_no_cue(text: str) -> None:
    assert cues(text) == []


def test_cues_together_are_capped() -> None:
    text = (
        "urgent: your account is suspended, confirm your password, you won a prize, claim it, free robux, "
        "vote for my son, see who viewed your profile, click the link"
    )
    found = find_cues(normalise(text).plain)
    assert len(found) >= 2
    assert sum(cue.millibits for cue in found) == MOST_TOGETHER


def test_rules_use_known_concepts_and_bits_within_the_limit() -> None:
    for name, bits, needed in RULES:
        assert set(needed) <= CONCEPTS.keys()
        assert len(needed) >= 2, f"{name} would rest on one word"
        assert 0 < bits <= MOST


def test_every_concept_can_be_found_by_each_of_its_words() -> None:
    for concept, text in CONCEPTS.items():
        for word in text.split():
            assert normalise(word.replace("_", " ")).plain == word.replace("_", " "), "write it as it is read"
            assert concept in concepts_in(word.split("_")), (concept, word)


def test_words_far_apart_in_a_long_text_do_not_meet() -> None:
    text = "send me the picture " + "of the old house by the sea " * 20 + "password"
    assert "asks_for_a_secret" not in cues(text)


def test_cues_are_rare_in_private_messages(shared_data: object) -> None:
    import gzip
    import json
    from pathlib import Path

    path = Path(str(shared_data)) / "data" / "text" / "nus_sms_en.jsonl.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()[::5]
    found = [cues(json.loads(line)["text"]) for line in lines]
    assert sum(bool(names) for names in found) / len(found) <= 0.01
    assert sum("asks_for_a_secret" in names for names in found) / len(found) <= 0.001
