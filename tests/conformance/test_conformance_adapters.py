"""What every adapter keeps to, whatever it reads: one suite over the built-in list and captured inputs."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nospim.adapters.blocks import GZIP_MAGIC
from nospim.adapters.built_in import BUILT_IN
from nospim.adapters.interface import KEPT_BYTES, Adapter, Item, Refusal, Skipped
from nospim.events import AnyEvent, decode, encode, json_schema

CAPTURED = Path(__file__).resolve().parents[1] / "captured"
SCHEMA = jsonschema.Draft202012Validator(json_schema(), format_checker=jsonschema.FormatChecker())
SAMPLES = [
    pytest.param(make, path, id=str(path.relative_to(CAPTURED)))
    for make in BUILT_IN
    for path in sorted((CAPTURED / make().name).rglob("*"))
    if path.is_file()
]
adapters = pytest.mark.parametrize("make", BUILT_IN, ids=lambda make: make().name)
samples = pytest.mark.parametrize(("make", "path"), SAMPLES)
Make = Callable[[], Adapter]


def read(adapter: Adapter, name: str, content: bytes) -> list[Item]:
    return list(adapter.read(name, io.BytesIO(content)))


def events(items: list[Item]) -> list[AnyEvent]:
    return [item for item in items if not isinstance(item, Refusal | Skipped)]


def keeps_its_promises(name: str, items: list[Item]) -> None:
    for item in items:
        if isinstance(item, Skipped):
            assert item.file == name
            assert item.line >= 1
            assert item.reason
        elif isinstance(item, Refusal):
            row = item.row()
            assert row["file"] == name
            assert item.line >= 1
            assert item.reason
            assert ("text" in row) != ("base64" in row)
            assert len(item.raw) <= KEPT_BYTES
            assert item.length >= len(item.raw)
            assert msgspec.json.decode(msgspec.json.encode(row)) == row
        else:
            assert item.time.tzinfo is not None


@adapters
def test_it_says_what_it_is(make: Make) -> None:
    adapter = make()
    assert isinstance(adapter, Adapter)
    assert adapter.name.isidentifier()
    assert adapter.describe().endswith(".")


def test_names_tell_adapters_apart_and_each_has_captured_input() -> None:
    names = [make().name for make in BUILT_IN]
    assert len(set(names)) == len(names)
    assert {sample.values[0]().name for sample in SAMPLES} == set(names)  # type: ignore[operator]


@samples
def test_captured_input_gives_events_that_stand_on_their_own(make: Make, path: Path) -> None:
    items = read(make(), str(path), path.read_bytes())
    keeps_its_promises(str(path), items)
    found = events(items)
    assert found
    for event in found:
        line = encode(event)
        assert decode(line) == event
        SCHEMA.validate(msgspec.json.decode(line))
    names = [(event.source, event.id) for event in found]
    assert len(set(names)) == len(names)


@samples
def test_reading_again_gives_the_same(make: Make, path: Path) -> None:
    content = path.read_bytes()
    assert read(make(), str(path), content) == read(make(), str(path), content)


@samples
def test_how_the_stream_is_cut_changes_nothing(make: Make, path: Path) -> None:
    class OneByte(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(1 if size else size)

        read1 = read

    content = path.read_bytes()
    assert list(make().read("x", OneByte(content))) == read(make(), "x", content)


@samples
def test_order_is_kept(make: Make, path: Path) -> None:
    items = read(make(), str(path), path.read_bytes())
    lines = [item.line for item in items if isinstance(item, Refusal | Skipped)]
    assert lines == sorted(lines)
    times = [event.time for event in events(items)]
    assert times == sorted(times)  # the captured inputs are in the order of time


@samples
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_input_that_is_cut_off_keeps_what_came_before(make: Make, path: Path, share: float) -> None:
    content = path.read_bytes()
    whole = events(read(make(), "x", content))
    part = read(make(), "x", content[: int(len(content) * share)])
    keeps_its_promises("x", part)
    assert events(part) == whole[: len(events(part))]


@samples
@given(data=st.data())
@settings(max_examples=40)
def test_damaged_input_gives_events_or_refusals(make: Make, path: Path, data: st.DataObject) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(content) - 1))
        noise = data.draw(st.binary(min_size=1, max_size=8))
        content[place : place + data.draw(st.integers(0, 8))] = noise
        content = content or bytearray(b"x")
    items = read(make(), "x", bytes(content))
    keeps_its_promises("x", items)
    for event in events(items):
        assert decode(line := encode(event)) == event, line


@adapters
@given(content=st.binary(max_size=400))
@settings(max_examples=150)
def test_any_bytes_give_events_or_refusals(make: Make, content: bytes) -> None:
    keeps_its_promises("any", read(make(), "any", content))


@adapters
@pytest.mark.parametrize("start", [b"", b"<Log>", b"<?xml version='1.0'?><Log><Message>", b"{", GZIP_MAGIC])
def test_a_long_stream_of_noise_is_refused(make: Make, start: bytes) -> None:
    content = start + random.Random(start).randbytes(3 << 20)
    items = read(make(), "noise", content)
    keeps_its_promises("noise", items)
    assert items
    assert not events(items)
