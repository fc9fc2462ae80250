"""A long history grouped in batch: copies and near-copies, places that everybody names, networks, bounds."""

from __future__ import annotations

import json
import random
from pathlib import Path

import msgspec
import pytest

from nospim.cli import run
from nospim.events import AnyEvent, decode
from nospim.history import archive
from nospim.history.archive import Found
from nospim.history.near import CENTRES, jaccard, pieces_of
from nospim.signals.sign_in import network_of

LURE = "look what i found about you on this page it is really worth seeing today"


def sent(n: int, sender: str, to: str, text: str, session: str | None = None) -> bytes:
    data: dict[str, object] = {"to": [to], "text": text}
    if session:
        data["session"] = session
    return line(n, "im.message.sent", sender, data)


def signed_in(n: int, account: str, session: str, ip: str) -> bytes:
    return line(n, "im.session.opened", account, {"session": session, "ip": ip})


def line(n: int, kind: str, subject: str, data: dict[str, object]) -> bytes:
    time = f"2026-03-{1 + n // 86_400 % 28:02}T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z"
    return json.dumps(
        {"specversion": "1.0", "source": "xmpp://a", "id": f"m{n}", "type": kind, "time": time,
         "subject": subject, "data": data}
    ).encode()  # fmt: skip


def found_in(lines: list[bytes], least: int = 10) -> Found:
    events: list[AnyEvent] = [decode(one) for one in lines]
    return archive.investigate(lambda: events, network_of, least)


def test_copies_and_near_copies_are_one_campaign_and_talk_is_none() -> None:
    chance = random.Random(1)
    extra = ["soon", "again", "friend", "promise", "quickly", "please believe me"]
    lures = [
        sent(n, f"s{n % 3}", f"r{n}", LURE if n % 2 else f"{LURE} {chance.choice(extra)}") for n in range(60)
    ]
    talk = [sent(100 + n, "ann", "bob", f"see you at {n} then, bring the blue umbrella") for n in range(60)]

    found = found_in(lures + talk)

    (one,) = found.campaigns
    assert len(one.messages) == one.recipients == 60
    assert one.accounts == ("s0", "s1", "s2")


def test_a_destination_joins_wordings_that_share_no_word() -> None:
    texts = ["anschauen bitte sofort hier meine bilder", "regarde vite toutes mes photos de vacances", LURE]
    lines = [sent(n, "s", f"r{n}", f"{texts[n % 3]} http://bad{n % 2}.example/{n}") for n in range(30)]

    (one,) = found_in(lines).campaigns

    assert len(one.messages) == 30


def test_a_place_that_everybody_writes_of_joins_nothing_and_is_told() -> None:
    words = [f"w{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(676)]
    lines = [
        sent(n, f"s{n}", f"r{n}", " ".join(words[7 * n : 7 * n + 7]) + " http://loved.example/x")
        for n in range(90)
    ]

    found = found_in(lines, least=2)

    assert found.campaigns == ()
    assert [(cap.kind, cap.value, cap.shared) for cap in found.caps] == [("destination", "loved.example", 90)]


def test_campaigns_from_one_network_have_one_operator_and_a_carrier_joins_none() -> None:
    def world(count: int) -> Found:
        lines = []
        for c in range(count):
            lines.append(signed_in(10_000 + c, f"s{c}", f"x{c}", "250.1.2.3"))
            text = " ".join(f"word{chr(97 + c)}{chr(97 + k)}" for k in range(8))
            lines += [sent(100 * c + n, f"s{c}", f"r{c}-{n}", text, f"x{c}") for n in range(12)]
        return found_in(lines)

    few, many = world(3), world(archive.MOST_CAMPAIGNS + 1)

    assert [len(one.campaigns) for one in few.operators] == [3]
    assert few.operators[0].linkage[0].value == "250.1.2.0/24"
    assert len(many.operators) == len(many.campaigns) == archive.MOST_CAMPAIGNS + 1
    assert [(cap.kind, cap.value) for cap in many.caps] == [("network", "250.1.2.0/24")]


@pytest.mark.parametrize("near", [False, True])
def test_many_copies_of_one_lure_are_compared_with_a_few_centres_only(near: bool) -> None:
    chance = random.Random(2)
    count = 3_000

    def text(n: int) -> str:
        letters = "".join(chance.choice("abcdefghij") for _ in range(8))
        return f"{LURE} {letters}" if near else LURE

    found = found_in([sent(n, "s", f"r{n}", text(n)) for n in range(count)])

    (one,) = found.campaigns
    assert one.recipients == count
    assert found.counts["wordings"] == (count if near else 1)
    assert found.counts["compared"] <= count * 8 * CENTRES
    assert found.counts["compared"] < 3 * count  # most meet their star in the first band


def test_similarity_is_that_of_words_and_pairs() -> None:
    one, other = pieces_of(["a", "b", "c", "d", "e"]), pieces_of(["a", "b", "c", "d", "x"])

    assert jaccard(one, one) == 1.0
    assert jaccard(one, other) == pytest.approx(7 / 11)
    assert jaccard(b"", b"") == 1.0
    assert jaccard(one, b"") == 0.0


def test_the_command_gives_the_same_bytes_from_a_log_and_from_its_ledger(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"\n".join([sent(n, "s", f"r{n}", LURE) for n in range(20)] * 2) + b"\n")

    assert run(["ledger", "ingest", str(log), "--out", str(tmp_path / "ledger")]) == 0
    assert run(["investigate", str(log), "--out", str(tmp_path / "a")]) == 0
    assert run(["investigate", str(tmp_path / "ledger"), "--out", str(tmp_path / "b")]) == 0

    for name in ("campaigns.jsonl", "operators.jsonl", "caps.jsonl", "summary.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    (row,) = (tmp_path / "a" / "campaigns.jsonl").read_bytes().splitlines()
    assert len(msgspec.json.decode(row)["messages"]) == 20  # a line that repeats is one event
