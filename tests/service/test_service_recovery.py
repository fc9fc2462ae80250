"""Owners are told by the channel that the operator set: once, in their language, and again while it fails."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from service_server import Served, message, serving

from nospim.policy.live import RecoverySettings
from nospim.service.notices import LANGUAGES, notices

DENIED = """
[lists]
deny_accounts = ["thief"]
"""


@contextmanager
def webhook(*statuses: int) -> Iterator[tuple[str, list[Any]]]:
    """A channel that answers with these statuses in turn, then with the last one."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append(json.loads(body))
            self.send_response(statuses[min(len(got), len(statuses)) - 1])
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/owners?from=nospim", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def notice(service: Served) -> Any:
    """The action of telling the owner, once it is over."""
    for _ in range(100):
        account = service.ask("GET", "/v1/accounts?source=im.example&id=thief").json
        found = next(a for a in account["actions"] if a["kind"] == "notify_owner")
        if found["state"] != "open":
            return found
        threading.Event().wait(0.1)
    raise AssertionError("nobody was told")


def test_the_owner_is_told_once_by_webhook_though_it_fails_at_first(tmp_path: Path) -> None:
    with webhook(500, 204) as (url, got):
        policy = DENIED + f'[recovery]\nwebhook = "{url}"\nlanguage = "de"\nhelp = "+49 30 123"\n'
        with serving(tmp_path / "data", policy) as service:
            service.check(message("m1", subject="thief"))
            handed = service.ask("GET", "/v1/actions?wait=0").json["actions"]
            told = notice(service)
            service.kill()
        with serving(tmp_path / "data", policy):
            pass

    assert "notify_owner" not in {a["kind"] for a in handed}
    assert (told["state"], told["trail"][-1]["actor"]) == ("done", "recovery channel")
    assert [g["action"] for g in got] == [told["action"]] * 2
    assert (got[0]["language"], got[0]["account"]) == ("de", "thief")
    assert set(got[0]["notices"]) == set(LANGUAGES)
    assert "+49 30 123" in got[0]["notices"]["de"]["text"]


def test_a_command_gets_it_on_standard_input(tmp_path: Path) -> None:
    wrote = tmp_path / "told.json"
    keep = f"import sys; open({str(wrote)!r}, 'wb').write(sys.stdin.buffer.read())"
    command = json.dumps([sys.executable, "-c", keep])
    with serving(tmp_path / "data", DENIED + f"[recovery]\ncommand = {command}\n") as service:
        service.check(message("m1", subject="thief"))
        assert notice(service)["state"] == "done"

    assert json.loads(wrote.read_text(encoding="utf-8"))["account"] == "thief"


def test_without_a_channel_the_adapter_gets_the_texts(tmp_path: Path) -> None:
    with serving(tmp_path / "data", DENIED) as service:
        service.check(message("m1", subject="thief"))
        handed = service.ask("GET", "/v1/actions?wait=0").json["actions"]

    (told,) = [a for a in handed if a["kind"] == "notify_owner"]
    assert next(iter(told["notices"])) == "en"
    assert "thief" in told["notices"]["ar"]["text"]


@pytest.mark.parametrize("kind", ["notify_owner", "notify_recipients"])
def test_every_language_tells_the_same_things_and_holds_no_link(kind: str) -> None:
    settings = RecoverySettings(service_name="Example Chat", help="help desk, 2nd floor", language="fr")
    texts = notices(kind, "ann@im.example", settings)

    assert set(texts) == {"en", "de", "fr", "es", "zh", "ru", "ar", "hi"}
    assert next(iter(texts)) == "fr"
    for told in texts.values():
        assert "ann@im.example" in told.text
        assert "Example Chat" in told.text
        assert told.text.endswith("help desk, 2nd floor")
        assert not re.search(r"https?:|www\.|[{}]", told.subject + told.text)


def test_an_account_cannot_write_itself_into_the_text() -> None:
    told = notices("notify_owner", "{service}{help}", RecoverySettings(service_name="X", help="call us"))[
        "en"
    ]

    assert "{service}{help}" in told.text


def test_other_actions_tell_nobody() -> None:
    assert notices("limit", "ann", RecoverySettings()) == {}
