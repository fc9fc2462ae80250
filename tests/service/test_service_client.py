"""The Python client and `nospim follow` against a real service, which may die."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path

import pytest
from service_server import Served, event, message, serving

from nospim.cli import run
from nospim.client import AsyncClient, Client, NotAllowedError, RefusedError
from nospim.events import decode
from nospim.verdicts import Verdict

DENY = '[lists]\ndeny_destinations = ["lure.example"]\n'
TRUST = '[service]\nevent_time = "trust"\n[enforcement]\nper_minute = 1000000\n'


def client_of(service: Served, token: str | None = None) -> Client:
    return Client(f"http://127.0.0.1:{service.port}", token or service.token)


def raw(told: dict[str, object]) -> bytes:
    return json.dumps(told).encode()


def test_check_report_fetch_and_answer(tmp_path: Path) -> None:
    with serving(tmp_path / "data", DENY) as service, client_of(service) as client:
        opened = event("s1", "session.opened", session="k1", ip="192.0.2.7")
        got = client.send([raw(opened), raw(opened), raw(event("x", "message.read"))])
        assert (got.accepted, [r.index for r in got.refused]) == (2, [2])

        lure = decode(raw(message("m1", "look https://lure.example/x", session="k1")))
        verdict = client.check(lure)
        assert isinstance(verdict, Verdict)
        assert verdict.action == "block"
        assert client.check(lure) == verdict == client.verdict("im.example", "m1")
        with pytest.raises(RefusedError, match="409"):
            client.check(decode(raw(message("m1", "something else"))))

        page = client.actions(source="im.example", wait=5)
        assert {action["kind"] for action in page.actions} >= {"limit", "notify_owner"}
        for action in page.actions:
            client.result(action["action"], "done", "as asked")
            client.result(action["action"], "done", "as asked")
        assert client.actions("0", "im.example", wait=0).actions == ()


def test_a_token_without_the_scope_is_told_so(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "data") as service,
        client_of(service, "wrong") as client,
        pytest.raises(NotAllowedError, match="token"),
    ):
        client.send([raw(message("m1"))])


def test_many_at_once_share_one_awaited_client(tmp_path: Path) -> None:
    async def talk(url: str, token: str) -> list[str]:
        async with AsyncClient(url, token) as client:
            asked = [decode(raw(message(f"m{n}", subject=f"p{n}"))) for n in range(50)]
            return [verdict.id for verdict in await asyncio.gather(*map(client.check, asked))]

    with serving(tmp_path / "data") as service:
        ids = asyncio.run(talk(f"http://127.0.0.1:{service.port}", service.token))
    assert ids == [f"m{n}" for n in range(50)]


def test_a_followed_log_is_judged_by_the_service_as_by_a_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = ["--seed", "5", "--accounts", "60", "--days", "4"]
    made += ["--hijacked", "4", "--fakes", "1", "--operators", "1"]
    assert run(["drill", str(tmp_path / "world"), *made]) == 0
    world = gzip.decompress((tmp_path / "world" / "events.jsonl.gz").read_bytes())
    log = tmp_path / "events.jsonl"
    half = world.index(b"\n", len(world) // 2) + 1
    log.write_bytes(world[:half])

    with serving(tmp_path / "data", TRUST) as service:
        monkeypatch.setenv("NOSPIM_TOKEN", service.token)
        to = ["--to", f"http://127.0.0.1:{service.port}", "--state", str(tmp_path / "place"), "--once"]
        assert run(["follow", str(log), *to]) == 0
        service.kill()
    with log.open("ab") as file:
        file.write(world[half:])
    with serving(tmp_path / "data", TRUST) as service:
        to[1] = f"http://127.0.0.1:{service.port}"
        assert run(["follow", str(log), *to]) == 0
        policy = tmp_path / "data.toml"
        assert (
            run(["scan", str(log), "--out", str(tmp_path / "out"), "--policy", str(policy), "--quiet"]) == 0
        )
        lines = (tmp_path / "out" / "verdicts.jsonl").read_bytes().splitlines()
        with client_of(service) as client:
            for line in lines[-200:]:
                wanted = json.loads(line)
                verdict = client.verdict(wanted["source"], wanted["id"])
                assert (verdict.action, verdict.score) == (wanted["action"], wanted["score"])
