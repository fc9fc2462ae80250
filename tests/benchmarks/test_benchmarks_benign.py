"""The benign world and its count: grown from real data, the same by seed, with sums done by hand."""

from __future__ import annotations

import gzip
from itertools import islice
from pathlib import Path

import pytest
from benchmarks.benign import measure
from benchmarks.peace import KINDS, Library, World
from benchmarks.peace.rates import TALK
from benchmarks.peace.sureness import Clusters, bootstrap, correlation, design_effect, upper_rate
from benchmarks.peace.tally import GROUPS

from nospim.engine import Engine
from nospim.errors import NospimError
from nospim.events import ContactAdded, LinkClicked, MessageSent, PasswordChanged, encode
from nospim.quality.intervals import poisson_upper

FEW = 3000


@pytest.fixture(scope="module")
def library(shared_data: Path) -> Library:
    return Library(shared_data / "data", Engine().room.reader)


def test_a_small_run_counts_every_message_once(shared_data: Path) -> None:
    tally, run = measure(shared_data / "data", FEW)

    assert sum(cell.messages for cell in tally.kinds.values()) == FEW
    assert sum(cell.messages for cell in tally.sources.values()) == FEW
    assert set(tally.kinds) <= set(KINDS)
    assert {name: group.cell.messages for name, group in tally.groups.items()}["all"] == FEW
    for name in GROUPS:
        group = tally.groups[name]
        assert sum(group.sent) == sum(group.said) == group.cell.messages
        assert sum(group.stopped_by[0].values()) == group.cell.stopped
        assert sum(group.stopped_by[1].values()) == group.cell.stopped
    assert tally.events > FEW
    assert run.accounts > 1000


def test_the_same_seed_makes_the_same_events_and_another_seed_others(
    shared_data: Path, library: Library
) -> None:
    def first(seed: int) -> list[bytes]:
        world = World(shared_data / "data", library, 1, seed)
        return [encode(event) for event, _ in islice(world.events(), 20_000)]

    assert first(1) == first(1)
    assert first(1) != first(2)


def test_a_reading_that_is_handed_over_is_what_the_guard_reads_itself(
    shared_data: Path, library: Library
) -> None:
    reader = Engine().room.reader
    world = World(shared_data / "data", library, 1, 3)
    given = 0
    for event, note in islice(world.events(), 150_000):
        if note is not None and note.reading is not None:
            assert isinstance(event, MessageSent)
            assert note.reading == reader.read(event.data.text)
            given += 1
    assert given > 100


def test_what_training_saw_is_told_from_what_it_never_saw(library: Library) -> None:
    places = {source.name: source for source in library.sources}

    def share(name: str) -> float:
        source = places[name]
        texts = range(source.first, source.last, 97)
        return sum(map(library.unseen, texts)) / len(texts)

    assert share("UCI SMS") == 0
    assert share("tweets") > 0.9
    assert 0.3 < share("NUS SMS") < 0.95
    assert all(library.pools.values())


def test_texts_of_which_it_is_not_known_whether_training_saw_them_are_refused(
    shared_data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "text"
    folder.mkdir()
    for path in (shared_data / "data" / "text").iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "uci_sms.jsonl.gz").unlink()
    (folder / "uci_sms.jsonl.gz").write_bytes(gzip.compress(b'{"label": "ham", "text": "see you at noon"}'))

    with pytest.raises(NospimError, match="trained on other files"):
        Library(tmp_path, Engine().room.reader)


def test_people_send_things_round_to_those_whom_they_know(shared_data: Path, library: Library) -> None:
    world = World(shared_data / "data", library, 1, 5)
    talked: set[frozenset[str]] = set()
    listed: set[frozenset[str]] = set()
    rounds = 0
    for event, note in islice(world.events(), 120_000):
        if isinstance(event, ContactAdded):
            listed.add(frozenset((event.subject, str(event.data.contact))))
        if note is not None and isinstance(event, MessageSent):
            pairs = [frozenset((event.subject, str(to))) for to in event.data.to]
            if note.kind in TALK:
                talked.update(pairs)
            elif note.kind == "invitation":
                rounds += 1
                assert all(pair in talked or pair in listed for pair in pairs)
    assert rounds > 10


def test_who_was_blocked_sets_a_new_password_and_nobody_opens_his_link(
    shared_data: Path, library: Library
) -> None:
    world = World(shared_data / "data", library, 1, 5)
    blocked = ""
    clicked, regained = set(), False
    for event, note in islice(world.events(), 150_000):
        if not blocked and note is not None and note.kind == "viral link":
            blocked = event.id
            world.blocked(blocked, event.subject)
            owner = event.subject
        if isinstance(event, LinkClicked):
            clicked.add(event.data.message)
        if blocked and isinstance(event, PasswordChanged):
            regained = regained or event.subject == owner
    assert blocked
    assert regained
    assert clicked
    assert blocked not in clicked


def test_clusters_of_one_are_independent_and_clusters_of_one_fate_are_few() -> None:
    single = [1] * 1000
    assert design_effect(Clusters.of(single), correlation(Clusters.of(single), {5: 1}, single)) == 1.0
    alike = [100] * 10
    clusters = Clusters.of(alike)
    assert clusters.worst == 10
    rho = correlation(clusters, {3: 100}, alike)
    assert rho == pytest.approx(1.0)
    assert clusters.messages / design_effect(clusters, rho) == pytest.approx(10)


def test_hits_that_fall_evenly_show_no_correlation() -> None:
    sizes = [100] * 50
    assert correlation(Clusters.of(sizes), dict.fromkeys(range(50), 2), sizes) == 0.0


def test_nothing_seen_is_bounded_by_the_effective_messages() -> None:
    assert upper_rate(0, 1000.0, 10_000) == pytest.approx(poisson_upper(0) / 1000)
    assert upper_rate(20, 10_000.0, 10_000) == pytest.approx(poisson_upper(20) / 10_000)
    assert upper_rate(0, 0.0, 10) == 1.0


def test_drawing_whole_clusters_again_widens_what_one_cluster_did() -> None:
    clusters = Clusters.of([10] * 1000)
    together, apart = bootstrap(clusters, {1: 10}), bootstrap(clusters, dict.fromkeys(range(10), 1))
    assert together.low == 0.0
    assert together.high > apart.high > 0.001 > apart.low
    assert bootstrap(clusters, {}).high == 0.0
