"""The measurement of robust text: it hides only what it says, and holds the guard to the house rule."""

from __future__ import annotations

from pathlib import Path
from random import Random

import msgspec
import pytest
from benchmarks.disguises import DISGUISES
from benchmarks.foreign import TALK
from benchmarks.worlds import drill

from benchmarks import robust
from nospim.drill import Plan
from nospim.quality.rehearsal import rehearsed_figures
from nospim.quality.rows import chunks
from nospim.quality.truth import read_truth

SAID = "is this you in the video? look at photos.example/17 before it goes"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = Plan(seed=3, accounts=80, days=5, tactics=("classic",), hijacked_per_campaign=5)
    return drill(tmp_path_factory.mktemp("robust") / "world", plan)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drill(tmp_path_factory.mktemp("robust") / "quiet", Plan(seed=3, accounts=80, days=5, tactics=()))


def texts(world: Path) -> dict[str, str]:
    events = map(msgspec.json.decode, b"".join(chunks(world, "events.jsonl")).splitlines())
    return {e["id"]: e["data"].get("text") for e in events if e["type"] == "im.message.sent"}


@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguise_changes_words_and_leaves_addresses(name: str) -> None:
    hidden = DISGUISES[name](SAID, Random(1))
    assert hidden != SAID
    assert "photos.example/17" in hidden
    assert hidden == DISGUISES[name](SAID, Random(1))


def test_only_the_lures_are_disguised_or_only_what_is_honest(world: Path, tmp_path: Path) -> None:
    truth, before = read_truth(world), texts(world)
    lures = texts(robust.rewritten(world, tmp_path / "lures", robust.on_lures("styled letters", truth)))
    honest = texts(robust.rewritten(world, tmp_path / "honest", robust.on_honest("styled letters", truth)))
    changed = {ident for ident, text in lures.items() if text != before[ident]}
    assert changed == {ident for ident in truth.spim if before[ident] is not None} & changed
    assert len(changed) > 0.9 * len(truth.spim)
    others = {ident for ident, text in honest.items() if text != before[ident]}
    assert others
    assert not others & (truth.spim.keys() | truth.thief)


def test_one_account_in_ten_is_always_the_same_one(world: Path, tmp_path: Path) -> None:
    truth, before = read_truth(world), texts(world)
    some = texts(robust.rewritten(world, tmp_path / "some", robust.on_honest("leet", truth, 10)))
    share = sum(text != before[ident] for ident, text in some.items()) / len(before)
    assert 0 < share < 0.3


@pytest.mark.parametrize("name", DISGUISES)
def test_no_disguise_costs_more_than_two_points_of_recall(name: str, world: Path) -> None:
    plain = robust.counted([rehearsed_figures(world)])
    hidden = robust.tried([world], lambda truth: robust.on_lures(name, truth))
    assert plain.recall - hidden.recall <= robust.MOST_LOST
    assert hidden.stopped <= plain.stopped


@pytest.mark.parametrize("name", TALK)
def test_talk_in_another_script_is_not_stopped(name: str, quiet: Path) -> None:
    now = robust.tried([quiet], lambda _: robust.in_language(TALK[name]))
    assert now.benign > 1000
    assert now.stopped == 0


def test_the_same_words_are_translated_alike_and_addresses_stay() -> None:
    speak = robust.in_language(TALK["Russian"])
    first, again = (speak(ident, "ann", "look: http://club.example/1") for ident in ("m1", "m2"))
    assert first == again
    assert first is not None
    assert first.endswith(" http://club.example/1")
    assert not first.startswith("look")
