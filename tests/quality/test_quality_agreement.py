"""Our figures against the reference scorer's, on random worlds and random outputs of scans."""

from __future__ import annotations

import gzip
import importlib.util
import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nospim.quality.rows import QualityError
from nospim.quality.score import score_folder

Scorer = Callable[[Path, Path], dict[str, Any]]

ACCOUNTS = tuple(f"account{i}" for i in range(6))
CAMPAIGNS = ("k0-classic", "k1-slow")
LABELS = ("spim", "spim", "chat", "invite", "shop", "thief", "both")


@pytest.fixture(scope="session")
def reference(shared_data: Path) -> Scorer:
    """The reference's own `score` function."""
    spec = importlib.util.spec_from_file_location("reference_score", shared_data / "spimbench" / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    scorer: Scorer = module.score
    return scorer


def stamp(millis: int) -> str:
    """A time of the first hour of a made-up day, as worlds write it."""
    return f"2026-03-01T00:{millis // 60_000:02}:{millis // 1000 % 60:02}.{millis % 1000:03}Z"


@st.composite
def truths(draw: st.DrawFn, ids: list[str]) -> list[dict[str, Any]]:
    truth: list[dict[str, Any]] = []
    for ident in ids:
        label = draw(st.sampled_from(LABELS))
        if label in ("spim", "both"):
            campaign = draw(st.sampled_from(CAMPAIGNS))
            truth.append(
                {
                    "kind": "message",
                    "id": ident,
                    "time": stamp(draw(st.integers(0, 90_000))),
                    "account": draw(st.sampled_from(ACCOUNTS)),
                    "campaign": campaign,
                    "tactic": draw(st.sampled_from([campaign[3:], "other"])),
                    "operator": "op",
                    "to": "somebody",
                }
            )
        if label in ("thief", "both"):
            truth.append({"kind": "thief", "id": ident, "account": "a", "campaign": CAMPAIGNS[0]})
        if label in ("invite", "shop"):
            truth.append({"kind": "control", "id": ident, "control": label, "account": "a"})
    entries = st.fixed_dictionaries(
        {
            "kind": st.just("account"),
            "account": st.sampled_from(ACCOUNTS),
            "state": st.sampled_from(["hijacked", "fake"]),
            "campaign": st.sampled_from(CAMPAIGNS),
            "infected_by": st.none() | st.sampled_from(ACCOUNTS),
            "via": st.none(),
        }
    )
    truth += draw(st.lists(entries, max_size=8))  # the same account more than once: hijacked twice
    return draw(st.permutations(truth))


@st.composite
def outcomes(draw: st.DrawFn, ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    rungs = st.sampled_from(["allow", "warn", "hold", "block"])
    some = st.lists(st.sampled_from([*ids, "unknown"]), max_size=12)
    end = st.fixed_dictionaries(
        {
            "id": st.sampled_from([*ids, "unknown"]),
            "outcome": st.sampled_from(["release", "drop"]),
            "delay_s": st.sampled_from([0, 1.5, 29.999, 30, 30.0, 30.001, 5000.25]),
        }
    )
    infection = st.fixed_dictionaries(
        {"account": st.sampled_from(ACCOUNTS), "infected_by": st.none() | st.sampled_from(ACCOUNTS)}
    )
    campaign = st.fixed_dictionaries(
        {"id": st.sampled_from(["c1", "c2", "c3"]), "messages": some},
        optional={"infections": st.lists(infection, max_size=6)},
    )
    judged = st.fixed_dictionaries(
        {"account": st.sampled_from([*ACCOUNTS, "stranger"])},
        optional={"state": st.sampled_from(["hijacked", "fake", "abusive"])},
    )
    files: dict[str, list[dict[str, Any]]] = {
        "verdicts": [{"id": i, "action": draw(rungs)} for i in draw(st.permutations(ids))],
        "accounts": draw(st.lists(judged, max_size=8)),
        "campaigns": draw(st.lists(campaign, max_size=4)),
    }
    if draw(st.booleans()):
        files["resolutions"] = draw(st.lists(end, max_size=15))
    return files


@st.composite
def scans(draw: st.DrawFn) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[dict[str, Any]]]]:
    ids = [f"e{i}" for i in range(draw(st.integers(1, 70)))]
    events = [{"id": i, "type": "im.message.sent"} for i in ids]
    events += [{"id": "s1", "type": "im.session.opened"}]
    events += draw(st.lists(st.sampled_from(events), max_size=5))  # lines repeat
    truth = draw(truths(ids))
    return {"events": events, "truth": truth}, draw(outcomes(ids))


def put(folder: Path, files: dict[str, list[dict[str, Any]]], *, packed: bool) -> None:
    folder.mkdir()
    for name, rows in files.items():
        body = "".join(json.dumps(row) + "\n" for row in rows).encode()
        path = folder / f"{name}.jsonl"
        if packed:
            path = path.with_name(path.name + ".gz")
            body = gzip.compress(body)
        path.write_bytes(body)


def same(ours: Any, theirs: Any) -> bool:
    """Equal to the last digit, with NaN equal to NaN and the keys in the same order."""
    if isinstance(ours, dict):
        return list(ours) == list(theirs) and all(same(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, float) and math.isnan(ours):
        return isinstance(theirs, float) and math.isnan(theirs)
    return bool(ours == theirs)


@given(scan=scans(), packed=st.booleans())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=150,
)
def test_every_figure_is_the_references(
    reference: Scorer,
    scan: tuple[dict[str, list[dict[str, Any]]], dict[str, list[dict[str, Any]]]],
    packed: bool,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world, out = Path(folder, "world"), Path(folder, "out")
        put(world, scan[0], packed=packed)
        put(out, scan[1], packed=False)
        theirs = reference(world, out)
        ours = msgspec.to_builtins(score_folder(world, out))
    assert same(ours, theirs), (ours, theirs)


def test_both_refuse_a_missing_verdict(reference: Scorer, tmp_path: Path) -> None:
    put(tmp_path / "w", {"events": [{"id": "e1", "type": "im.message.sent"}], "truth": []}, packed=False)
    put(tmp_path / "o", {"verdicts": [], "accounts": [], "campaigns": []}, packed=False)
    with pytest.raises(SystemExit, match="1 messages without a verdict"):
        reference(tmp_path / "w", tmp_path / "o")
    with pytest.raises(QualityError, match="without a verdict: 1"):
        score_folder(tmp_path / "w", tmp_path / "o")


@pytest.mark.parametrize("name", ["dev-1", "dev-2"])
def test_a_whole_world_scored_the_same(
    reference: Scorer, shared_data: Path, tmp_path: Path, name: str
) -> None:
    """A made-up scan of a real world: verdicts, accounts and campaigns by arithmetic on the ids."""
    world = shared_data / "spimbench" / "worlds" / name
    if not world.is_dir():
        pytest.skip(f"there is no world {name} beside the checkout")
    verdicts, ends, joined = [], [], {}
    with gzip.open(world / "events.jsonl.gz") as lines:
        for line in lines:
            event = json.loads(line)
            if event["type"] != "im.message.sent" or event["id"] in joined:
                continue
            pick = int(event["id"][1:]) * 2654435761 % 97
            joined[event["id"]] = f"c{pick % 5}" if pick < 40 else None
            action = "allow" if pick % 4 else ("hold", "block", "warn")[pick % 3]
            verdicts.append({"id": event["id"], "action": action})
            if pick % 8 == 0:
                ends.append({"id": event["id"], "outcome": "release", "delay_s": pick})
    accounts, infections = [], []
    with gzip.open(world / "truth.jsonl.gz") as lines:
        for row in map(json.loads, lines):
            if row["kind"] == "account":
                accounts.append({"account": row["account"], "state": "hijacked"})
                infections.append(
                    {"account": row["account"], "infected_by": accounts[len(accounts) // 2]["account"]}
                )
    campaigns = [
        {"id": c, "messages": [i for i, at in joined.items() if at == c], "infections": infections[n::5]}
        for n, c in enumerate(f"c{i}" for i in range(5))
    ]
    put(
        tmp_path / "out",
        {"verdicts": verdicts, "resolutions": ends, "accounts": accounts[::2], "campaigns": campaigns},
        packed=False,
    )
    ours = msgspec.to_builtins(score_folder(world, tmp_path / "out"))
    assert ours["spim"] > 10_000
    assert same(ours, reference(world, tmp_path / "out"))
