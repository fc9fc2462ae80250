"""What the service knows with hindsight: the campaign and the hijacked accounts of a small drill."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from service_server import serving

from nospim.drill import Plan, generate
from nospim.events import AnyEvent, encode
from nospim.service.wire import MAX_EVENTS

PLAN = Plan(seed=5, accounts=60, days=5, hijacked_per_campaign=5, fakes_per_campaign=3, tactics=("classic",))
TRUST = """
[service]
event_time = "trust"
[enforcement]
per_minute = 100000
"""


def test_a_drill_is_understood_with_hindsight_also_after_a_kill(tmp_path: Path) -> None:
    lines = [encode(cast("AnyEvent", event)) for event in generate(PLAN).received()]
    half = len(lines) // 2
    with serving(tmp_path / "data", TRUST) as service:

        def send(part: list[bytes]) -> None:
            for start in range(0, len(part), MAX_EVENTS):
                body = b"\n".join(part[start : start + MAX_EVENTS])
                answer = service.ask(
                    "POST", "/v1/events", body, headers={"content-type": "application/jsonl"}
                )
                assert answer.status == 202
                assert not answer.json["refused"]

        send(lines[:half])
        service.kill()
    with serving(tmp_path / "data", TRUST) as service:
        send(lines[half:])
        campaigns = service.ask("GET", "/v1/campaigns").json["campaigns"]
        taken = {i["account"] for c in campaigns for i in c["infections"]}
        one = service.ask("GET", f"/v1/campaigns?id={campaigns[0]['id']}").json
        owner = sorted(taken)[0]
        account = service.ask("GET", f"/v1/accounts?source={campaigns[0]['source']}&id={owner}").json

    assert taken
    assert one == campaigns[0]
    assert (account["account"], account["state"]) == (owner, "hijacked")
    assert account["episodes"]
    words = b" ".join(p.read_bytes() for p in (tmp_path / "data").rglob("*") if p.is_file())
    assert one["links"][0].encode() not in words
