"""The folder that a drill writes: its bytes depend on the plan alone, and others can read them."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from nospim import events
from nospim.drill import Plan, generate, write_world
from nospim.quality.truth import read_sent, read_truth

SMALL = Plan(seed=5, accounts=60, days=5, hijacked_per_campaign=5, fakes_per_campaign=3)


def written(plan: Plan, folder: Path) -> dict[str, str]:
    write_world(generate(plan), folder)
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(generate(SMALL), folder)
    return folder


def lines(folder: Path, name: str) -> list[bytes]:
    return gzip.decompress((folder / name).read_bytes()).splitlines()


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path, world: Path) -> None:
    again = written(SMALL, tmp_path / "again")

    assert sorted(again) == ["drill.json", "events.jsonl.gz", "truth.jsonl.gz"]
    for name, digest in again.items():
        assert hashlib.sha256((world / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_the_bytes_do_not_depend_on_how_python_hashes_strings(
    tmp_path: Path, world: Path, hash_seed: str
) -> None:
    code = (
        "import sys; from pathlib import Path; from nospim.drill import Plan, generate, write_world\n"
        "plan = Plan(seed=5, accounts=60, days=5, hijacked_per_campaign=5, fakes_per_campaign=3)\n"
        "write_world(generate(plan), Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "w")], check=True, env=environment)

    for name in ("events.jsonl.gz", "truth.jsonl.gz", "drill.json"):
        assert (tmp_path / "w" / name).read_bytes() == (world / name).read_bytes()


def test_another_seed_gives_another_world(tmp_path: Path, world: Path) -> None:
    other = written(Plan(seed=6, accounts=60, days=5), tmp_path / "other")

    assert other["events.jsonl.gz"] != hashlib.sha256((world / "events.jsonl.gz").read_bytes()).hexdigest()
    ours = {json.loads(line)["subject"] for line in lines(world, "events.jsonl.gz")}
    theirs = {json.loads(line)["subject"] for line in lines(tmp_path / "other", "events.jsonl.gz")}
    assert len(ours & theirs) < len(ours) / 2


def test_the_compressed_files_tell_no_time_and_no_name(world: Path) -> None:
    for name in ("events.jsonl.gz", "truth.jsonl.gz"):
        head = (world / name).read_bytes()[:8]
        assert head[3] == 0, "a flag says that a name or comment follows"
        assert head[4:8] == b"\0\0\0\0", "the modification time is set"


def test_every_line_is_an_event_of_the_vocabulary(world: Path) -> None:
    seen = [events.decode(line) for line in lines(world, "events.jsonl.gz")]

    assert len(seen) > 3000
    assert not [e for e in seen if isinstance(e, events.OtherEvent)]


def test_every_line_is_valid_by_the_published_schema(world: Path) -> None:
    check = jsonschema.Draft202012Validator(events.json_schema())

    for line in lines(world, "events.jsonl.gz")[::17]:
        check.validate(json.loads(line))


def test_absent_fields_are_left_out(world: Path) -> None:
    assert not [line for line in lines(world, "events.jsonl.gz") if b":null" in line]


def test_some_lines_come_late_and_some_twice_but_never_changed(tmp_path: Path) -> None:
    world = generate(Plan(seed=8, accounts=60, days=5, late=0.05, repeats=0.01))
    received = world.received()

    late = [a for a, b in itertools.pairwise(received) if a.time > b.time]
    assert 0.01 < len(late) / len(received) < 0.2
    assert len(received) > len(world.events)
    assert {e.id: e for e in received} == {e.id: e for e in world.events}
    orderly = generate(Plan(seed=8, accounts=60, days=5, late=0.0, repeats=0.0))
    assert orderly.received() == orderly.events


def test_scoring_reads_the_truth(world: Path) -> None:
    truth, sent = read_truth(world), set(read_sent(world))

    assert truth.spim
    assert truth.control
    assert truth.thief
    assert truth.spim.keys() | truth.control.keys() | truth.thief <= sent
    assert {entry.state for entry in truth.entries.values()} == {"hijacked", "fake"}


def test_the_folder_says_how_it_was_made(world: Path) -> None:
    about = json.loads((world / "drill.json").read_bytes())

    assert about["plan"]["seed"] == 5
    assert about["plan"]["tactics"][0] == "classic"
    assert len(about["canaries"]) == 2
    assert "Made up" in about["note"]


def test_broken_lines_stand_between_events_and_lose_none(tmp_path: Path) -> None:
    plan = Plan(seed=8, accounts=60, days=5, broken=0.02)
    write_world(generate(plan), tmp_path / "world")
    refused: list[str] = []
    unknown: list[events.AnyEvent] = []
    known: list[events.AnyEvent] = []
    for line in lines(tmp_path / "world", "events.jsonl.gz"):
        try:
            event = events.decode(line)
        except events.InvalidEventError as error:
            refused.append(str(error))
        else:
            (unknown if isinstance(event, events.OtherEvent) else known).append(event)

    assert 20 < len(refused) < 400
    assert len(set(refused)) >= 4
    assert unknown
    assert [e.id for e in known] == [e.id for e in generate(plan).received()]
    assert set(read_sent(tmp_path / "world")) == {e.id for e in known if isinstance(e, events.MessageSent)}


def test_a_world_of_two_services_names_what_is_across_with_its_source() -> None:
    world = generate(Plan(seed=8, accounts=80, days=5, federated=0.4, edits=0.05))
    sources = {e.source for e in world.events}
    assert sources == {"xmpp://chat.example", "xmpp://talk.example"}
    sent: dict[tuple[str, str], events.MessageSent] = {}
    across = 0
    for event in world.events:
        assert event.subject.partition("@")[2] in {event.source.partition("://")[2], ""}
        if isinstance(event, events.MessageSent):
            sent[event.source, event.id] = event
            for to in event.data.to:
                server = to.source if isinstance(to, events.Ref) else event.source
                name = to.id if isinstance(to, events.Ref) else to
                assert server == f"xmpp://{name.partition('@')[2]}"
                assert not (isinstance(to, events.Ref) and to.source == event.source)
                across += isinstance(to, events.Ref)
        elif isinstance(event, events.LinkClicked | events.MessageEdited | events.MessageReported):
            message = event.data.message
            if message is not None:
                where = (
                    (message.source, message.id)
                    if isinstance(message, events.Ref)
                    else (event.source, message)
                )
                assert where in sent
    assert across > 100


def test_without_a_second_service_no_reference_names_a_source(world: Path) -> None:
    assert not [line for line in lines(world, "events.jsonl.gz") if line.count(b'"source"') != 1]


def test_some_messages_bring_files_where_that_is_asked_for() -> None:
    sent = [
        e
        for e in generate(Plan(seed=8, accounts=60, days=5, files=0.2, tactics=())).events
        if isinstance(e, events.MessageSent)
    ]
    files = [m for m in sent if m.data.attachments]

    assert 0.05 < len(files) / len(sent) < 0.3
    assert {m.data.text is None for m in files} == {True, False}
