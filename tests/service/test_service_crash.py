"""What a crash leaves: everything that was acknowledged, the same answers, no action twice."""

from __future__ import annotations

import time
from pathlib import Path

from service_server import event, message, serving

LURE = "omg is this you in this video?? http://bit.ly.login-video.example/watch?id={n} look quick"


def test_what_was_acknowledged_is_there_after_a_kill_and_answers_are_the_same(tmp_path: Path) -> None:
    asked = [message(f"m{n}", LURE.format(n=n), to=[f"friend{n}"]) for n in range(60)]
    with serving(tmp_path / "data") as service:
        service.send(event("s", "session.opened", session="s1", ip="192.0.2.1", country="DE"))
        before = [service.check(each).json for each in asked]
        actions = service.ask("GET", "/v1/actions?wait=0").json["actions"]
        service.kill()
    with serving(tmp_path / "data") as service:
        after = [service.check(each).json for each in asked]
        again = service.ask("GET", "/v1/actions?wait=0").json["actions"]
        conflict = service.check(message("m0", "other words"))

    assert after == before
    assert {v["action"] for v in before} > {"allow"}
    assert again == actions
    assert conflict.status == 409


def test_a_stop_saves_the_state_and_a_start_goes_on_from_it(tmp_path: Path) -> None:
    asked = message("m1")
    with serving(tmp_path / "data") as service:
        before = service.check(asked).json
        assert service.stop() == 0
    assert list((tmp_path / "data" / "snapshots").iterdir())
    with serving(tmp_path / "data") as service:
        assert service.check(asked).json == before
        service.check(message("m2"))
        service.kill()
    with serving(tmp_path / "data") as service:
        assert service.check(asked).json == before


def test_a_torn_record_is_cut_off_and_the_ones_before_it_count(tmp_path: Path) -> None:
    asked = message("m1")
    with serving(tmp_path / "data") as service:
        before = service.check(asked).json
        service.kill()
    segment = max((tmp_path / "data" / "journal").glob("*.jnl"))
    with segment.open("ab") as file:
        file.write(b"rec\n half a record")
    with serving(tmp_path / "data") as service:
        assert service.check(asked).json == before
        assert service.check(message("m2")).status == 200
        service.kill()
    with serving(tmp_path / "data") as service:
        assert service.check(asked).json == before


def test_the_state_is_saved_while_the_service_goes_on_and_what_came_meanwhile_is_replayed(
    tmp_path: Path,
) -> None:
    policy = "[service]\nsnapshot_events = 50\n"
    snapshots = tmp_path / "data" / "snapshots"
    asked = [message(f"m{n}") for n in range(400)]
    with serving(tmp_path / "data", policy) as service:
        for start in range(0, len(asked), 20):
            assert service.send(*asked[start : start + 20]).status == 202
        for _ in range(100):
            newest = max((int(p.stem) for p in snapshots.glob("*.snap")), default=0)
            if newest > 50:
                break
            time.sleep(0.1)
        before = [service.check(each).json for each in asked[::40]]
        said = service.ask("GET", "/readyz", token=None).status
        service.kill()
    with serving(tmp_path / "data", policy) as service:
        assert [service.check(each).json for each in asked[::40]] == before
        assert service.check(message("m0", "other words")).status == 409

    assert newest > 50
    assert said == 200
