"""The calls of the contract, on a real server: what they take, what they answer, whom they refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from service_server import BATCH, Served, event, message, serving


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("service") / "data") as served:
        yield served


def test_a_first_start_says_where_it_is_and_what_to_do(service: Served) -> None:
    said = "\n".join(service.said)

    assert str(service.folder / "first-token") in said
    assert "nospim token new" in said
    assert service.token not in said
    assert (
        service.folder.stat().st_mode & 0o777,
        (service.folder / "first-token").stat().st_mode & 0o777,
    ) == (
        0o700,
        0o600,
    )


def test_a_message_gets_its_verdict_and_the_same_one_again(service: Served) -> None:
    asked = message("once")

    first, again = service.check(asked), service.check(asked)

    assert first.status == again.status == 200
    assert first.json == again.json
    assert first.json["id"] == "once"
    assert first.json["action"] == "allow"
    assert sum(reason["bits"] for reason in first.json["reasons"]) < 0
    assert service.ask("GET", "/v1/verdicts?source=im.example&id=once").json == first.json


def test_a_member_order_of_its_own_makes_no_other_event(service: Served) -> None:
    asked = message("turned")

    assert service.check(asked).json == service.check(dict(reversed(asked.items()))).json


def test_other_content_under_a_used_id_is_a_conflict(service: Served) -> None:
    service.check(message("used"))

    refused = service.check(message("used", "something else"))

    assert refused.status == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json["type"] == "urn:nospim:problem:conflict"
    batch = service.send(message("used", "and else"), message("fresh"))
    assert (batch.status, batch.json["accepted"]) == (202, 1)
    assert [(r["index"], r["status"], r["id"]) for r in batch.json["refused"]] == [(0, 409, "used")]


def test_a_batch_is_taken_in_and_each_refusal_has_its_reason(service: Served) -> None:
    twice = message("b3")

    answer = service.send(
        event("b1", "session.opened", session="s1", ip="192.0.2.7"),
        {"id": "b2"},
        twice,
        twice,
    )

    assert answer.status == 202
    assert (answer.json["accepted"], answer.json["repeats"]) == (3, 1)
    (refused,) = answer.json["refused"]
    assert refused["index"] == 1
    assert refused["reason"]
    assert service.ask("GET", "/v1/verdicts?source=im.example&id=b3").json["action"] == "allow"


def test_events_come_in_all_modes_of_cloudevents_and_as_lines(service: Served) -> None:
    binary = message("binary", "h\u00e9 bob, lunch?", subject="\u00e4nn")
    headers = {f"ce-{k}": quote(v, safe=":") for k, v in binary.items() if k not in ("data",)}
    data = json.dumps(binary["data"]).encode()

    answer = service.ask("POST", "/v1/check", data, headers=headers | {"content-type": "application/json"})
    assert (answer.status, answer.json["account"]) == (200, "\u00e4nn")
    assert service.check(binary).json == answer.json
    single = service.ask("POST", "/v1/events", event("single", "account.created"))
    assert (single.status, single.json["accepted"]) == (202, 1)
    lines = "\n".join(json.dumps(event(f"line{n}", "account.created")) for n in range(3)).encode()
    many = service.ask("POST", "/v1/events", lines, headers={"content-type": "application/jsonl"})
    assert many.json["accepted"] == 3


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 422),
        (b"{", "application/json", 422),
        (b"[" * 5000, "application/json", 422),
        (b'{"specversion":"1.0"}', "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b"<message/>", "text/xml", 415),
        (b"[]", BATCH, 415),
    ],
)
def test_what_is_no_message_is_refused_with_a_problem_document(
    service: Served, body: bytes, kind: str, status: int
) -> None:
    answer = service.ask("POST", "/v1/check", body, headers={"content-type": kind})

    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["detail"]


def test_only_messages_are_checked(service: Served) -> None:
    assert service.check(event("no-message", "account.created")).status == 422


def test_sizes_are_limited(service: Served) -> None:
    assert service.check(message("long", "x" * (1 << 20))).status == 413
    many = json.dumps([{}] * 1001).encode()
    assert service.ask("POST", "/v1/events", many, headers={"content-type": BATCH}).status == 413
    assert service.ask("POST", "/v1/events", b"[" + b" " * (8 << 20) + b"]").status == 413


def token(service: Served, *scopes: str) -> str:
    command = [
        sys.executable,
        "-m",
        "nospim",
        "token",
        "new",
        "--data",
        str(service.folder),
        "--name",
        "test",
    ]
    for scope in scopes:
        command += ["--scope", scope]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_token_opens_what_its_scopes_say_and_only_its_hash_is_kept(service: Served) -> None:
    check, report = token(service, "check"), token(service, "report")
    service.ask("GET", "/v1/actions?wait=1.2")  # by then the service has looked at the file again

    assert service.ask("POST", "/v1/check", message("scoped"), token=check).status == 200
    assert service.ask("POST", "/v1/check", message("scoped"), token=report).status == 403
    assert service.ask("POST", "/v1/events", message("scoped"), token=check).status == 403
    assert service.ask("GET", "/v1/actions?wait=0", token=report).status == 200
    assert service.ask("GET", "/v1/campaigns", token=report).status == 403
    label = event("l1", "label", "admin", target="bob", label="benign")
    assert service.ask("POST", "/v1/events", label, token=report).status == 403
    assert service.ask("POST", "/v1/events", label).status == 202
    for bad in (None, "wrong", check[:-1]):
        refused = service.ask("GET", "/metrics", token=bad)
        assert refused.status == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")
    assert check not in (service.folder / "tokens.json").read_text(encoding="utf-8")
    revoke = [sys.executable, "-m", "nospim", "token", "revoke", "test", "--data", str(service.folder)]
    subprocess.run(revoke, check=True, capture_output=True)
    service.ask("GET", "/v1/actions?wait=1.2")
    assert service.ask("POST", "/v1/check", message("scoped"), token=check).status == 401


def test_health_needs_no_token_and_metrics_are_prometheus(service: Served) -> None:
    assert service.ask("GET", "/healthz", token=None).json == {"status": "alive"}
    assert service.ask("GET", "/readyz", token=None).json["status"] == "ready"
    text = service.ask("GET", "/metrics").body.decode()
    assert 'nospim_verdicts_total{action="allow"}' in text
    assert 'nospim_answer_seconds_bucket{le="0.005"}' in text


def test_what_is_not_there_is_not_found(service: Served) -> None:
    assert service.ask("GET", "/v1/nothing").status == 404
    assert service.ask("DELETE", "/v1/check").status == 405
    assert service.ask("GET", "/v1/verdicts?source=im.example&id=never").status == 404
    assert service.ask("GET", "/v1/verdicts").status == 400
    assert service.ask("POST", "/v1/actions/a-0/result", {"outcome": "done"}).status == 404
    assert service.ask("GET", "/v1/accounts?source=im.example&id=nobody").status == 404
    assert service.ask("GET", "/v1/campaigns").json == {"campaigns": []}


def test_the_description_is_served(service: Served) -> None:
    assert service.ask("GET", "/openapi.json").json["openapi"].startswith("3.1")


def test_a_second_service_on_the_same_folder_is_refused_in_one_line(service: Served) -> None:
    command = [sys.executable, "-m", "nospim", "serve", "--data", str(service.folder), "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "stop it first" in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - that it is refused is the point
def test_it_does_not_listen_to_other_machines_in_the_clear(tmp_path: Path, host: str) -> None:
    command = [sys.executable, "-m", "nospim", "serve", "--data", str(tmp_path / "d"), "--host", host]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "in the clear" in done.stderr
