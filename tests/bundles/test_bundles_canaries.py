"""No personal data in what leaves: a world whose names, words and addresses are canaries, and every public
export.

A canary is a word that is nowhere else. Each person of the world, each address, device, session and
message id, and what friends write to each other has one; after a scan and a case, none may stand in
anything that is made for others.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from pypdf import PdfReader

from nospim.cli import run

CONTACTS = """
[reporter]
organisation = "Chat Example"
domain = "chat.example"
contact = "abuse@chat.example"
"""


class World(Struct):
    """A world of canaries that was scanned, with the pattern that finds any of them."""

    folder: Path
    canaries: re.Pattern[bytes]
    campaigns: list[str]


def renamed(value: Any, known: dict[str, str]) -> Any:
    """A value with other names in it."""
    if isinstance(value, dict):
        return {name: renamed(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [renamed(inner, known) for inner in value]
    return known.get(value, value) if isinstance(value, str) else value


def disguised(
    events: list[dict[str, Any]], thieves: set[tuple[str, str]]
) -> tuple[list[dict[str, Any]], set[str]]:
    """The events with a canary for every person, and the canaries: names, words, and what belongs to
    owners."""
    people = {event["subject"] for event in events}
    names = {who: f"zq{zlib.crc32(who.encode()):08x}{at:04x}" for at, who in enumerate(sorted(people))}
    known = {who: f"{name}@chat.example" for who, name in names.items()}
    known |= {e["id"]: f"zqms{zlib.crc32(e['id'].encode()):08x}" for e in events if "sent" in e["type"]}
    changed: list[dict[str, Any]] = [renamed(event, known) for event in events]
    canaries = {name.partition("@")[0] for name in known.values()}
    for event, before in zip(changed, events, strict=True):
        at = zlib.crc32(before["id"].encode())
        data = event["data"]
        strange = (before["subject"], before["data"].get("session", "")) in thieves
        for member in ("session", "device", "name", "avatar"):
            if isinstance(data.get(member), str) and not (strange and member == "device"):
                data[member] = f"zq{member[:2]}{zlib.crc32(data[member].encode()):08x}"
                canaries.add(data[member])
        if isinstance(data.get("text"), str):
            friend = str(data["to"][0]).partition("@")[0] if data.get("to") else "you"
            word = f"zqwd{at:08x}"
            data["text"] = f"hi {friend}, {data['text']} {friend} zqad{at:08x}@mail.example"
            canaries |= {friend, f"zqad{at:08x}"}
            if not strange:
                data["text"] += f" {word}"
                canaries.add(word)
    return changed, {one for one in canaries if one.startswith("zq")}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    room = tmp_path_factory.mktemp("canaries")
    plain = room / "plain"
    command = ["drill", str(plain), "--accounts", "120", "--days", "6", "--hijacked", "10", "--fakes", "5"]
    assert run([*command, "--tactics", "classic", "--tactics", "fresh", "--seed", "3"]) == 0
    with gzip.open(plain / "events.jsonl.gz", "rt") as file:
        events = [json.loads(line) for line in file]
    with gzip.open(plain / "truth.jsonl.gz", "rt") as file:
        truth = [json.loads(line) for line in file]
    spim = {row.get("id") for row in truth if row.get("kind") == "message"}
    thieves = {(e["subject"], e["data"].get("session", "")) for e in events if e["id"] in spim}
    changed, canaries = disguised(events, thieves)
    log = room / "events.jsonl"
    log.write_text("".join(json.dumps(event) + "\n" for event in changed))
    assert run(["scan", str(log), "--out", str(room / "scan")]) == 0
    found = [json.loads(line) for line in (room / "scan" / "campaigns.jsonl").read_text().splitlines()]
    own = {e["id"] for e in events if (e["subject"], e["data"].get("session", "")) in thieves}
    theirs = {f"zqms{zlib.crc32(name.encode()):08x}" for name in own}
    # a person looks before a case is opened: what a campaign of false alarms shows are honest people's words
    found = [row for row in found if set(row["messages"]) <= theirs]
    assert found
    assert (
        run(["ledger", "ingest", str(log), "--scan", str(room / "scan"), "--out", str(room / "ledger")]) == 0
    )
    assert run(["ledger", "new-key", str(room / "key.pem")]) == 0
    opening = [
        "case",
        "new",
        "K-1",
        "--title",
        "Pictures of you",
        "--ledger",
        str(room / "ledger"),
        "--by",
        "lea",
    ]
    for row in found:
        opening += ["--campaign", row["id"]]
    assert run([*opening, "--cases", str(room / "cases")]) == 0
    pattern = re.compile("|".join(sorted(map(re.escape, canaries))).encode())
    return World(room, pattern, [row["id"] for row in found])


def shown(folder: Path) -> dict[str, bytes]:
    """All that a reader could find in a folder: files as they are, PDF as text, base64 of entries opened."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            if path.suffix == ".pdf":
                data += " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).encode()
            if path.suffix == ".jsonl":
                for line in data.splitlines():
                    body = json.loads(line).get("body")
                    data += b64decode(body) if body else b""
            found[path.relative_to(folder).as_posix()] = data
    return found


def singing(world: World, folder: Path) -> dict[str, set[bytes]]:
    """The canaries that are in a folder, by file."""
    sung = {name: set(world.canaries.findall(data)) for name, data in shown(folder).items()}
    return {name: found for name, found in sung.items() if found}


def test_the_canaries_sing_where_people_are_named(world: World) -> None:
    sung = singing(world, world.folder / "scan")
    assert {"verdicts.jsonl", "accounts.jsonl", "campaigns.jsonl"} <= set(sung)


def test_no_canary_is_in_a_redacted_bundle(world: World) -> None:
    out = world.folder / "bundle"
    command = [
        "case",
        "export",
        "K-1",
        "--out",
        str(out),
        "--key",
        str(world.folder / "key.pem"),
        "--to",
        "court",
    ]
    more = ["--ground", "order", "--approver", "lea", "--by", "lea", "--cases", str(world.folder / "cases")]
    assert run([*command, *more]) == 0
    assert len(shown(out)) > 20
    assert singing(world, out) == {}


def test_no_victims_canary_is_in_what_is_published(world: World) -> None:
    out = world.folder / "list"
    run(
        ["publish", str(world.folder / "scan"), "--out", str(out), "--private", str(world.folder / "private")]
    )
    rows = (world.folder / "scan" / "accounts.jsonl").read_text().splitlines()
    fake = {
        row["account"].partition("@")[0].encode() for row in map(json.loads, rows) if row["state"] == "fake"
    }
    assert {name for sung in singing(world, out).values() for name in sung} <= fake


@pytest.mark.parametrize("form", ["stix", "misp", "xarf", "arf"])
def test_no_victims_canary_is_in_a_report_to_others(world: World, form: str) -> None:
    contacts, out = world.folder / "contacts.toml", world.folder / form
    contacts.write_text(CONTACTS)
    command = ["case", "report", "K-1", "--form", form, "--out", str(out), "--contacts", str(contacts)]
    more = ["--to", "a host", "--ground", "abuse", "--approver", "lea", "--by", "lea"]
    run([*command, *more, "--cases", str(world.folder / "cases")])
    if out.exists():
        assert singing(world, out) == {}
