"""The service's ledger beside a running service: backed up, brought back, and erased by the day."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from service_server import ROOT, Served, message, serving

from nospim.cli import run
from nospim.ledger import KeyRing
from nospim.ledger.folder import records

LURE = "omg is this you in this video?? http://bit.ly.login-video.example/watch?id={n} look quick"


def lures(count: int) -> list[dict[str, object]]:
    return [message(f"m{n}", LURE.format(n=n), to=[f"friend{n}"]) for n in range(count)]


def test_a_backup_of_a_running_service_brings_its_answers_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, data, keys, safe = (tmp_path / name for name in ("home", "data", "keys", "master.key"))
    asked = lures(40)
    backup = ["ledger", "backup", str(home), "--data-to", str(data), "--keys-to", str(keys)]
    with serving(home) as service:
        before = [service.check(each).json for each in asked[:20]]
        assert run(backup) == 0
        before += [service.check(each).json for each in asked[20:]]
        assert run(backup) == 0
        shutil.copy(home / "keys" / "master.key", safe)
        service.kill()
    shutil.rmtree(home)

    new = tmp_path / "new"
    command = ["ledger", "restore", str(new), "--data-from", str(data), "--keys-from", str(keys)]
    assert run([*command, "--master", str(safe)]) == 0
    assert not (new / "first-token").exists()  # a token in the clear is in no backup, its hash is
    (new / "first-token").write_text(service.token, encoding="utf-8")
    with serving(new) as service:
        assert [service.check(each).json for each in asked] == before
        assert service.check(message("m-new")).status == 200


def test_a_service_erases_what_is_due_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    old, new = message("old", LURE.format(n=1)), message("new")
    with monkeypatch.context() as patch:
        patch.setenv("PYTHONPATH", forty_days_ago(tmp_path))
        with serving(home) as service:
            before = service.check(old).json
            service.kill()  # no snapshot: all it knows is in the journal
    with serving(home) as service:
        assert service.check(new).status == 200
        wait_for_erasure(service)
        assert service.check(old).json == before
        service.kill()
    events = [record.body for record in records(home) if record.kind == "event"]
    assert [body is None for body in events] == [True, False]
    with serving(home) as service:  # the words are gone, and the answer that was given stands
        assert service.check(old).json == before
        assert run(["ledger", "check", str(home)]) == 0


def forty_days_ago(folder: Path) -> str:
    """A PYTHONPATH under which a process has a clock that is forty days late."""
    (folder / "late").mkdir()
    (folder / "late" / "sitecustomize.py").write_text(
        "import time\n\nnow = time.time\ntime.time = lambda: now() - 40 * 86400\n", encoding="utf-8"
    )
    return os.pathsep.join([str(folder / "late"), str(ROOT / "src")])


def wait_for_erasure(service: Served) -> None:
    """Until the service has erased something: it saves its memory first."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if KeyRing.open(service.folder / "keys").destroyed():
            return
        time.sleep(0.05)
    raise AssertionError("the service erased nothing")
