"""A log that grows, is rotated, cut short, and read again after a restart: each line comes once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nospim.adapters.interface import KEPT_BYTES
from nospim.events import MAX_LINE
from nospim.follow.tail import QUIET, Place, Tail


class Log:
    """A log with its keeper, and whoever follows it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "events.jsonl"
        self.said: list[str] = []
        self.tail = Tail(self.path, None, self.said.append)
        self.place: Place | None = None

    def write(self, text: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)

    def read(self) -> list[str]:
        """What is complete now, polled until nothing more comes."""
        lines: list[str] = []
        while found := self.tail.poll():
            lines += [line.raw.decode() for line in found]
        self.place = self.tail.place()
        return lines

    def restart(self, *, at_end: bool = False) -> None:
        self.tail.close()
        self.tail = Tail(self.path, self.place, self.said.append, at_end=at_end)

    def rotate(self, to: str = "events.jsonl.1") -> None:
        self.path.rename(self.path.with_name(to))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path)
    yield log
    log.tail.close()


def test_lines_come_once_they_are_complete(log: Log) -> None:
    assert log.read() == []
    log.write("one\ntw")
    assert log.read() == ["one"]
    log.write("o\r\nthree\n")
    assert log.read() == ["two", "three"]
    assert log.read() == []


def test_lines_are_numbered_and_a_restart_goes_on_where_it_stopped(log: Log) -> None:
    log.write("one\ntwo\nthr")
    assert log.read() == ["one", "two"]
    log.restart()
    log.write("ee\n")
    (line,) = log.tail.poll()
    assert (line.number, line.raw) == (3, b"three")
    assert log.said == []


def test_a_rotated_file_is_read_to_its_end_before_the_new_one(log: Log) -> None:
    log.write("one\n")
    assert log.read() == ["one"]
    log.write("two\n")
    log.rotate()
    log.write("three\n")
    assert log.read() == ["two", "three"]


def test_a_writer_that_has_not_noticed_the_rotation_loses_nothing(log: Log) -> None:
    with log.path.open("a", encoding="utf-8", buffering=1) as slow:
        slow.write("one\n")
        assert log.read() == ["one"]
        log.rotate()
        log.path.touch()
        assert log.read() == []
        slow.write("two\n")
        assert log.read() == ["two"]
    for _ in range(QUIET + 1):
        assert log.read() == []
    log.write("three\n")
    assert log.read() == ["three"]


def test_rotations_while_nobody_looked_are_caught_up_with_in_order(log: Log) -> None:
    log.write("one\n")
    assert log.read() == ["one"]
    log.write("two\n")
    log.rotate("events.jsonl.2")
    for stamp, name in ((2, "events.jsonl.2"), (3, "events.jsonl.1")):
        if name.endswith("1"):
            log.write("three\n")
            log.rotate(name)
        os.utime(log.path.with_name(name), (stamp, stamp))
    log.write("four\n")
    log.restart()
    assert log.read() == ["two", "three", "four"]
    assert log.said == []


def test_a_last_line_without_its_end_is_read_when_the_file_is_rotated(log: Log) -> None:
    log.write("one\ntwo")
    assert log.read() == ["one"]
    log.rotate("events-20261102.jsonl")
    log.write("three\n")
    assert log.read() == ["two", "three"]


def test_a_file_cut_short_in_place_is_read_from_its_start(log: Log) -> None:
    log.write("one\ntwo\n")
    assert log.read() == ["one", "two"]
    log.path.write_text("three\n")
    assert log.read() == ["three"]
    assert "cut short" in log.said[0]


def test_a_file_cut_short_and_grown_longer_since_is_noticed_too(log: Log) -> None:
    log.write("one\n")
    assert log.read() == ["one"]
    log.path.write_text("another\nand one more\n")
    log.restart()
    assert log.read() == ["another", "and one more"]
    assert "begun again" in log.said[0]


def test_a_file_that_was_packed_meanwhile_is_missed_aloud(log: Log) -> None:
    log.write("one\n")
    assert log.read() == ["one"]
    log.rotate("events.jsonl.1.gz")  # its bytes matter to nobody: the name says that it is packed
    log.write("two\n")
    log.restart()
    assert log.read() == ["two"]
    assert "after line 1 was not read" in log.said[0]


def test_only_what_is_new_is_read_where_that_is_asked_for(log: Log) -> None:
    log.write("old\nunfini")
    log.restart(at_end=True)
    assert log.read() == []
    log.write("shed\nnew\n")
    assert log.read() == ["unfinished", "new"]


def test_a_log_that_begins_later_is_all_new(log: Log) -> None:
    log.restart(at_end=True)
    assert log.read() == []
    log.write("one\n")
    assert log.read() == ["one"]


def test_other_files_beside_the_log_are_none_of_its_rotated_ones(log: Log) -> None:
    log.write("one\n")
    assert log.read() == ["one"]
    for name in ("events.jsonl.rejected", "events.jsonl.state", "other.jsonl.1"):
        log.path.with_name(name).write_text("no\n")
    log.rotate()
    log.write("two\n")
    assert log.read() == ["two"]


def test_an_endless_line_is_told_of_and_held_in_no_memory(log: Log) -> None:
    log.write("one\n" + "x" * (3 * MAX_LINE))
    assert log.read() == ["one"]
    log.write("y\ntwo\n")
    long, two = log.tail.poll()
    assert (long.number, long.length, len(long.raw)) == (2, 3 * MAX_LINE + 1, KEPT_BYTES)
    assert two.raw == b"two"
    log.place = log.tail.place()
    log.restart()
    log.write("three\n")
    assert log.read() == ["three"]
    assert log.said == []


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.text(alphabet="ab\n", max_size=8)),
        st.tuples(st.sampled_from(["rotate", "restart", "read"]), st.just("")),
    ),
    max_size=25,
)


@settings(max_examples=60)
@given(STEPS)
def test_whatever_the_keeper_does_every_line_comes_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    log = Log(tmp_path_factory.mktemp("log"))
    log.write("start\n")
    files, read, moment = ["start\n"], log.read(), 1
    for step, text in steps:
        if step == "write":
            log.write(text)
            files[-1] += text
        elif step == "rotate" and files[-1]:
            os.utime(log.path, (moment, moment))
            log.rotate(f"events.jsonl.{1000 - moment}")
            files.append("")
            moment += 1
        elif step == "restart":
            read += log.read()
            log.restart()
        elif step == "read":
            read += log.read()
    log.write("end\n")
    files[-1] += "end\n"
    read += log.read()
    whole = [line for file in files for line in file.removesuffix("\n").split("\n") if file]
    log.tail.close()

    assert read == whole
    assert log.said == []
