"""The command ``nospim import wlm``, as a person runs it."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from nospim.adapters.files import EventFiles
from nospim.adapters.interface import AdapterError, Refusal, Skipped
from nospim.adapters.placed import Placed
from nospim.cases.case import fold
from nospim.cli import run
from nospim.cli.case_files import unchanged
from nospim.cli.case_store import opened as case_store
from nospim.cli.import_ import wlm
from nospim.cli.import_run import Outputs
from nospim.cli.import_run import run as write_import
from nospim.errors import NospimError, UsageError

CAPTURED = Path(__file__).resolve().parents[1] / "captured" / "wlm"
HISTORY = sorted((CAPTURED / "anna.berg3940900203" / "History").glob("*.xml"))


def test_a_folder_of_histories_becomes_one_log_in_the_order_of_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "events.jsonl"
    assert wlm(HISTORY, out=out, nickname=["Anna *holiday*"]) == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    messages = [line for line in lines if line["type"] == "im.message.sent"]
    assert [line["subject"].partition("@")[0] for line in messages][:6] == [
        "anna.berg",
        "tom77",
        "tom77",
        "tom77",
        "tom77",
        "anna.berg",
    ]
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)
    said = capsys.readouterr()
    assert said.out == ""
    *counts, names = said.err.splitlines()
    assert counts == [
        "nospim: 13 events (9 messages) from 2 files",
        "nospim: skipped 1: an answer to an invitation, which is no message",
        "nospim: skipped 1: an invitation to something other than a file (a call, a game, a camera)",
        "nospim: skipped 1: somebody joined a conversation",
        "nospim: skipped 1: somebody left a conversation",
    ]
    assert names.startswith('nospim: accounts known by a nickname only: 1 ("Carla"); where one of these')


def test_a_dash_is_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["import", "wlm", str(HISTORY[0]), "--out", "-"]) == 0
    lines = capfdbinary.readouterr().out.splitlines()
    assert lines
    assert all(json.loads(line)["specversion"] == "1.0" for line in lines)


def test_an_option_that_is_not_there_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", "wlm", "--everything", str(HISTORY[0])]) == 2
    assert "there is no option --everything" in capsys.readouterr().err


def test_what_it_writes_is_what_a_scan_reads(tmp_path: Path) -> None:
    counts = set()
    for name in ("events.jsonl", "events.jsonl.gz", "events.jsonl.zst"):
        assert wlm(HISTORY, out=tmp_path / name) == 0
        items = list(EventFiles([tmp_path / name]))
        assert not any(isinstance(item, Refusal) for item in items)
        counts.add(len(items))
    assert len(counts) == 1
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "events.jsonl",
        "events.jsonl.gz",
        "events.jsonl.zst",
        "events.provenance.jsonl",
    ]
    plain = (tmp_path / "events.jsonl").read_bytes()
    assert gzip.decompress((tmp_path / "events.jsonl.gz").read_bytes()) == plain
    packed = (tmp_path / "events.jsonl.zst").read_bytes()
    assert zstandard.ZstdDecompressor().decompressobj().decompress(packed) == plain


@pytest.mark.parametrize("name", ["events.jsonl", "events.jsonl.gz", "events.jsonl.zst"])
def test_the_same_histories_give_the_same_bytes(tmp_path: Path, name: str) -> None:
    for folder in ("1", "2"):
        (tmp_path / folder).mkdir()
        wlm(HISTORY, out=tmp_path / folder / name)
    assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_refusals_are_counted_kept_and_told_by_the_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rejected = tmp_path / "rejected.jsonl"
    assert wlm([CAPTURED / "damaged.xml"], out=tmp_path / "e.jsonl", rejected=rejected) == 3
    rows = [json.loads(line) for line in rejected.read_text().splitlines()]
    assert [row["line"] for row in rows] == [4, 5, 6, 7, 8, 11]
    assert all(row["file"] == str(CAPTURED / "damaged.xml") for row in rows)
    assert "colour code" in rows[0]["text"]
    assert "refused 6, the first in " in capsys.readouterr().err


def test_events_go_to_standard_output_and_words_to_standard_error(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    assert wlm(HISTORY) == 0
    said = capfdbinary.readouterr()
    assert all(json.loads(line)["specversion"] == "1.0" for line in said.out.splitlines())
    assert said.err.startswith(b"nospim: 14 events (9 messages)")


def test_a_strangers_nickname_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = tmp_path / "x.xml"
    history.write_text(
        '<Log><Message DateTime="2010-11-26T10:00:13Z">'
        '<From><User FriendlyName="&#x9b;31m&#x202e;red"/></From><To><User FriendlyName="B"/></To>'
        "<Text>hi</Text></Message></Log>"
    )
    wlm([history], out=tmp_path / "e.jsonl")
    err = capsys.readouterr().err
    assert '"?31m?red"' in err
    assert all(c.isprintable() or c == "\n" for c in err)


def test_wrong_use_is_said_before_anything_is_written(tmp_path: Path) -> None:
    out = tmp_path / "events.jsonl"
    with pytest.raises(UsageError, match="--contact is for one file"):
        wlm(HISTORY, out=out, contact="tom@live.nl")
    with pytest.raises(AdapterError, match="is no address"):
        wlm(HISTORY, out=out, account="anna")
    with pytest.raises(AdapterError, match="there is no file"):
        wlm([tmp_path / "gone.xml"], out=out)
    copy = tmp_path / "history.xml"
    copy.write_bytes(HISTORY[0].read_bytes())
    with pytest.raises(UsageError, match="is one of the files to import"):
        wlm([copy], out=copy)
    assert copy.read_bytes() == HISTORY[0].read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["history.xml"]


def test_where_each_event_came_from_stands_beside_the_events_and_goes_into_a_ledger(tmp_path: Path) -> None:
    folder = CAPTURED.parent / "mam" / "localhost" / "archive"
    out, ledger = tmp_path / "events.jsonl.gz", tmp_path / "ledger"
    assert run(["import", "mam", str(folder / "ann.list"), str(folder / "bob.list"), "--out", str(out)]) == 0
    events = [json.loads(line) for line in gzip.decompress(out.read_bytes()).splitlines()]
    trail = tmp_path / "events.provenance.jsonl"
    rows = [json.loads(line) for line in trail.read_text().splitlines()]
    files, places = rows[:2], rows[2:]
    for row in files:
        assert row["importer"] == "mam"
        assert row["sha256"] == hashlib.sha256(Path(row["file"]).read_bytes()).hexdigest()
    assert [row["id"] for row in places] == [event["id"] for event in events]
    for row, event in zip(places, events, strict=True):
        record = Path(row["file"]).read_bytes()[row["offset"] : row["offset"] + row["length"]]
        assert event["subject"].encode() in record
    assert run(["ledger", "ingest", str(out), "--provenance", str(trail), "--out", str(ledger)]) == 0
    from nospim.ledger.folder import records

    kept = list(records(ledger))
    assert [one.kind for one in kept] == ["event"] * len(events) + ["provenance"]
    assert kept[-1].body == trail.read_bytes().rstrip(b"\n")
    assert run(["ledger", "ingest", "--provenance", str(out), "--out", str(ledger)]) == 1


def test_a_file_that_changes_while_it_is_read_is_not_imported(tmp_path: Path) -> None:
    copy, out = tmp_path / "history.xml", tmp_path / "e.jsonl"
    copy.write_bytes(HISTORY[0].read_bytes())

    def found() -> Iterator[Placed]:
        skipped = Skipped(str(copy), 1, "an element")
        yield Placed(file=str(copy), line=1, offset=0, length=0, skipped=skipped)
        copy.write_bytes(b"<Log/>")

    with pytest.raises(NospimError, match="changed while it was read"):
        write_import("wlm", found(), [copy], Outputs(out))
    assert [path.name for path in tmp_path.iterdir()] == ["history.xml"]


def test_complaints_are_kept_and_a_case_knows_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box = CAPTURED.parent / "abuse" / "complaints.mbox"
    maildir = tmp_path / "Maildir" / "new"
    maildir.mkdir(parents=True)
    (maildir / "1.host").write_bytes(b"From: z@b.example\nDate: Tue, 3 Nov 2026 09:00:00 +0000\n\nrude\n")
    out = tmp_path / "complaints.jsonl"
    assert run(["import", "abuse", str(box), str(tmp_path / "Maildir"), "--out", str(out)]) == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    digests = [line["data"]["mail"] for line in lines if line["type"] == "im.complaint.received"]
    assert len(digests) == 4
    kept = tmp_path / "complaints.mails"
    assert sorted(path.name for path in kept.iterdir()) == sorted(f"{digest}.eml" for digest in digests)
    for path in kept.iterdir():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
        assert path.stat().st_mode & 0o77 == 0

    ledger, cases = str(tmp_path / "ledger"), str(tmp_path / "cases")
    assert run(["ledger", "ingest", str(out), "--out", ledger]) == 0
    opened = ["--title", "t", "--campaign", "c", "--ledger", ledger, "--by", "ivo", "--cases", cases]
    assert run(["case", "new", "K", *opened]) == 0
    mine = ["--by", "ivo", "--cases", cases]
    mail = kept / f"{digests[0]}.eml"
    assert run(["case", "add", "K", "--file", str(mail), *mine]) == 2  # it must say what it shows
    assert (
        run(["case", "add", "K", "--file", str(mail), "--reason", "what Vera's provider wrote", *mine]) == 0
    )
    capsys.readouterr()
    assert run(["case", "show", "K", *mine]) == 0
    assert digests[0] in capsys.readouterr().out.replace("\n", "")
    case = fold(_entries(tmp_path / "cases", "K"))
    assert set(unchanged(tmp_path / "cases", case)) == {digests[0]}
    mail.chmod(0o600)
    mail.write_bytes(b"something else")
    with pytest.raises(NospimError, match="is not the file that was added"):
        unchanged(tmp_path / "cases", case)
    mail.unlink()
    with pytest.raises(NospimError, match="put it back"):
        unchanged(tmp_path / "cases", case)


def _entries(home: Path, name: str) -> list[bytes]:
    with case_store(home) as store:
        return store.entries(name)
