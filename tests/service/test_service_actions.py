"""Actions on a real server: asked for once, handed out until answered, ended, taken back."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Any

from service_server import Served, event, message, serving

ALL_HELD = """
[thresholds]
warn = 1e-12
hold = 1e-12
block = 0.999
[hold]
seconds = 0.6
"""
DENIED = """
[lists]
deny_accounts = ["thief"]
"""


def actions(service: Served, after: str = "", wait: float = 0) -> list[dict[str, Any]]:
    answer = service.ask("GET", f"/v1/actions?wait={wait}&after={after}")
    assert answer.status == 200
    found: list[dict[str, Any]] = answer.json["actions"]
    return found


def test_a_hold_ends_by_time_though_nothing_more_happens(tmp_path: Path) -> None:
    with serving(tmp_path / "data", ALL_HELD) as service:
        held = service.check(message("m1")).json
        (release,) = actions(service, wait=10)

        assert (held["action"], held["expires"] > held["time"]) == ("hold", True)
        assert (release["kind"], release["target"], release["cause"]) == ("release", "m1", "m1")
        done = service.ask("POST", f"/v1/actions/{release['action']}/result", {"outcome": "done"})
        assert (done.status, done.json["state"]) == (200, "done")
        assert actions(service) == []


def test_a_hold_ends_once_though_the_service_is_killed_in_between(tmp_path: Path) -> None:
    with serving(tmp_path / "data", ALL_HELD) as service:
        service.check(message("m1"))
        service.kill()
    with serving(tmp_path / "data", ALL_HELD) as service:
        (release,) = actions(service, wait=10)
        service.kill()
    with serving(tmp_path / "data", ALL_HELD) as service:
        assert actions(service) == [release]
        service.ask("POST", f"/v1/actions/{release['action']}/result", {"outcome": "done"})
        service.kill()
    with serving(tmp_path / "data", ALL_HELD) as service:
        assert actions(service) == []
        assert service.ask("GET", f"/v1/actions/{release['action']}").json["state"] == "done"


def test_what_a_block_asks_for_is_handed_out_in_order_and_answered_once(tmp_path: Path) -> None:
    with serving(tmp_path / "data", DENIED) as service:
        service.send(event("s", "session.opened", "thief", session="s1", ip="192.0.2.9"))
        blocked = service.check(message("m1", subject="thief", session="s1"))
        again = service.check(message("m2", "and again", subject="thief", session="s1"))
        asked = actions(service)

        assert {blocked.json["action"], again.json["action"]} == {"block"}
        assert {a["cause"] for a in asked} == {"m1"}
        assert [a["place"] for a in asked] == sorted(a["place"] for a in asked)
        assert all(a["expires"] and a["reasons"] and a["actor"] == "automatic" for a in asked)
        limit = next(a for a in asked if a["kind"] in ("limit", "end_sessions"))
        path = f"/v1/actions/{limit['action']}"
        for _ in range(2):
            assert service.ask("POST", f"{path}/result", {"outcome": "done"}).json["state"] == "done"
        assert service.ask("POST", f"{path}/result", {"outcome": "failed"}).status == 409
        trail = service.ask("GET", path).json["trail"]
        assert [step["state"] for step in trail] == ["open", "done"]


def test_results_may_come_as_events_too(tmp_path: Path) -> None:
    with serving(tmp_path / "data", DENIED) as service:
        service.check(message("m1", subject="thief"))
        first = actions(service)[0]
        service.send(event("r1", "action.failed", "prosody", action=first["action"], cause="no such session"))
        told = service.ask("GET", f"/v1/actions/{first['action']}").json

        assert told["state"] == "failed"
        assert told["trail"][-1]["actor"] == "prosody"
        assert told["trail"][-1]["why"] == "no such session"
        assert first["action"] not in {a["action"] for a in actions(service)}


def test_a_person_takes_an_action_back_and_what_was_done_gets_an_undo(tmp_path: Path) -> None:
    with serving(tmp_path / "data", DENIED) as service:
        service.check(message("m1", subject="thief"))
        asked = {a["kind"]: a for a in actions(service)}
        limit = asked["limit"]["action"]
        service.ask("POST", f"/v1/actions/{limit}/result", {"outcome": "done"})
        undone = service.ask("POST", f"/v1/actions/{limit}/undo", {"by": "eve", "reason": "her own message"})
        (undo,) = [a for a in actions(service) if a["kind"] == "undo"]

        assert undone.json["state"] == "undone"
        assert (undo["undoes"], undo["was"], undo["target"], undo["actor"]) == (
            limit,
            "limit",
            "thief",
            "eve",
        )
        again = service.ask("POST", f"/v1/actions/{limit}/undo", {"by": "eve"})
        assert again.json["state"] == "undone"
        told = asked["notify_owner"]["action"]
        service.ask("POST", f"/v1/actions/{told}/result", {"outcome": "done"})
        assert service.ask("POST", f"/v1/actions/{told}/undo", {}).status == 409


def test_a_persons_word_beats_the_programs(tmp_path: Path) -> None:
    with serving(tmp_path / "data", DENIED) as service:
        service.check(message("m1", subject="thief"))
        before = {a["kind"] for a in actions(service)}
        service.send(event("l1", "label", "eve", target="thief", label="benign", by="eve"))
        service.check(message("m2", "more of it", subject="thief"))

        assert "limit" in before
        assert {a["kind"] for a in actions(service)} <= {"notify_owner"}
        told = service.ask("GET", "/v1/accounts?source=im.example&id=thief").json
        assert {a["state"] for a in told["actions"] if a["kind"] == "limit"} == {"overruled"}


def test_whoever_waits_for_actions_hears_of_them_at_once(tmp_path: Path) -> None:
    with serving(tmp_path / "data", DENIED) as service:
        got: list[Any] = []
        waiting = threading.Thread(target=lambda: got.extend(actions(service, wait=20)))
        waiting.start()
        time.sleep(0.3)
        service.check(message("m1", subject="thief"))
        waiting.join(10)

        assert {a["kind"] for a in got} >= {"limit", "notify_owner"}


def test_a_cursor_leads_on_and_a_strange_one_begins_anew(tmp_path: Path) -> None:
    with serving(tmp_path / "data", DENIED) as service:
        service.check(message("m1", subject="thief"))
        page = service.ask("GET", "/v1/actions?wait=0&limit=1").json
        rest = service.ask("GET", f"/v1/actions?wait=0&after={page['cursor']}").json

        assert len(page["actions"]) == 1
        assert page["actions"][0] not in rest["actions"]
        assert service.ask("GET", f"/v1/actions?wait=0&after={rest['cursor']}").json["actions"] == []
        assert len(actions(service, after="999999")) == 1 + len(rest["actions"])
        assert service.ask("GET", "/v1/actions?wait=0&source=elsewhere").json["actions"] == []


def test_in_shadow_all_is_judged_and_nothing_enforced(tmp_path: Path) -> None:
    with serving(tmp_path / "data", DENIED + "[enforcement]\nshadow = true\n") as service:
        verdict = service.check(message("m1", subject="thief")).json

        assert (verdict["action"], verdict["shadow"]) == ("allow", "block")
        assert actions(service) == []
        account = service.ask("GET", "/v1/accounts?source=im.example&id=thief").json
        assert {a["state"] for a in account["actions"]} == {"shadow"}
        assert "nospim_enforcing 0.0" in service.ask("GET", "/metrics").body.decode()


def test_beyond_its_budget_enforcement_turns_into_shadow_until_a_person_resets_it(tmp_path: Path) -> None:
    budget = "[enforcement]\nper_minute = 4\nshare = 0.01\n"
    with serving(tmp_path / "data", DENIED + budget) as service:
        rungs = [service.check(message(f"m{n}", subject="thief")).json["action"] for n in range(8)]
        state = service.ask("GET", "/v1/enforcement").json
        text = service.ask("GET", "/metrics").body.decode()
        service.kill()
        assert service.process.stderr is not None
        logged = service.process.stderr.read()
    with serving(tmp_path / "data", DENIED + budget) as service:
        kept = service.ask("GET", "/v1/enforcement").json
        reset = service.ask("POST", "/v1/enforcement/reset", {"by": "eve", "reason": "a real attack"}).json
        after = service.check(message("m9", subject="thief")).json

    assert rungs[0] == "block"
    assert rungs[-1] == "allow"
    assert rungs == sorted(rungs, reverse=True)
    assert (state["shadow"], kept["shadow"], reset["shadow"]) == ("breaker", "breaker", "")
    assert "nospim_breaker_trips_total 1.0" in text
    assert '"event": "in shadow"' in logged
    assert after["action"] == "block"


def test_a_changed_policy_is_taken_up_at_sighup_and_a_wrong_one_is_not(tmp_path: Path) -> None:
    file = tmp_path / "data.toml"

    def rung_after(policy: str, wanted: str) -> str:
        file.write_text(policy, encoding="utf-8")
        service.process.send_signal(signal.SIGHUP)
        for _ in range(40):
            found: str = service.check(message(f"{time.time()}", subject="thief")).json["action"]
            if found == wanted:
                break
            time.sleep(0.1)
        return found

    with serving(tmp_path / "data", DENIED) as service:
        assert service.check(message("m1", subject="thief")).json["action"] == "block"
        assert rung_after("[enforcement]\nshadow = true\n", "allow") == "allow"
        assert rung_after("[thresholds]\nwarn = 7\n", "allow") == "allow"
        assert rung_after(DENIED, "block") == "block"
        service.kill()
    with serving(tmp_path / "data", DENIED) as service:
        assert service.check(message("m2", subject="thief")).json["action"] == "block"
