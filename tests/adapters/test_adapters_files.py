"""Reading event files: packing, line ends, limits, damage; each test reads bytes and lists what came."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import threading
import tracemalloc
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from nospim.adapters.files import EventFiles, JsonLines
from nospim.adapters.interface import KEPT_BYTES, AdapterError, Refusal
from nospim.events import MAX_LINE


def line(ident: str, **data: object) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "source": "xmpp://im.example",
            "id": ident,
            "type": "im.message.sent",
            "time": "2026-01-02T03:04:05Z",
            "subject": "ann@im.example",
            "data": {"to": ["bob@im.example"], **data},
        },
        ensure_ascii=False,
    ).encode()


def ids_and_refusals(name: str, content: bytes) -> list[str | tuple[int, str]]:
    """Ids of accepted events and (line, reason) of refusals, in order."""
    return [
        (item.line, item.reason) if isinstance(item, Refusal) else getattr(item, "id", "?")
        for item in JsonLines().read(name, io.BytesIO(content))
    ]


def read_files(*names: str | Path, stdin: bytes = b"") -> list[str | tuple[str, int, str]]:
    return [
        (item.file, item.line, item.reason) if isinstance(item, Refusal) else item[2].id
        for item in EventFiles(names, io.BytesIO(stdin))
    ]


THREE = b"\n".join([line("a"), line("b"), line("c")]) + b"\n"


def zst(content: bytes, *, checksum: bool = True) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=checksum).compress(content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("e.jsonl", THREE),
        ("e.jsonl", THREE.removesuffix(b"\n")),
        ("e.jsonl", THREE.replace(b"\n", b"\r\n")),
        ("e.jsonl", b"\xef\xbb\xbf" + THREE),
        ("e.jsonl", b"\n  \n" + THREE.replace(b"\n", b"\n\r\n\t\n")),
        ("e.jsonl.gz", gzip.compress(THREE)),
        ("no-ending", gzip.compress(THREE)),
        ("wrong.zst", gzip.compress(THREE)),
        ("e.jsonl.gz", gzip.compress(THREE[:100]) + gzip.compress(THREE[100:])),
        ("e.jsonl.gz", gzip.compress(THREE) + b"\0" * 1000),
        ("e.jsonl.gz", gzip.compress(b"\xef\xbb\xbf" + THREE)),
        ("e.jsonl.zst", zst(THREE)),
        ("e.jsonl.zst", zst(THREE, checksum=False)),
        ("no-ending", zst(THREE)),
        ("e.jsonl.zst", zst(THREE[:100]) + zst(THREE[100:], checksum=False) + zst(b"")),
        ("e.jsonl.zst", b"\x5a\x2a\x4d\x18\x05\x00\x00\x00notes" + zst(THREE)),
        ("e.jsonl.gz", THREE),
    ],
)
def test_every_packing_and_line_end_gives_the_same_events(name: str, content: bytes) -> None:
    assert ids_and_refusals(name, content) == ["a", "b", "c"]


def test_a_bad_line_is_refused_with_its_number_and_its_neighbours_are_kept() -> None:
    content = b"\n".join([line("a"), b"not json", b"", b'{"id": 1}', line("b")])
    found = ids_and_refusals("e.jsonl", content)
    assert [item if isinstance(item, str) else item[0] for item in found] == ["a", 2, 4, "b"]


def test_bytes_that_are_not_utf8_are_refused_even_in_a_field_that_nobody_reads() -> None:
    bad = line("a", unknown="X").replace(b"X", b"\xff\xfe")
    [refusal] = JsonLines().read("e.jsonl", io.BytesIO(bad))
    assert isinstance(refusal, Refusal)
    assert "utf-8" in refusal.reason
    assert "text" not in refusal.row()


def test_what_is_kept_of_a_refused_line_is_capped_and_its_length_said() -> None:
    # An odd head puts the cut in the middle of a two-byte letter.
    [refusal] = JsonLines().read("e.jsonl", io.BytesIO(b"x" + "é".encode() * KEPT_BYTES))
    assert isinstance(refusal, Refusal)
    row = refusal.row()
    assert row["length"] == 1 + 2 * KEPT_BYTES
    assert row["text"] == "x" + "é" * ((KEPT_BYTES - 1) // 2)
    short = Refusal.of("e.jsonl", 7, "why", b"short").row()
    assert short == {"file": "e.jsonl", "line": 7, "reason": "why", "text": "short"}


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_a_line_of_exactly_the_limit_is_read_and_one_byte_more_is_refused(end: bytes) -> None:
    fits = line("a", x="")
    fits = fits.replace(b'"x": ""', b'"x": "' + b"x" * (MAX_LINE - len(fits)) + b'"')
    assert len(fits) == MAX_LINE
    assert ids_and_refusals("e.jsonl", line("z") + b"\n" + fits + end) == ["z", "a"]
    longer = fits + b" " + end
    found = list(JsonLines().read("e.jsonl", io.BytesIO(longer + b"\n" + line("b"))))
    assert [type(item).__name__ for item in found] == ["Refusal", "MessageSent"]
    assert isinstance(found[0], Refusal)
    assert found[0].reason == f"longer than {MAX_LINE} bytes"
    assert len(found[0].raw) == KEPT_BYTES


@pytest.mark.parametrize("pack", [gzip.compress, zst])
def test_a_bomb_is_one_refusal_and_little_memory(pack: object) -> None:
    bomb = line("a") + b"\n" + b" " * (100 << 20) + b"\n" + line("b")
    packed = pack(bomb)  # type: ignore[operator]
    length = 100 << 20
    del bomb
    tracemalloc.start()
    found = list(JsonLines().read("bomb", io.BytesIO(packed)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [getattr(item, "id", None) or item.length for item in found] == ["a", length, "b"]  # type: ignore[union-attr]
    assert peak < 16 << 20


def shuffled_events(count: int) -> bytes:
    """Lines that do not pack well, so that their packing has many blocks."""
    rng = random.Random(7)
    return b"".join(
        line(f"e{i}", text="".join(rng.choices("abcdefghij ", k=400))) + b"\n" for i in range(count)
    )


@pytest.mark.parametrize("pack", [gzip.compress, zst])
@pytest.mark.parametrize("share", [0.001, 0.3, 0.999])
def test_packing_cut_short_keeps_the_events_before_the_cut(pack: object, share: float) -> None:
    packed: bytes = pack(shuffled_events(5000))  # type: ignore[operator]
    found = ids_and_refusals("e.jsonl", packed[: int(len(packed) * share)])
    *events, last = found
    assert events == [f"e{i}" for i in range(len(events))]
    assert isinstance(last, tuple)
    assert last[0] == len(events) + 1
    assert "cut short" in last[1]
    assert len(events) >= int(5000 * share) - 400


@pytest.mark.parametrize("pack", [gzip.compress, zst])
def test_damaged_packing_keeps_the_events_before_the_damage(pack: object) -> None:
    packed = bytearray(pack(shuffled_events(5000)))  # type: ignore[operator]
    middle = len(packed) // 2
    packed[middle : middle + 2000] = b"\xff" * 2000
    *events, last = ids_and_refusals("e.jsonl", bytes(packed))
    whole = [item for item in events if isinstance(item, str)]
    assert whole[:2000] == [f"e{i}" for i in range(2000)]
    assert isinstance(last, tuple)
    assert "damaged" in last[1]


def test_a_wrong_checksum_at_the_end_loses_no_event() -> None:
    packed = bytearray(gzip.compress(THREE.removesuffix(b"\n")))
    packed[-6] ^= 1
    *events, last = ids_and_refusals("e.jsonl.gz", bytes(packed))
    assert events == ["a", "b", "c"]
    assert isinstance(last, tuple)
    packed = bytearray(zst(THREE.removesuffix(b"\n")))
    packed[-1] ^= 1
    *events, last = ids_and_refusals("e.jsonl.zst", bytes(packed))
    assert events == ["a", "b", "c"]
    assert isinstance(last, tuple)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("e.jsonl.gz", b"", "named .gz"),
        ("e.jsonl.zst", b"PK\x03\x04", "named .zst"),
        ("e.jsonl.gz", gzip.compress(THREE) + b"junk", "after the end"),
        ("e.jsonl.zst", zst(THREE) + b"junk", "after the end"),
        ("e.jsonl.zst", zst(THREE) + b"ju", "cut short"),
        ("e.jsonl.zst", b"\x28\xb5\x2f\xfd\x00\xff\x01\x00\x00", "damaged"),
    ],
)
def test_what_is_wrong_with_the_packing_is_said(name: str, content: bytes, reason: str) -> None:
    last = ids_and_refusals(name, content)[-1]
    assert isinstance(last, tuple)
    assert reason in last[1]


def test_files_are_read_in_order_with_standard_input_between(tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_bytes(line("a") + b"\nbad")
    (tmp_path / "2.gz").write_bytes(gzip.compress(line("c")))
    found = read_files(tmp_path / "1.jsonl", "-", tmp_path / "2.gz", stdin=line("b") + b"\n\xff")
    assert [item if isinstance(item, str) else item[:2] for item in found] == [
        "a",
        (str(tmp_path / "1.jsonl"), 2),
        "b",
        ("-", 2),
        "c",
    ]


def test_progress_is_told_in_bytes_as_stored(tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_bytes(THREE)
    (tmp_path / "2.gz").write_bytes(gzip.compress(THREE))
    reading = EventFiles([tmp_path / "1.jsonl", tmp_path / "2.gz"])
    assert (reading.consumed, reading.total) == (0, len(THREE) + len(gzip.compress(THREE)))
    assert len(list(reading)) == 6
    assert reading.consumed == reading.total
    assert EventFiles(["-"], io.BytesIO()).total is None


def test_a_named_pipe_is_read_as_it_comes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(zst(THREE)))
    writer.start()
    assert read_files(pipe) == ["a", "b", "c"]
    writer.join()
    assert EventFiles([pipe]).total is None


def test_a_file_that_cannot_be_read_is_one_clear_error_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_bytes(THREE)
    with pytest.raises(AdapterError, match=r"there is no file .*gone\.jsonl; check the path"):
        EventFiles([tmp_path / "1.jsonl", tmp_path / "gone.jsonl"])
    with pytest.raises(AdapterError, match="is a folder; name the files in it"):
        EventFiles([tmp_path])
    with pytest.raises(AdapterError, match="only once"):
        EventFiles(["-", "-"])
    with pytest.raises(AdapterError, match="cannot be read"):
        EventFiles(["nul\0name"])


def test_a_disk_that_fails_while_reading_is_the_one_error() -> None:
    class Failing(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _buffer: object) -> int:
            raise OSError(5, "Input/output error")

    with pytest.raises(AdapterError, match="Input/output error"):
        list(EventFiles(["-"], io.BufferedReader(Failing())))


@given(
    st.lists(st.sampled_from([THREE, b"\n", b"\r", b"\r\n", b"x" * 50, line("é", text="日本")])), st.data()
)
def test_where_blocks_are_cut_changes_nothing(parts: list[bytes], data: st.DataObject) -> None:
    content = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=6)))
    blocks = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    whole = list(JsonLines().read("e", io.BytesIO(content)))
    assert list(JsonLines().read("e", _Dribble(blocks))) == whole


class _Dribble(io.BytesIO):
    """A stream that gives no more than one of its blocks at a time, as a pipe does."""

    def __init__(self, blocks: list[bytes]) -> None:
        super().__init__()
        self.blocks = [block for block in blocks if block]

    def read1(self, size: int | None = -1) -> bytes:
        if not self.blocks:
            return b""
        block = self.blocks.pop(0)
        if size is not None and 0 <= size < len(block):
            self.blocks.insert(0, block[size:])
            block = block[:size]
        return block

    read = read1


@given(st.binary(max_size=300), st.sampled_from(["e.jsonl", "e.gz", "e.zst"]), st.booleans())
def test_any_bytes_give_events_or_refusals(noise: bytes, name: str, packed: bool) -> None:
    content = noise
    if packed:
        content = (b"\x1f\x8b\x08\0" if name == "e.gz" else b"\x28\xb5\x2f\xfd") + noise
    for item in JsonLines().read(name, io.BytesIO(content)):
        if isinstance(item, Refusal):
            assert item.line >= 1
            assert item.reason


@given(st.data())
def test_any_flipped_byte_of_a_packed_file_gives_events_or_refusals(data: st.DataObject) -> None:
    packed = bytearray(data.draw(st.sampled_from([gzip.compress(THREE), zst(THREE)])))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    for item in JsonLines().read("e", io.BytesIO(packed)):
        assert getattr(item, "id", None) or isinstance(item, Refusal)
