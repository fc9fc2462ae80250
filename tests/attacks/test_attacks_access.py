"""Other ways into an account and out of it: guessed passwords, apps, a lock-out, the account's end."""

from __future__ import annotations

from typing import Any

import pytest

from im_transcript import HOME, THIEF, Heard, Transcript

PEOPLE = [f"p{n}@im.example" for n in range(40)]
ANN, BOB = PEOPLE[0], PEOPLE[1]
LURE = "is this you in the video? log in to see http://photos-of-you.example/{n}"
NEAR = {**THIEF, "country": "NL", "client": "Dino/0.4"}
"""A thief who takes care to look like the owner."""
WRONG = {"ip": THIEF["ip"], "asn": THIEF["asn"], "reason": "wrong_password"}


def neighbours(days: int = 6) -> Transcript:
    """Forty people who know each other and live from home."""
    told = Transcript()
    for n, person in enumerate(PEOPLE):
        told.tell("account.created", person)
        told.friends(person, *PEOPLE[n + 1 : n + 6])
    told.wait(30 * 86400)
    for n, person in enumerate(PEOPLE):
        start = told.now
        told.life(person, PEOPLE[(n + 1) % len(PEOPLE)], days)
        told.now = start + 60
    told.wait(days * 86400)
    return told


def said_of_the_sign_in(told: Transcript, place: dict[str, Any] = NEAR) -> float:
    """Bits of Ann's next sign-in from a place."""
    told.wait(60)
    told.tell("session.opened", ANN, session="next", **place)
    message = told.say(ANN, BOB, "see you on sunday", "next")
    return Heard(told).reason(message, "sign_in") or 0


def in_peace(place: dict[str, Any] = NEAR) -> float:
    return said_of_the_sign_in(neighbours(), place)


def test_who_guessed_before_he_got_in_is_stranger_than_who_just_got_in() -> None:
    told = neighbours()
    for _ in range(4):
        told.tell("session.failed", ANN, **WRONG)
        told.wait(20)
    assert said_of_the_sign_in(told) > in_peace() + 1


def test_who_mistypes_once_abroad_or_often_at_home_is_not() -> None:
    told = neighbours()
    told.tell("session.failed", ANN, **WRONG)
    for _ in range(5):
        told.tell("session.failed", ANN, ip=HOME["ip"], asn=HOME["asn"], reason="wrong_password")
    assert said_of_the_sign_in(told) == in_peace()
    assert said_of_the_sign_in(told, HOME) == in_peace(HOME)


def test_passwords_that_fail_on_many_accounts_from_one_place_speak_against_the_one_that_fits() -> None:
    told = neighbours()
    for person in PEOPLE[10:15]:
        told.tell("session.failed", person, **WRONG)
        told.wait(5)
    assert said_of_the_sign_in(told) > in_peace() + 1


def test_where_people_are_at_home_their_slips_say_nothing_of_each_other() -> None:
    def behind_one_address(*, slips: int) -> float:
        told = neighbours()
        for n, person in enumerate(PEOPLE[10:25]):
            told.tell("session.opened", f"x{person}", session=f"x{n}", **{**THIEF, "device": f"own{n}"})
            told.tell("session.opened", f"x{person}", session=f"y{n}", **{**THIEF, "device": f"own{n}"})
        for person in PEOPLE[10 : 10 + slips]:
            told.tell("session.failed", person, **WRONG)
        return said_of_the_sign_in(told)

    assert behind_one_address(slips=5) == behind_one_address(slips=0)


def test_names_that_do_not_exist_leave_nothing_in_memory() -> None:
    told = neighbours()
    before = Heard(told).engine.room.memory
    for n in range(50):
        told.tell("session.failed", f"guess{n}@im.example", **WRONG)
    assert len(Heard(told).engine.room.memory.accounts) == len(before.accounts)


def by_app(told: Transcript, text: str, app: str = "birthday-buddy") -> list[str]:
    """An app sends something to twenty friends of Ann."""
    sent = []
    for n, friend in enumerate(PEOPLE[1:21]):
        sent.append(told.say(ANN, friend, text.format(n=n), app=app))
        told.wait(2)
    return sent


def test_what_an_app_sends_is_not_held_against_a_session_of_its_owner() -> None:
    told = neighbours()
    told.tell("app.granted", ANN, app="birthday-buddy", scopes=["contacts.read", "messages.write"])
    told.tell("session.opened", ANN, session="abroad", **{**THIEF, "device": "phone"})
    told.wait(60)
    cards = by_app(told, "many happy returns, from all of us")
    lures = by_app(told, LURE)
    talk = [told.say(ANN, BOB, f"landed, it is warm here {n}", "abroad") for n in range(3)]
    heard = Heard(told)
    assert {heard.verdicts[m].action for m in [*cards, *talk]} == {"allow"}
    assert [heard.reason(m, "sign_in") for m in cards] == [None] * 20
    assert [heard.reason(m, "session_alarm") for m in talk] == [None] * 3
    assert {heard.verdicts[m].action for m in lures[10:]} <= {"warn", "hold", "block"}
    assert not [a for a in heard.actions if a.kind == "end_sessions"]


@pytest.mark.parametrize("granted", [True, False], ids=["let in by the thief", "not let in"])
def test_a_thief_does_not_hide_behind_an_app(granted: bool) -> None:
    told = neighbours()
    told.steal(ANN, "stolen")
    if granted:
        told.tell("app.granted", ANN, app="sender")
    sent = by_app(told, LURE, app="sender")
    heard = Heard(told)
    assert min(heard.reason(m, "sign_in") or 0 for m in sent) >= 5
    assert {heard.verdicts[m].action for m in sent} <= {"hold", "block"}


def test_an_app_that_was_turned_out_is_an_app_no_more() -> None:
    told = neighbours()
    told.tell("app.granted", ANN, app="sender")
    told.tell("app.revoked", ANN, app="sender")
    told.steal(ANN, "stolen")
    sent = by_app(told, LURE, app="sender")
    heard = Heard(told)
    assert min(heard.reason(m, "sign_in") or 0 for m in sent) >= 5


def test_what_waits_from_an_account_that_is_closed_is_dropped() -> None:
    told = neighbours()
    told.steal(ANN, "stolen")
    told.wait(7 * 86400)
    for n in range(9):
        told.wait(5)
        told.say(PEOPLE[30], PEOPLE[31], f"what about {n}?")
    held = told.say(ANN, PEOPLE[11], LURE.format(n=1), "stolen")
    told.wait(3)
    told.tell("account.disabled", ANN)
    heard = Heard(told)
    assert heard.verdicts[held].action == "hold"
    assert (heard.resolutions[held].outcome, heard.resolutions[held].delay_s) == ("drop", 3.0)
    assert heard.resolutions[held].cause == "the account was disabled"


def test_a_thief_who_locks_the_owner_out_is_stranger_for_it_and_never_becomes_her() -> None:
    def later(*, locked_out: bool) -> float:
        told = neighbours()
        told.tell("session.opened", ANN, session="own", **HOME)
        told.tell("session.opened", ANN, session="stolen", **NEAR)
        if locked_out:
            told.tell("password.changed", ANN, session="stolen")
        told.wait(60)
        message = told.say(ANN, BOB, "see you on sunday", "stolen")
        return Heard(told).reason(message, "sign_in") or 0

    assert later(locked_out=True) > later(locked_out=False)
