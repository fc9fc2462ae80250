"""Takedowns: states, what is due, and looking whether a page is gone, on a server of the test's own."""

from __future__ import annotations

import csv
import io
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nospim.capture.resolve import Resolver
from nospim.cases import decisions as d
from nospim.cases.case import Case, CaseError, add, first_entry, fold, next_entry
from nospim.cases.takedowns import STEPS, Takedown, due
from nospim.cli.takedown import COLUMNS, as_csv
from nospim.reporting.recheck import Rechecked, recheck

sys.path.append(str(Path(__file__).resolve().parents[1] / "capture"))
from hostile import Names, Server, answer, reaching, serving

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
PAGE = "http://evil-login.example/album/7"
FORM = answer("<title>Sign in</title><form method=post action=/go><input type=password name=p></form>")


class Talk:
    """A case with one takedown, as days pass."""

    def __init__(self) -> None:
        opened = d.Opened(title="Pictures", campaigns=("c-1",))
        self.data = [first_entry("K1", opened, AT, "lea")]
        self.case: Case = fold(self.data)
        self.says(0, d.TakedownOpened(url=PAGE, contact="Bad Hosting", role="host"))

    def says(self, day: float, decision: d.Decision) -> Takedown:
        self.data.append(next_entry(self.case, decision, AT + day * DAY, "lea"))
        self.case = add(self.case, self.data[-1], len(self.data) - 1)
        return self.case.takedowns[1]

    def checked(self, day: float, outcome: str) -> Takedown:
        return self.says(day, d.TakedownChecked(takedown=1, outcome=outcome))  # type: ignore[arg-type]


def test_from_the_first_request_to_a_page_that_stays_away() -> None:
    talk = Talk()
    assert due(talk.case.takedowns[1]) == (AT, "ask")
    one = talk.says(0, d.TakedownSent(takedown=1, channel="mail"))
    assert (one.state, due(one)) == ("asked", (AT + 3 * DAY, "look, and ask again"))
    one = talk.says(1, d.TakedownAnswered(takedown=1, answer="accepted", told="within a day"))
    assert (one.state, one.answer, one.sent_by) == ("accepted", "within a day", "lea")
    one = talk.checked(2, "gone")
    assert (one.state, due(one)) == ("gone", (AT + 3 * DAY, "look whether it is still gone"))
    one = talk.checked(3, "gone")
    assert due(one) == (AT + 9 * DAY, "look whether it is still gone")
    one = talk.checked(40, "gone")
    assert (one.gone, due(one)) == (AT + 2 * DAY, None)


def test_a_page_that_comes_back_is_asked_for_again() -> None:
    talk = Talk()
    talk.says(0, d.TakedownSent(takedown=1, channel="mail"))
    talk.checked(1, "gone")
    one = talk.checked(2, "there")
    assert (one.state, due(one)) == ("back", (AT + 2 * DAY, "it is back: ask again"))
    one = talk.says(2, d.TakedownSent(takedown=1, channel="telephone", days=1))
    assert (one.state, one.asks, due(one)) == ("asked", 2, (AT + 3 * DAY, "look, and ask again"))


def test_who_refuses_is_not_the_end_and_who_is_dropped_is() -> None:
    talk = Talk()
    talk.says(0, d.TakedownSent(takedown=1, channel="form"))
    one = talk.says(1, d.TakedownAnswered(takedown=1, answer="refused"))
    assert (one.state, due(one)) == ("refused", (AT + 4 * DAY, "ask somebody else"))
    one = talk.says(2, d.TakedownDropped(takedown=1, reason="the domain ended"))
    assert (one.state, due(one)) == ("dropped", None)


@pytest.mark.parametrize(
    ("decision", "why"),
    [
        (d.TakedownAnswered(takedown=1, answer="accepted"), "was not asked of anybody yet"),
        (d.TakedownSent(takedown=7, channel="mail"), "no takedown 7"),
        (d.TakedownOpened(url=PAGE, contact="Bad Hosting", role="host"), "a takedown of"),
    ],
)
def test_what_cannot_be_is_refused(decision: d.Decision, why: str) -> None:
    with pytest.raises(CaseError, match=why):
        Talk().says(1, decision)


def test_an_unsure_look_changes_no_state() -> None:
    for state, steps in STEPS.items():
        assert "unknown" not in steps, state
    talk = Talk()
    assert talk.checked(1, "unknown").state == "noted"


def test_the_table_for_others_holds_every_date_and_no_formula() -> None:
    talk = Talk()
    talk.says(0, d.TakedownSent(takedown=1, channel="=cmd"))
    [row] = csv.DictReader(io.StringIO(as_csv(talk.case)))

    assert tuple(row) == COLUMNS
    assert (row["url"], row["channel"], row["sent"]) == (PAGE, "'=cmd", "2026-06-01T09:00:00Z")
    assert (row["due"], row["to_do"]) == ("2026-06-04T09:00:00Z", "look, and ask again")


def looked(page: bytes | None, asked: bool = True) -> Rechecked:
    """What a look at a page finds; None for a server that knows no such page."""
    pages = {"/album/7": page} if page is not None else {}
    with serving({**pages, "/": answer("")}) as server:
        return _look(server, asked)


def _look(server: Server, asked: bool, resolve: Resolver | None = None) -> Rechecked:
    def make(resolver: Resolver) -> object:
        names = Names()

        def both(host: str, port: int, seconds: float) -> tuple[str, ...]:
            resolver(host, port, seconds)
            return names(host, port, seconds)

        return reaching(("evil-login.example", server), names=both, answer_seconds=5.0)  # type: ignore[arg-type]

    url = f"http://evil-login.example:{server.port}/album/7"
    return recheck(url, make, asked, resolve=resolve or Names())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("page", "asked", "outcome"),
    [
        (FORM, True, "there"),
        (answer("<p>parked"), True, "changed"),
        (answer("<p>a lure that asks for nothing"), False, "there"),
        (answer("", status="404 Not Found"), True, "gone"),
        (answer("", status="410 Gone"), True, "gone"),
        (answer("", status="451 Unavailable For Legal Reasons"), True, "gone"),
        (answer("", status="403 Forbidden"), True, "unknown"),
        (answer("", status="503 Service Unavailable"), True, "unknown"),
    ],
)
def test_a_look_says_whether_the_page_is_gone(page: bytes, asked: bool, outcome: str) -> None:
    assert looked(page, asked).outcome == outcome


def test_a_page_that_only_telephones_see_is_there() -> None:
    def play(_path: str, request: bytes, wire: socket.socket) -> None:
        wire.sendall(
            FORM if b"iPhone" in request or b"Android" in request else answer("", status="404 Not Found")
        )

    with serving(play) as server:
        assert _look(server, True).outcome == "there"


@pytest.mark.parametrize(
    ("errno", "outcome"),
    [(socket.EAI_NONAME, "gone"), (socket.EAI_NODATA, "gone"), (socket.EAI_AGAIN, "unknown")],
)
def test_a_name_is_gone_where_there_is_none_and_not_where_nobody_can_be_asked(
    errno: int, outcome: str
) -> None:
    def resolve(_host: str, _port: int, _seconds: float) -> tuple[str, ...]:
        raise socket.gaierror(errno, "made up")

    with serving({"/": answer("")}) as server:
        assert _look(server, True, resolve).outcome == outcome


def test_no_look_reaches_inside() -> None:
    with serving({"/": answer("")}) as server:
        from nospim.capture import AddressRules, GuardedFetcher

        url = f"http://127.0.0.1:{server.port}/"
        met = recheck(url, lambda resolve: GuardedFetcher(AddressRules(), resolve), resolve=Names())

    assert (met.outcome, server.requests) == ("unknown", [])
