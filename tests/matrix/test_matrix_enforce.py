"""Carrying out actions: the order, what is answered where Synapse cannot, what if it is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nospim.client import RefusedError
from nospim.matrix.admin import AdminError, AwayError, SynapseAdmin
from nospim.matrix.canonical import Json
from nospim.matrix.enforce import Choices, Enforcer
from nospim.matrix.notices import Notices, read_notices
from nospim.matrix.reports import report_of
from nospim.matrix.worked import Worked

HERE = "a.example"
ANN = f"@ann:{HERE}"
LURE: Json = {"sender": ANN, "room_id": "!r", "origin_server_ts": 5, "type": "m.room.message"}
Answer = Callable[[str, str, Any], Json]


class ToldSynapse(SynapseAdmin):
    """Answers each request as the test says, and remembers what it was asked."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("http://127.0.0.1:1", "token", HERE)
        self.asked: list[tuple[str, str, Any]] = []
        self.answer = answer

    async def _ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Json:
        assert token in (None, "t", "m")
        self.asked.append((method, path, body))
        return self.answer(method, path, body)


class ToldClient:
    """Takes results."""

    def __init__(self) -> None:
        self.results: list[tuple[str, str, str]] = []
        self.refuses = False

    async def result(self, action: str, outcome: str, detail: str) -> None:
        if self.refuses:
            raise RefusedError(409, "Conflict", "done already")
        self.results.append((action, outcome, detail))


class Scene:
    """An enforcer between the two."""

    def __init__(self, folder: Path, answer: Answer, **choices: Any) -> None:
        self.admin, self.client, self.worked = ToldSynapse(answer), ToldClient(), Worked(folder / "w.sqlite")
        usual: dict[str, Any] = {"notices": "server", "require_password": "auto", "module_token": None}
        chosen = Choices("matrix:a", **(usual | choices))
        self.enforcer = Enforcer(self.client, self.admin, self.worked, Notices(), chosen)  # type: ignore[arg-type]

    def page(self, *actions: Json) -> bool:
        return asyncio.run(self.enforcer.page(actions))

    def one(self, kind: str, target: str = ANN, **more: Any) -> tuple[str, str]:
        action = {"action": f"a-{kind}", "kind": kind, "target": target, "account": ANN, "place": 1, **more}
        self.page(action)
        return self.client.results[-1][1:]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Scene]]:
    made: list[Scene] = []

    def making(answer: Answer = lambda *_: {}, **choices: Any) -> Scene:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Scene(folder, answer, **choices))
        return made[-1]

    yield making
    for scene in made:
        scene.worked.close()
        asyncio.run(scene.admin.close())


def test_the_thief_goes_first_and_lures_before_the_lock(make: Callable[..., Scene]) -> None:
    scene = make(
        lambda _, path, __: {"event": LURE, "access_token": "t"} if "users" in path or "event" in path else {}
    )
    kinds = ("notify_recipients", "require_password", "undo", "recall", "end_sessions")
    scene.page(
        *({"action": k, "kind": k, "target": ANN, "account": ANN, "place": n} for n, k in enumerate(kinds))
    )

    done = [action for action, _, _ in scene.client.results]
    assert done == ["end_sessions", "recall", "require_password", "notify_recipients", "undo"]


def test_while_synapse_is_away_nothing_is_answered_and_it_is_tried_again(make: Callable[..., Scene]) -> None:
    away = [True]

    def answer(*_: Any) -> Json:
        if away[0]:
            raise AwayError("connection refused")
        return {}

    scene = make(answer)
    action = {"action": "a", "kind": "suspend", "target": ANN, "account": ANN}
    assert scene.page(action) is False
    assert scene.client.results == []
    away[0] = False
    assert scene.page(action) is True
    assert scene.client.results == [("a", "done", "it can read and not write")]


def test_a_result_that_was_given_already_is_no_trouble(make: Callable[..., Scene]) -> None:
    scene = make()
    scene.client.refuses = True
    assert scene.page({"action": "a", "kind": "suspend", "target": ANN, "account": ANN}) is True


@pytest.mark.parametrize(
    "kind", ["end_sessions", "require_password", "limit", "suspend", "notify_owner", "step_up"]
)
def test_people_of_other_servers_are_out_of_reach_and_that_is_said(
    make: Callable[..., Scene], kind: str
) -> None:
    scene = make()
    assert scene.one(kind, "@bo:b.example") == ("failed", "the account is on another server")
    assert scene.admin.asked == []


def test_one_device_or_all(make: Callable[..., Scene]) -> None:
    scene = make(lambda *_: {"devices": [{"device_id": "A"}, {"device_id": "B"}]})
    assert scene.one("end_sessions", f"{ANN} B") == ("done", "1 of 2 sessions ended")
    assert scene.one("end_sessions", ANN) == ("done", "2 of 2 sessions ended")
    assert scene.one("end_sessions", f"{ANN} GONE") == ("done", "0 of 2 sessions ended")
    assert [body["devices"] for _, path, body in scene.admin.asked if "delete" in path] == [["B"], ["A", "B"]]


@pytest.mark.parametrize(
    ("how", "mail", "path"),
    [("auto", True, "reset_password"), ("auto", False, "/v2/users/"), ("lock", True, "/v2/users/"),
     ("reset", False, "reset_password")],
)  # fmt: skip
def test_what_a_new_password_means_is_the_operators_choice(
    make: Callable[..., Scene], how: str, mail: bool, path: str
) -> None:
    threepids = [{"medium": "email", "address": "x"}] if mail else []
    scene = make(lambda *_: {"threepids": threepids}, require_password=how)
    outcome, detail = scene.one("require_password")
    _, asked, body = scene.admin.asked[-1]

    assert outcome == "done"
    assert path in asked
    assert ("mail" in detail) == ("reset" in path)
    if "reset" in path:
        assert len(body["new_password"]) > 40
        assert body["logout_devices"] is False


def test_only_a_lock_of_ours_is_undone(make: Callable[..., Scene]) -> None:
    scene = make(require_password="lock")  # noqa: S106
    assert scene.one("undo", was="require_password")[1].startswith("a new password had been asked for")
    scene.one("require_password")
    assert scene.one("undo", was="require_password") == ("done", "as before")
    assert scene.admin.asked[-1][2] == {"locked": False}
    scene.one("undo", was="suspend")
    assert scene.admin.asked[-1][2] == {"suspend": False}


def test_a_limit_needs_the_module(make: Callable[..., Scene]) -> None:
    assert make().one("limit")[0] == "failed"
    scene = make(module_token="m")  # noqa: S106
    assert scene.one("limit", expires="2026-11-02T09:00:00Z") == ("done", "a few messages a minute")
    assert scene.admin.asked == [
        ("POST", "/_synapse/client/nospim", {"do": "limit", "user": ANN, "until": 1_793_610_000.0})
    ]
    scene.one("undo", was="limit")
    assert scene.admin.asked[-1][2]["until"] == 0


def test_a_lure_of_a_locked_account_is_taken_back_all_the_same(make: Callable[..., Scene]) -> None:
    def answer(method: str, path: str, body: Any) -> Json:
        if "fetch_event" in path:
            return {"event": LURE}
        if path.endswith("/login"):
            return {"access_token": "t"}
        if "/redact/" in path and method == "PUT":
            raise AdminError(401, "M_USER_LOCKED", "locked")
        return {"redact_id": "r", "status": "complete"}

    scene = make(answer)
    assert scene.one("recall", "$lure") == ("done", "taken back")
    assert ("POST", "/_matrix/client/v3/logout", {}) in scene.admin.asked
    body = next(body for _, path, body in scene.admin.asked if path.endswith("/redact"))
    assert {k: body[k] for k in ("rooms", "after_ts", "before_ts")} == {
        "rooms": ["!r"],
        "after_ts": 4,
        "before_ts": 6,
    }


def test_a_lure_of_another_server_is_taken_back_where_we_have_a_say(make: Callable[..., Scene]) -> None:
    theirs = LURE | {"sender": "@bo:b.example"}
    say = [True]

    def answer(_: str, path: str, __: Any) -> Json:
        if "fetch_event" in path:
            return {"event": theirs}
        if not say[0]:
            raise AdminError(403, "M_FORBIDDEN", "no power")
        return {}

    scene = make(answer)
    assert scene.one("recall", "$lure") == ("done", "taken back")
    say[0] = False
    assert scene.one("recall", "$lure")[0] == "failed"


@pytest.mark.parametrize(
    ("kind", "there", "outcome"),
    [
        ("release", True, "done"),
        ("release", False, "failed"),
        ("drop", False, "done"),
        ("recall", False, "failed"),
    ],
)
def test_ends_of_holds_where_nothing_can_wait(
    make: Callable[..., Scene], kind: str, there: bool, outcome: str
) -> None:
    def answer(*_: Any) -> Json:
        if not there:
            raise AdminError(404, "M_NOT_FOUND", "no")
        return {"event": LURE}

    assert make(answer).one(kind, "$m")[0] == outcome


def test_everybody_who_got_a_lure_is_told_once(make: Callable[..., Scene]) -> None:
    people = [ANN, f"@bo:{HERE}", f"@cy:{HERE}", "@dee:b.example"]
    scene = make(lambda _, path, __: {"members": people} if path.endswith("members") else {})
    scene.worked.recalled("$one", ANN, "!r", 0)
    assert scene.one("notify_recipients")[1].startswith("2 of 3 people told")
    assert scene.one("notify_recipients")[1].startswith("0 of 1 people told")
    scene.worked.recalled("$two", ANN, "!r", 0)
    assert scene.one("notify_recipients")[1].startswith("2 of 3 people told")

    told = [body["user_id"] for _, path, body in scene.admin.asked if "notice" in path]
    assert told == [f"@bo:{HERE}", f"@cy:{HERE}"] * 2


def test_a_bot_tells_in_one_room_for_each_person(make: Callable[..., Scene]) -> None:
    scene = make(lambda *_: {"room_id": "!n"}, notices="bot")
    scene.one("notify_owner")
    scene.one("step_up")
    paths = [path.partition("?")[0].rsplit("/", 1)[0] for _, path, _ in scene.admin.asked]
    assert paths == ["/_matrix/client/v3", *["/_matrix/client/v3/rooms/%21n/send/m.room.message"] * 2]


def test_an_unknown_kind_and_a_refusal_of_synapse_are_answered(make: Callable[..., Scene]) -> None:
    def answer(*_: Any) -> Json:
        raise AdminError(404, "M_NOT_FOUND", "no such user")

    scene = make(answer)
    assert scene.one("dance") == ("failed", "this adapter does not know such an action")
    assert scene.page({"action": "c", "kind": "capture", "target": "https://l.example/"})
    assert [action for action, _, _ in scene.client.results] == ["a-dance"]  # others carry that out
    assert scene.one("suspend") == ("failed", "Synapse answers 404 M_NOT_FOUND: no such user")


def test_words_of_the_operators_own(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text('owner = "Ihr Konto {account} wurde missbraucht."\n')
    notices = read_notices(tmp_path / "t.toml")
    assert notices.say("owner", ANN) == f"Ihr Konto {ANN} wurde missbraucht."
    assert notices.say("clicked", ANN).startswith("You opened")


def test_reports_are_events_and_what_cannot_be_one_is_left_out() -> None:
    row = {"id": 7, "received_ts": 0, "event_id": "$e", "user_id": "@bo:b", "sender": ANN, "reason": "spam"}
    told = report_of(row, "matrix:a")
    assert told is not None
    assert (told["id"], told["subject"]) == ("report-7", "@bo:b")
    assert told["data"] == {"message": "$e", "accused": ANN, "comment": "spam"}
    assert report_of(row | {"sender": None}, "matrix:a") is None
