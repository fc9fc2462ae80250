"""When an alarm ends and who can end it; and which session, from when, was the thief's."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from im_transcript import HOME, START, THIEF, Heard, Transcript
from nospim.scan import scan

PEOPLE = [f"p{n}@im.example" for n in range(50)]
ANN, BOB = PEOPLE[0], PEOPLE[1]
LURE = "is this you in the video? log in to see http://photos-of-you.example/{n}"
STOPPED = ("hold", "block")


def neighbours(days: int = 6) -> Transcript:
    """Fifty people who know each other and live from home."""
    told = Transcript()
    for n, person in enumerate(PEOPLE):
        told.tell("account.created", person)
        told.friends(person, *PEOPLE[n + 1 : n + 5])
    told.wait(30 * 86400)
    for n, person in enumerate(PEOPLE):
        start = told.now
        told.life(person, PEOPLE[(n + 1) % len(PEOPLE)], days)
        told.now = start + 60
    told.wait(days * 86400)
    return told


def lures(told: Transcript, who: str, to: list[str], session: str) -> list[str]:
    """A thief's lures, two seconds apart."""
    sent = []
    for n, friend in enumerate(to):
        sent.append(told.say(who, friend, LURE.format(n=n), session))
        told.wait(2)
    return sent


def raided() -> Transcript:
    """Ann's account was entered and sent lures; she signs in as ever."""
    told = neighbours()
    told.steal(ANN, "stolen")
    lures(told, ANN, PEOPLE[5:25], "stolen")
    told.tell("session.opened", ANN, session="own", **HOME)
    told.wait(60)
    return told


def alarmed(told: Transcript, session: str = "stolen") -> bool:
    """Whether what this session sends next is held against it for what it sent before."""
    message = told.say(ANN, PEOPLE[30], LURE.format(n=77), session)
    return Heard(told).reason(message, "session_alarm") is not None


def test_an_alarm_stands_while_nothing_speaks_against_it() -> None:
    assert alarmed(raided())


def test_the_owners_recovery_ends_it() -> None:
    told = raided()
    told.tell("account.recovered", ANN)
    assert not alarmed(told)


def test_a_new_password_from_the_owners_session_ends_it() -> None:
    told = raided()
    told.tell("password.changed", ANN, session="own")
    assert not alarmed(told)


def test_time_ends_it() -> None:
    told = raided()
    told.wait(4 * 86400)
    assert not alarmed(told)


def test_the_end_of_the_session_ends_it_for_the_owner() -> None:
    told = raided()
    told.tell("session.closed", ANN, session="stolen")
    told.wait(60)
    talk = told.say(ANN, BOB, "that was not me, sorry", "own")
    heard = Heard(told)
    assert heard.reason(talk, "session_alarm") is None
    assert heard.verdicts[talk].action == "allow"


def test_a_persons_word_ends_it() -> None:
    told = raided()
    told.tell("label", "admin@im.example", target=ANN, label="trusted")
    assert not alarmed(told)


@pytest.mark.parametrize("trick", ["password", "logout", "talk", "wait a day", "read contacts"])
def test_the_thief_cannot_end_it(trick: str) -> None:
    told = raided()
    session = "stolen"
    if trick == "password":
        told.tell("password.changed", ANN, session="stolen")
    elif trick == "logout":
        told.tell("session.closed", ANN, session="stolen")
        told.wait(30)
        session = "again"
        told.tell("session.opened", ANN, session=session, **THIEF)
    elif trick == "talk":
        for n in range(10):
            told.say(ANN, BOB, f"just talking, number {n}, nothing to see", "stolen")
            told.wait(60)
    elif trick == "wait a day":
        told.wait(86400)
    else:
        told.tell("contacts.read", ANN, session="stolen", count=50)
    message = told.say(ANN, PEOPLE[30], LURE.format(n=77), session)
    assert Heard(told).verdicts[message].action in STOPPED


def test_a_thief_who_changed_the_password_is_not_the_owner_when_he_signs_in_again() -> None:
    told = raided()
    told.tell("password.changed", ANN, session="stolen")
    told.wait(3 * 86400)
    told.tell("session.opened", ANN, session="again", **THIEF)
    told.wait(20)
    heard_from = lures(told, ANN, PEOPLE[30:35], "again")
    heard = Heard(told)
    assert (heard.reason(heard_from[0], "sign_in") or 0) >= 5
    assert {heard.verdicts[m].action for m in heard_from} <= set(STOPPED)


def recovered_after_reports(place: dict[str, Any]) -> tuple[Heard, list[str]]:
    """Eight friends report Ann's lures; she gets her account back, signs in and apologises to all."""
    told = raided()
    lines = [json.loads(line) for line in told.lines]
    sent = [
        e for e in lines if e["subject"] == ANN and e["data"].get("session") == "stolen" and "to" in e["data"]
    ]
    for event in sent[:8]:
        friend = event["data"]["to"][0]
        told.tell("message.reported", friend, message=event["id"], accused=ANN, reason="spim")
    told.wait(7200)
    told.tell("account.recovered", ANN)
    told.wait(300)
    told.tell("session.opened", ANN, session="back", **place)
    said = []
    for friend in PEOPLE[5:25]:
        told.wait(20)
        said.append(told.say(ANN, friend, "that link was not me, please do not open it", "back"))
    said.append(told.say(ANN, PEOPLE[7], "the photos of sunday http://photos.example/sunday", "back"))
    return Heard(told), said


@pytest.mark.parametrize("place", [HOME, {**HOME, "device": "new"}], ids=["as ever", "new phone"])
def test_who_has_her_account_back_may_apologise_to_everybody(place: dict[str, Any]) -> None:
    heard, said = recovered_after_reports(place)
    assert {heard.verdicts[message].action for message in said} == {"allow"}


def test_reports_about_the_thief_are_not_held_against_the_owner_who_is_back() -> None:
    heard, said = recovered_after_reports(HOME)
    assert [heard.reason(message, "reports") for message in said] == [None] * len(said)


def token_moved(*, comes_back: bool) -> tuple[Heard, list[str], list[str]]:
    """A thief takes up Ann's own session elsewhere; then she writes on in it."""
    told = neighbours()
    told.tell("session.opened", ANN, session="own", **HOME)
    told.say(ANN, BOB, "are you at home tonight?", "own")
    told.wait(3600)
    told.tell("session.resumed", ANN, session="own", **THIEF)
    bad = lures(told, ANN, PEOPLE[22:38], "own")
    told.wait(600)
    if comes_back:
        told.tell("session.resumed", ANN, session="own", **HOME)
    good = []
    for n in range(3):
        told.wait(60)
        good.append(told.say(ANN, BOB, f"I will be there at {n + 6} o'clock then", "own"))
    return Heard(told), bad, good


def test_in_a_stolen_session_the_owners_words_pass_once_she_is_seen_at_home_again() -> None:
    heard, bad, good = token_moved(comes_back=True)
    assert sum(heard.verdicts[m].action in STOPPED for m in bad) > 0.8 * len(bad)
    assert {heard.verdicts[m].action for m in good} == {"allow"}


def test_in_a_stolen_session_plain_words_to_a_friend_pass_even_if_nothing_tells_that_she_is_back() -> None:
    heard, _, good = token_moved(comes_back=False)
    assert {heard.verdicts[m].action for m in good} <= {"allow", "warn"}


# Whose session, from when, which messages.


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """An output of a scan."""
    plain = folder / name
    data = plain.read_bytes() if plain.is_file() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    return [json.loads(line) for line in data.splitlines()]


def moment(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def scanned(told: Transcript, folder: Path) -> Path:
    """The transcript written as a log, in order of time, and scanned."""
    lines = sorted(told.lines, key=lambda line: json.loads(line)["time"])
    (folder / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    scan([folder / "events.jsonl"], folder / "out")
    return folder / "out"


def test_the_episode_names_the_thiefs_session_and_its_start_and_the_owners_words_pass(tmp_path: Path) -> None:
    told = neighbours()
    began: dict[str, float] = {}
    own: list[str] = []
    for victim in (ANN, PEOPLE[10], PEOPLE[20]):
        told.tell("session.opened", victim, session=f"own-{victim}", **HOME)
        own.append(told.say(victim, PEOPLE[40], "are you at home tonight?", f"own-{victim}"))
        told.wait(300)
        began[victim] = told.now
        told.steal(victim, f"stolen-{victim}")
        for n, friend in enumerate(PEOPLE[22:38]):
            told.say(victim, friend, LURE.format(n=n), f"stolen-{victim}")
            told.wait(2)
            if n % 5 == 4:
                own.append(
                    told.say(victim, PEOPLE[40], f"then I will bring the cake at {n}", f"own-{victim}")
                )
        told.wait(600)
        own.append(told.say(victim, PEOPLE[40], "somebody wrote in my name, do not open it", f"own-{victim}"))
        told.wait(3600)
    out = scanned(told, tmp_path)
    found = {row["account"]: row for row in rows(out, "accounts.jsonl")}
    assert set(found) == set(began)
    for victim, start in began.items():
        account = found[victim]
        assert account["state"] == "hijacked"
        assert datetime.fromisoformat(account["since"]) == moment(start)
        assert [episode["sessions"] for episode in account["episodes"]] == [[f"stolen-{victim}"]]
        assert datetime.fromisoformat(account["episodes"][0]["from"]) == moment(start)
    verdicts = {row["id"]: row for row in rows(out, "verdicts.jsonl")}
    assert {verdicts[message]["action"] for message in own} == {"allow"}
    assert not {row["target"] for row in rows(out, "actions.jsonl")} & {f"own-{victim}" for victim in began}


def test_two_thieves_in_one_account_are_two_episodes(tmp_path: Path) -> None:
    told = neighbours()
    began = []
    for name, others in (("first", PEOPLE[10:13]), ("second", PEOPLE[13:16])):
        for victim in (ANN, *others):
            if victim == ANN:
                began.append(told.now)
            place = THIEF | ({"ip": "203.0.113.200", "device": "other"} if name == "second" else {})
            told.tell("session.opened", victim, session=f"{name}-{victim}", **place)
            told.wait(20)
            for n, friend in enumerate(PEOPLE[22:38]):
                told.say(
                    victim, friend, f"see what I found http://{name}-lure.example/{n}", f"{name}-{victim}"
                )
                told.wait(2)
        told.tell("account.recovered", ANN)
        told.wait(5 * 86400)
    ann = next(row for row in rows(scanned(told, tmp_path), "accounts.jsonl") if row["account"] == ANN)
    assert [episode["sessions"] for episode in ann["episodes"]] == [[f"first-{ANN}"], [f"second-{ANN}"]]
    assert [datetime.fromisoformat(episode["from"]) for episode in ann["episodes"]] == list(
        map(moment, began)
    )
