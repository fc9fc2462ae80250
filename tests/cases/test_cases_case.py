"""A case is its entries: who may decide what, from which state to which, and no entry out of place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from nospim.cases import decisions as d
from nospim.cases.case import Case, CaseError, add, first_entry, fold, next_entry
from nospim.cases.identify import HOLDERS
from nospim.cases.rules import MEANING, PERMITTED, TRANSITIONS

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)


class Talk:
    """A case under way, one decision after the other."""

    def __init__(self) -> None:
        opened = d.Opened(title="Gift cards", campaigns=("c-1",))
        self.data = [first_entry("K1", opened, AT, "lea")]
        self.case = fold(self.data)

    def says(self, by: str, decision: d.Decision) -> Case:
        at = AT + timedelta(minutes=len(self.data))
        self.data.append(next_entry(self.case, decision, at, by))
        self.case = add(self.case, self.data[-1], len(self.data) - 1)
        return self.case


@pytest.fixture
def talk() -> Talk:
    made = Talk()
    for person, role in (
        ("ivo", "investigator"),
        ("cora", "counsel"),
        ("vic", "viewer"),
        ("abe", "approver"),
    ):
        made.says("lea", d.PersonAdded(person=person, role=role))  # type: ignore[arg-type]
    return made


def test_a_case_grows_by_decisions_and_says_how_it_stands(talk: Talk) -> None:
    talk.says("cora", d.StateChanged(to="investigating", reason="enough to go on"))
    talk.says("ivo", d.CampaignAdded(campaign="c-2", reason="same page"))
    talk.says("ivo", d.NoteAdded(text="the page moved on 3 May"))
    talk.says("cora", d.NoteAdded(text="ask for the registrar's records", mark="privileged"))
    task = talk.says("ivo", d.TaskAdded(task="capture the page", assignee="ivo", due=date(2026, 6, 3)))
    number = task.entries - 1
    talk.says("ivo", d.TaskDone(task=number, result="captured twice"))
    case = talk.says("cora", d.StateChanged(to="filed", reason="complaint lodged"))

    assert case.state == "filed"
    assert case.campaigns == ["c-1", "c-2"]
    assert list(case.done) == [number]
    assert [note.mark for note in case.notes.values()] == ["", "privileged"]
    assert fold(talk.data) == case


def test_a_hold_stands_until_counsel_lifts_it(talk: Talk) -> None:
    hold = talk.says("ivo", d.HoldPlaced(reason="litigation likely", campaigns=("c-1",))).entries - 1
    with pytest.raises(CaseError, match="may not decide this"):
        talk.says("ivo", d.HoldLifted(hold=hold, reason="tidying"))
    assert list(talk.case.holds) == [hold]

    talk.says("cora", d.HoldLifted(hold=hold, reason="settled"))
    assert not talk.case.holds
    with pytest.raises(CaseError, match="no hold"):
        talk.says("cora", d.HoldLifted(hold=hold, reason="again"))


@pytest.mark.parametrize(
    ("by", "decision", "why"),
    [
        ("eve", d.NoteAdded(text="x"), "does not work on case"),
        ("vic", d.NoteAdded(text="x"), "viewer"),
        ("ivo", d.PersonAdded(person="eve", role="lead"), "may not decide this"),
        ("ivo", d.StateChanged(to="investigating", reason="x"), "may not decide this"),
        ("lea", d.StateChanged(to="decided", reason="x"), "goes to investigating, closed, not to decided"),
        ("lea", d.PersonRemoved(person="lea", reason="x"), "only lead"),
        ("lea", d.PersonAdded(person="lea", role="viewer"), "only lead"),
        ("lea", d.PersonRemoved(person="eve", reason="x"), "does not work on it"),
        ("lea", d.CampaignAdded(campaign="c-1", reason="x"), "in it already"),
        ("lea", d.TaskDone(task=0), "no open task"),
        ("lea", d.HoldPlaced(reason="x", since=AT, until=AT - timedelta(1)), "ends before it begins"),
        ("lea", d.DoeNamed(doe="Doe 1", name="N. N.", basis="subpoena"), "no unnamed"),
        ("lea", d.Opened(title="again", campaigns=()), "may not decide this"),
        (
            "ivo",
            d.Exported(to="court", ground="order", approver="ivo", sealed=False, digest="0" * 64),
            "may not approve",
        ),
    ],
)
def test_what_is_not_allowed_is_refused_with_the_reason(
    talk: Talk, by: str, decision: d.Decision, why: str
) -> None:
    before = talk.case.entries
    with pytest.raises(CaseError, match=why):
        talk.says(by, decision)
    assert talk.case.entries == before


def cost(**changed: str) -> d.CostAdded:
    base = d.CostAdded(
        kind="staff", task="reset accounts", day=date(2026, 5, 4), currency="USD", person="ivo", hours="3.5",
        rate="85",
    )  # fmt: skip
    return replace(base, **changed)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (cost(person=""), "need a person"),
        (cost(hours="0"), "need a person"),
        (cost(amount="10"), "leave it out"),
        (cost(kind="compute"), "needs an amount"),
        (cost(kind="invoice", amount="5"), "needs its number"),
    ],
)
def test_a_cost_that_cannot_be_followed_is_refused(talk: Talk, wrong: d.CostAdded, why: str) -> None:
    with pytest.raises(CaseError, match=why):
        talk.says("ivo", wrong)


def test_a_person_unknown_gets_a_name_once(talk: Talk) -> None:
    doe = d.DoeAdded(name="Doe 1", identifiers=(d.Identifier(kind="registrar", value="a.example"),))
    talk.says("ivo", doe)
    with pytest.raises(CaseError, match="already"):
        talk.says("ivo", doe)
    case = talk.says("cora", d.DoeNamed(doe="Doe 1", name="N. N.", basis="the registrar's answer"))

    assert case.named["Doe 1"].name == "N. N."


def test_entries_cannot_be_changed_left_out_or_moved(talk: Talk) -> None:
    talk.says("ivo", d.NoteAdded(text="the page moved"))
    data = talk.data
    changed = data[-1].replace(b"moved", b"stood")
    for wrong in (
        data[1:],
        [*data[:2], *data[3:]],
        [*data[:2], data[3], data[2], *data[4:]],
        [*data[:3], data[2], *data[3:]],
        [*data, data[0]],
        [*data[:-1], changed + b" "],
        [b"{}"],
        [],
    ):
        with pytest.raises(CaseError):
            fold(wrong)
    assert d.digest(changed) != talk.case.last


def test_an_entry_before_the_last_cannot_be_changed(talk: Talk) -> None:
    talk.says("ivo", d.NoteAdded(text="the page moved"))
    talk.says("ivo", d.NoteAdded(text="second"))
    with pytest.raises(CaseError, match="does not follow"):
        fold([*talk.data[:-2], talk.data[-2].replace(b"moved", b"stood"), talk.data[-1]])


def test_an_entry_that_was_not_allowed_makes_the_case_unreadable(talk: Talk) -> None:
    forged = d.encode(
        d.CaseEntry(case="K1", number=talk.case.entries, at=AT, by="vic", previous=talk.case.last,
                    decision=d.StateChanged(to="closed", reason="x"))
    )  # fmt: skip
    with pytest.raises(CaseError, match="viewer"):
        fold([*talk.data, forged])


def test_the_tables_cover_every_state_kind_of_decision_and_identifier() -> None:
    assert set(TRANSITIONS) == set(MEANING) == set(d.State.__args__)  # type: ignore[attr-defined]
    assert {to for targets in TRANSITIONS.values() for to in targets} == set(TRANSITIONS)
    kinds = {d.tag_of(each) for each in d.Decision.__args__ if each is not d.Opened}
    assert set(PERMITTED) == kinds
    schema = msgspec.json.schema(d.Identifier)["$defs"]["Identifier"]["properties"]["kind"]["enum"]
    assert set(HOLDERS) == set(schema)
