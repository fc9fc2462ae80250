"""The forms of a list: others' readers and our own get back what was put in, and the seal is checked."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from nospim import cli
from nospim.events import LabelData, Labelled, encode
from nospim.feeds import FORMS, FeedError, index_of, read_feed
from nospim.ledger.signing import SigningKey
from nospim.links import find
from nospim.listings import worth
from nospim.policy import FeedSettings
from nospim.sharing import Book, Found, Seen, choose, put_out, render, renew
from share_words import DAY, NOON, account, campaign, label

LURE = "http://evil-login.example/album"
PAGE = "https://sites.google.com/view/lure-7"
FAKE = "fake@chat.example"
FAKE_HASH = hashlib.sha256(FAKE.encode()).hexdigest()


@pytest.fixture
def book() -> Book:
    found = Found(
        campaigns=(campaign("c1", LURE, PAGE, accounts=(FAKE,)),),
        accounts=(account(FAKE, "fake", "c1"), account("@fake:matrix.example", "fake", "c1")),
        labels=(label(FAKE, "fake"), label("@fake:matrix.example", "fake")),
        captures=(Seen(address=LURE, at=NOON, phishing=True), Seen(address=PAGE, at=NOON, phishing=True)),
    )
    made = renew(None, choose(found, NOON + DAY), {}, NOON + DAY, publisher="chat.example <abuse>")
    assert made is not None
    return made


def settings(form: str, **more: object) -> FeedSettings:
    return FeedSettings(name="them", form=form, path="x", **more)  # type: ignore[arg-type]


def test_an_rtbl_item_is_named_by_the_hash_of_the_bare_jid(book: Book) -> None:
    root = fromstring(render(book)["rtbl/spam_source_jids_sha256.xml"])
    (items,) = root
    assert root.tag == "{http://jabber.org/protocol/pubsub}pubsub"
    assert items.get("node") == "spam_source_jids_sha256"
    assert FAKE_HASH in {item.get("id") for item in items}
    assert items[0][0].tag == "{urn:xmpp:reporting:1}report"
    assert items[0][0].get("reason") == "urn:xmpp:reporting:spam"


def test_changes_say_what_is_new_and_what_was_taken_back(book: Book) -> None:
    gone = renew(book, choose(Found(labels=(label(FAKE, "victim"),)), NOON + 2 * DAY), {}, NOON + 2 * DAY)
    assert gone is not None
    new = fromstring(render(book)["rtbl/spam_source_jids_sha256.changes.xml"])
    taken = fromstring(render(gone)["rtbl/spam_source_jids_sha256.changes.xml"])

    assert [child.tag.rpartition("}")[2] for child in new[0]] == ["item", "item"]
    assert [(child.tag.rpartition("}")[2], child.get("id")) for child in taken[0]] == [("retract", FAKE_HASH)]
    assert FAKE_HASH.encode() not in render(gone)["sha256.txt"]


def test_matrix_rules_are_hashed_and_an_empty_content_takes_one_back(book: Book) -> None:
    gone = renew(book, choose(Found(labels=(label(FAKE, "victim"),)), NOON + 2 * DAY), {}, NOON + 2 * DAY)
    assert gone is not None
    before = {e["state_key"]: e["content"] for e in json.loads(render(book)["matrix/policy.json"])}
    after = {e["state_key"]: e["content"] for e in json.loads(render(gone)["matrix/policy.json"])}

    assert before[f"sha256:{FAKE_HASH}"]["recommendation"] == "m.ban"
    assert "entity" not in before[f"sha256:{FAKE_HASH}"]
    assert after[f"sha256:{FAKE_HASH}"] == {}


@pytest.mark.parametrize(
    ("form", "file", "count"),
    [
        ("hosts", "hosts.txt", 1),
        ("hosts", "addresses.txt", 1),
        ("hashes", "sha256.txt", 4),
        ("rtbl", "rtbl/spam_source_jids_sha256.xml", 2),
        ("rtbl", "rtbl/lure_hosts_sha256.xml", 1),
        ("matrix_policy", "matrix/policy.json", 2),
        ("nospim_list", "list.json", 4),
    ],
)
def test_our_own_feeds_read_every_form(book: Book, form: str, file: str, count: int) -> None:
    parsed = FORMS[form](render(book)[file], settings(form))

    assert (len(parsed.entries), parsed.refused) == (count, ())
    if form != "matrix_policy":  # events have their times from the room
        assert parsed.dated is not None


def test_a_page_that_only_two_campaigns_speak_for_is_in_no_form_that_cannot_weigh() -> None:
    innocent = "http://club.example/programme"
    pair = tuple(campaign(f"c{n}", innocent, accounts=(f"{n}@x.example",)) for n in (1, 2))
    made = renew(None, choose(Found(campaigns=pair), NOON + DAY), {}, NOON + DAY)
    assert made is not None

    assert [(one.value, one.weight_bits) for one in made.entries] == [("club.example/programme", 1.0)]
    for name, content in render(made).items():
        named = b"club.example" in content or made.entries[0].sha256.encode() in content
        assert named == (name == "list.json"), name


def test_a_reader_meets_the_host_the_page_and_the_sender(book: Book, tmp_path: Path) -> None:
    put_out(book, tmp_path, tmp_path / "private")
    read = read_feed(
        FeedSettings(name="them", form="nospim_list", path="list.json", weight_bits=4.0), tmp_path
    )
    index = index_of((read,))
    assert index is not None
    at = (NOON + 2 * DAY).timestamp()

    (host,) = index.hits("ann@chat.example", find("see http://evil-login.example/other"))
    (page,) = index.hits("ann@chat.example", find(PAGE))
    (sender,) = index.hits(f"{FAKE}/phone", ())
    assert not index.hits("ann@chat.example", find("https://sites.google.com/view/other"))
    assert [worth(hit, at) for hit in (host, page, sender)] == [3000, 3000, 3000]
    assert worth(host, (NOON + 32 * DAY).timestamp()) == 0  # its own end, whatever the feed's
    assert worth(sender, (NOON + 20 * DAY).timestamp()) > 0


def test_a_signed_list_is_read_with_its_key_and_refused_with_another_or_when_changed(
    book: Book, tmp_path: Path
) -> None:
    key, other = SigningKey.generate(), SigningKey.generate()
    key.save(tmp_path / "key.pem")
    out = tmp_path / "out"
    put_out(book, out, tmp_path / "private", tmp_path / "key.pem")

    def read(public: bytes) -> int:
        told = FeedSettings(name="them", form="nospim_list", path="list.json", key=public.hex())
        return len(read_feed(told, out).parsed.entries)

    assert read(key.public) == 4
    with pytest.raises(FeedError, match="do not use this list"):
        read(other.public)
    content = (out / "list.json").read_bytes()
    (out / "list.json").write_bytes(content.replace(b"evil-login", b"good-login"))
    with pytest.raises(FeedError, match="is not the list that was signed"):
        read(key.public)
    (out / "manifest.dsse").unlink()
    with pytest.raises(FeedError, match="fetch it with the list"):
        read(key.public)


def test_the_command_publishes_takes_back_and_keeps_the_history(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from msgspec import json as m

    scan, captures, out = tmp_path / "scan", tmp_path / "captures", tmp_path / "out"
    scan.mkdir()
    captures.mkdir()
    rows = [campaign("c1", LURE, accounts=(FAKE,)), campaign("c2", "http://other.example/x")]
    (scan / "campaigns.jsonl").write_bytes(b"".join(m.encode(row) + b"\n" for row in rows))
    (scan / "accounts.jsonl").write_bytes(m.encode(account("ann@chat.example", "hijacked", "c1")) + b"\n")
    seen = {"asked": LURE, "at": "2026-03-01T12:00:00Z", "millibits": 9000, "asks_password": True}
    (captures / "capture.json").write_text(json.dumps(seen), encoding="utf-8")
    kept = tmp_path / "private"
    asked = ["publish", str(scan), "--out", str(out), "--captures", str(captures), "--private", str(kept)]

    assert cli.run([*asked, "--at", "2026-03-02"]) == 0
    told = capsys.readouterr().out
    assert "not listed: host other.example: there is no second condition" in told
    assert "version 1, 1 entries, 0 taken back" in told
    assert cli.run([*asked, "--at", "2026-03-02", "--quiet"]) == 0
    assert "nothing has changed since version 1" in capsys.readouterr().out
    appeal = LabelData(target="evil-login.example", label="appeal", by="eve")
    event = Labelled(
        specversion="1.0", source="x", id="l1", time=NOON + 2 * DAY, subject="eve@x.example", data=appeal
    )
    (tmp_path / "labels.jsonl").write_bytes(encode(event) + b"\n")
    assert cli.run([*asked, "--labels", str(tmp_path / "labels.jsonl"), "--at", "2026-03-05", "--quiet"]) == 0
    assert "version 2, 0 entries, 1 taken back" in capsys.readouterr().out
    first = (kept / "history" / "0001.json").read_bytes()
    second = json.loads((out / "list.json").read_bytes())
    assert second["previous"] == hashlib.sha256(first).hexdigest()
    assert (out / "hosts.txt").read_text(encoding="utf-8").count("\n") == 1
    assert (kept / "victims.json").stat().st_mode & 0o077 == 0
    victim = hashlib.sha256(b"ann@chat.example").hexdigest()
    assert json.loads((kept / "victims.json").read_bytes()) == {
        "victims": [victim],
        "servers": ["chat.example"],
    }
    manifest = json.loads((out / "manifest.json").read_bytes())
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest


def test_a_policys_date_is_kept_for_lists_that_state_none() -> None:
    parsed = FORMS["rtbl"](
        b"<items><item id='evil.example'/></items>", settings("rtbl", dated=date(2026, 3, 1))
    )

    assert parsed.dated is None
    assert [entry.value for entry in parsed.entries] == [hashlib.sha256(b"evil.example").hexdigest()]


def test_what_is_served_is_never_taken_for_our_own_word(
    book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, private, scan = tmp_path / "out", tmp_path / "private", tmp_path / "scan"
    scan.mkdir()
    (scan / "campaigns.jsonl").touch()
    (scan / "accounts.jsonl").touch()
    put_out(book, out, private)
    content = (out / "list.json").read_bytes()
    (out / "list.json").write_bytes(content.replace(b"evil-login.example", b"innocent.example"))
    asked = ["publish", str(scan), "--out", str(out), "--at", "2026-04-15", "--quiet"]

    assert cli.run([*asked, "--private", str(private)]) == 0
    assert b"innocent" not in (out / "list.json").read_bytes()
    assert cli.run([*asked, "--private", str(tmp_path / "another")]) == 2
    assert "has no history of the list" in capsys.readouterr().err
