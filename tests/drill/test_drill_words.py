"""The words of a drill: the grammar, the manner of people, the masks of thieves, and that all is our own."""

from __future__ import annotations

import gzip
import json
import re
import string
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.drill import Plan, generate, phrases_english, phrases_lookalike, phrases_lure
from nospim.drill.disguise import FIGURES, LOOK_ALIKE, ZERO_WIDTH, defanged, masked
from nospim.drill.grammar import Grammar
from nospim.drill.lures import Deck, Wording
from nospim.drill.people import Style
from nospim.drill.phrases_world import LANGUAGES
from nospim.drill.talk import Talker
from nospim.drill.truth import LookAlike, Lure
from nospim.events import MessageSent

PLAIN = Style(lower=0.0, bare=1.0, short=0.0, typo=0.0, emoji=0.0, fancy=0.0)


def test_a_grammar_takes_rules_given_words_and_choices() -> None:
    grammar = Grammar({"who": ("Ann",), "greeting": ("hello {who}",)})

    assert grammar.say("{greeting}!", Random(1)) == "hello Ann!"
    assert grammar.say("{greeting}!", Random(1), {"who": "Bob"}) == "hello Bob!"
    assert {grammar.say("[a|b {who}|]", Random(n)) for n in range(30)} == {"a", "b Ann", ""}


def test_a_grammar_refuses_a_rule_that_it_does_not_know() -> None:
    with pytest.raises(KeyError, match="nobody"):
        Grammar({}).say("hello {nobody}", Random(1))


def test_every_template_can_be_said() -> None:
    english = Grammar(phrases_english.WORDS)
    given = {"link": "L", "number": "N", "name": "M"}
    topics = [t for pair in phrases_english.TOPICS.values() for part in pair for t in part]
    bulk = [t for name in vars(phrases_lookalike) if name.isupper() for t in getattr(phrases_lookalike, name)]
    for template in [*topics, *phrases_english.ANYTIME, *phrases_english.LINKS, *bulk]:
        said = english.say(template, Random(3), given)
        assert not set("{}[]|") & set(said), template


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_openers_answers_and_words_around_a_link(code: str) -> None:
    talk = LANGUAGES[code]

    assert len(talk.openers) >= 8
    assert len(talk.answers) >= 8
    assert all("{link}" in template for template in talk.links)
    grammar = Grammar({"w": talk.words, "t": talk.times, "n": ("2",)})
    for template in (*talk.openers, *talk.answers):
        assert "{" not in grammar.say(template, Random(1))


@pytest.mark.parametrize("table", [phrases_lure.LINKED, phrases_lure.STRANGER])
def test_every_lure_with_a_link_has_one_place_for_it(table: dict[str, dict[str, tuple[str, ...]]]) -> None:
    for theme in table.values():
        for template in (t for templates in theme.values() for t in templates):
            assert template.count("{link}") == 1, template


def test_lures_without_a_link_have_no_place_for_one() -> None:
    for theme in phrases_lure.UNLINKED.values():
        assert not [t for templates in theme.values() for t in templates if "{link}" in t]


def test_every_theme_has_several_phrasings_in_english() -> None:
    for table in (phrases_lure.LINKED, phrases_lure.UNLINKED, phrases_lure.STRANGER):
        assert all(len(theme["en"]) >= 2 for theme in table.values())


def test_themes_are_dealt_like_cards() -> None:
    deck = Deck(Random(5))
    dealt = [deck.deal("classic")[0][0] for _ in range(len(phrases_lure.LINKED))]

    assert sorted(dealt) == sorted(phrases_lure.LINKED)


def test_spun_wording_hardly_repeats_and_fixed_wording_does() -> None:
    wording = Wording(("clip", "gift"), phrases_lure.LINKED, 3, Random(2))
    rng = Random(3)
    spun = {wording.lure(("en",), rng, spin=True)[1] for _ in range(200)}
    fixed = {wording.lure(("en",), rng, spin=False)[1] for _ in range(200)}

    assert len(fixed) <= 6
    assert len(spun) > 100


def unmasked(text: str) -> str:
    """What a person reads."""
    back = {v: k for k, v in LOOK_ALIKE.items()} | {v: k for k, v in FIGURES.items()}
    text = "".join(back.get(c, c) for c in text if c not in ZERO_WIDTH)
    return re.sub(r"[ .\-]", "", text)


@given(st.integers(0, 10_000))
def test_a_person_reads_a_masked_text_as_before(seed: int) -> None:
    text = "found a clip from the party and you are on it {link}"

    shown = masked(text, Random(seed))

    assert "{link}" in shown
    assert unmasked(shown) == text.replace(" ", "")


def test_masks_are_worn() -> None:
    text = "found a clip from the party and you are on it {link}"

    assert sum(masked(text, Random(n)) != text for n in range(200)) > 195


@given(st.integers(0, 10_000))
def test_a_person_can_still_type_a_broken_address(seed: int) -> None:
    link = "https://pics-room.example/a/b.html"

    shown = defanged(link, Random(seed))

    typed = shown.replace("hxxp", "http").replace("[.]", ".").replace(" (dot) ", ".").replace("。", ".")
    typed = "".join(c for c in typed if c not in ZERO_WIDTH)
    assert typed in {link, link.removeprefix("https://")}


def test_a_person_without_habits_writes_as_told() -> None:
    assert Talker(Random(1)).manner("see you at six", PLAIN) == "See you at six"


@given(st.integers(0, 100_000))
def test_a_link_survives_any_manner(seed: int) -> None:
    rng = Random(seed)
    habit = Style(lower=1.0, bare=0.0, short=1.0, typo=1.0, emoji=1.0, fancy=1.0)

    assert "{link}" in Talker(rng).manner("Thanks, you see {link} tomorrow", habit)


@pytest.fixture(scope="module")
def texts() -> dict[str, set[str]]:
    world = generate(Plan(seed=31, accounts=300, days=12))
    lures = {row.id for row in world.truth if isinstance(row, Lure)}
    bulk = {row.id for row in world.truth if isinstance(row, LookAlike)}
    sorted_out: dict[str, set[str]] = {"lure": set(), "bulk": set(), "chat": set()}
    for event in world.events:
        if isinstance(event, MessageSent) and event.data.text:
            kind = "lure" if event.id in lures else "bulk" if event.id in bulk else "chat"
            sorted_out[kind].add(event.data.text)
    return sorted_out


def test_small_talk_is_varied(texts: dict[str, set[str]]) -> None:
    words = {word.strip(string.punctuation).lower() for text in texts["chat"] for word in text.split()}

    assert len(texts["chat"]) > 6000
    assert len(words) > 2500
    assert [text for text in texts["chat"] if not text.isascii()]


def stem(text: str) -> str:
    """A text without addresses, names and figures, to compare wordings."""
    text = re.sub(r"\S*(?:://|\[\.\])\S*", "", text.lower())
    return " ".join(w.strip(string.punctuation) for w in text.split() if w.isalpha())


def test_no_wording_is_that_of_the_worlds_that_judge_us(
    shared_data: Path, texts: dict[str, set[str]]
) -> None:
    ours = {stem(text) for kind in ("lure", "bulk") for text in texts[kind]}
    theirs = set()
    for world in sorted((shared_data / "spimbench" / "worlds").iterdir()):
        rows = map(json.loads, gzip.decompress((world / "truth.jsonl.gz").read_bytes()).splitlines())
        marked = {row["id"] for row in rows if "id" in row}
        for line in gzip.decompress((world / "events.jsonl.gz").read_bytes()).splitlines():
            event = json.loads(line)
            if event["type"] == "im.message.sent" and event["id"] in marked:
                theirs.add(stem(event["data"]["text"]))

    same = {text for text in ours & theirs if len(text.split()) >= 3}
    assert len(theirs) > 50
    assert not same
