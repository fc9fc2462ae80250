"""Attacks on what the guard remembers and believes: warming up, whitewashing, flooding, clocks, names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from im_transcript import HOME, THIEF, Heard, Transcript
from nospim.engine import Engine
from nospim.policy import Policy
from nospim.policy.settings import Limits
from nospim.scan import scan

PEOPLE = [f"p{n}@im.example" for n in range(50)]
SOCKS = [f"sock{n}@im.example" for n in range(12)]
ANN = PEOPLE[0]
LURE = "is this you in the video? log in to see http://photos-of-you.example/x"
STOPPED = ("hold", "block")
SMALL = Limits(accounts=120, destinations=40, wordings=40, networks=60, messages=200)


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


def send_round(told: Transcript, who: str, session: str, text: str = LURE) -> list[str]:
    """One text to twenty people, two seconds apart."""
    sent = []
    for friend in PEOPLE[10:30]:
        sent.append(told.say(who, friend, text, session))
        told.wait(2)
    return sent


def share_stopped(heard: Heard, messages: list[str]) -> float:
    return sum(heard.verdicts[m].action in STOPPED for m in messages) / len(messages)


# Warming up: the thief lets time pass, or behaves, before he strikes.


@pytest.mark.parametrize("days", [1, 3, 7, 30])
def test_a_thief_who_waits_in_his_session_is_stopped_when_he_strikes(days: int) -> None:
    told = neighbours()
    told.steal(ANN, "stolen")
    told.wait(days * 86400)
    sent = send_round(told, ANN, "stolen")
    assert share_stopped(Heard(told), sent) == 1.0


def test_a_thief_who_waits_three_days_and_signs_in_again_is_stopped_when_he_strikes() -> None:
    told = neighbours()
    told.steal(ANN, "stolen")
    told.wait(3 * 86400)
    told.steal(ANN, "again")
    sent = send_round(told, ANN, "again")
    assert share_stopped(Heard(told), sent) > 0.9


ABROAD = {"ip": "198.18.0.9", "asn": 64777, "country": "DE", "device": "new phone", "client": "Dino/0.4"}


def spoken_of(told: Transcript, session: str, friends: list[str]) -> float:
    """What is said of the sign-in of Ann's next session abroad, after two more days."""
    for day in range(2):
        for friend in friends:
            told.say(friend, ANN, f"how is it over there, day {day}?")
            told.wait(60)
            told.say(ANN, friend, f"it is warm and I sleep well {day}", session)
            told.wait(600)
        told.wait(86400)
    told.tell("session.opened", ANN, session="later", **ABROAD)
    message = told.say(ANN, PEOPLE[1], "landed again, see you soon", "later")
    return Heard(told).reason(message, "sign_in") or 0


def acquainted(told: Transcript) -> None:
    """Ann and three of her friends have written to each other before."""
    for friend in PEOPLE[1:4]:
        told.say(ANN, friend, "will you be there on sunday?")
        told.wait(60)
        told.say(friend, ANN, "yes, and I bring the cake")
        told.wait(60)
    told.wait(86400)


def test_who_talks_with_her_friends_from_a_new_phone_abroad_is_the_owner() -> None:
    told = neighbours()
    acquainted(told)
    told.tell("session.opened", ANN, session="abroad", **ABROAD)
    assert spoken_of(told, "abroad", PEOPLE[1:3]) <= 0


@pytest.mark.parametrize(
    "friends",
    [[], PEOPLE[1:2], PEOPLE[20:24], SOCKS[:4]],
    ids=["nobody", "one friend", "others", "accomplices"],
)
def test_who_waits_and_talks_with_nobody_who_knows_her_is_not(friends: list[str]) -> None:
    told = neighbours()
    acquainted(told)
    told.tell("session.opened", ANN, session="abroad", **ABROAD)
    assert spoken_of(told, "abroad", friends) >= 3


def test_who_comes_home_with_the_new_phone_is_the_owner() -> None:
    told = neighbours()
    acquainted(told)
    told.tell("session.opened", ANN, session="abroad", **ABROAD)
    told.wait(3600)
    told.tell("session.resumed", ANN, session="abroad", **{**ABROAD, **HOME, "device": "new phone"})
    told.wait(3 * 86400)
    told.tell("session.opened", ANN, session="phone", **{**HOME, "device": "new phone"})
    message = told.say(ANN, PEOPLE[1], "landed again, see you soon", "phone")
    assert (Heard(told).reason(message, "sign_in") or 0) <= -3


def test_who_waited_gives_the_others_away_with_the_first_account() -> None:
    told = neighbours()
    for victim in PEOPLE[:5]:
        told.steal(victim, f"stolen-{victim}")
    told.wait(3 * 86400)
    sent = []
    for victim in PEOPLE[:5]:
        told.steal(victim, f"again-{victim}")
        sent.append(send_round(told, victim, f"again-{victim}"))
    heard = Heard(told)
    assert [share_stopped(heard, lures) for lures in sent[1:]] == [1.0] * 4


def test_a_thief_who_first_greets_everybody_has_not_made_it_a_habit() -> None:
    told = neighbours()
    told.steal(ANN, "stolen")
    send_round(told, ANN, "stolen", "happy new year to you and yours")
    told.wait(3600)
    sent = send_round(told, ANN, "stolen")
    assert share_stopped(Heard(told), sent) == 1.0


# Whitewashing: accounts made for it use a link as if it were everybody's.


def whitewashed(told: Transcript, socks: list[str] = SOCKS, *, acquainted: bool = False) -> None:
    """Accounts live quietly for five weeks from different places, then pass the lure on once each.

    acquainted: they are on each other's lists, and answer each other.
    """
    for sock in socks:
        told.tell("account.created", sock)
        if acquainted:
            told.friends(sock, *socks[: socks.index(sock)])
    told.wait(30 * 86400)
    for day in range(5):
        for n, sock in enumerate(socks):
            place = {**HOME, "ip": f"198.19.{n}.1", "asn": 64800 + n, "device": f"d{n}"}
            told.tell("session.opened", sock, session=f"{sock}-{day}", **place)
            told.say(sock, socks[(n + 1) % len(socks)], f"hi, day {day}, how are you {n}", f"{sock}-{day}")
            told.wait(10)
        told.wait(86400)
    for n, sock in enumerate(socks):
        told.say(sock, socks[(n + 1) % len(socks)], LURE, f"{sock}-4")
        told.wait(300)
    told.wait(2 * 86400)


def test_a_link_that_was_whitewashed_does_not_get_a_thief_through() -> None:
    told = neighbours()
    whitewashed(told)
    sent = []
    for victim in PEOPLE[:5]:
        told.steal(victim, f"stolen-{victim}")
        sent += send_round(told, victim, f"stolen-{victim}")
    assert share_stopped(Heard(told), sent) == 1.0


def worms(told: Transcript) -> list[str]:
    """What a worm sends from the owners' own sessions, one account after another."""
    sent = []
    for victim in PEOPLE[:5]:
        told.tell("session.opened", victim, session=f"own-{victim}", **HOME)
        sent += send_round(told, victim, f"own-{victim}")
    return sent


@pytest.mark.parametrize(
    ("acquainted", "free"), [(False, 2), (True, 3)], ids=["strangers", "a circle of friends"]
)
def test_a_link_that_was_whitewashed_does_not_get_a_worm_through(acquainted: bool, free: int) -> None:
    told = neighbours()
    whitewashed(told, acquainted=acquainted)
    sent = worms(told)
    assert share_stopped(Heard(told), sent[20 * free :]) > 0.8


@pytest.mark.xfail(reason="thirty patient accounts that know each other look like people who share a link")
def test_a_link_that_thirty_whitewashed_does_not_get_a_worm_through() -> None:
    told = neighbours()
    whitewashed(told, [f"sock{n}@im.example" for n in range(30)], acquainted=True)
    sent = worms(told)
    assert share_stopped(Heard(told), sent[40:]) > 0.9


# Flooding: so many names that what matters is forgotten.


def flood(told: Transcript, tag: str, times: int = 400) -> None:
    """Ten times what the guard may remember, from accounts made for it."""
    for n in range(times):
        who = f"flood-{tag}-{n}@im.example"
        told.tell("session.opened", who, session=f"f{tag}{n}", ip=f"10.{n % 250}.{n // 250}.1", asn=n)
        told.say(who, f"x{n}@im.example", f"word{n} more{n} words{n} http://d{tag}{n}.example/", f"f{tag}{n}")


def test_a_flood_between_the_lures_does_not_make_them_pass() -> None:
    told = neighbours()
    sent = []
    for victim in PEOPLE[:4]:
        told.steal(victim, f"stolen-{victim}")
        sent.append(send_round(told, victim, f"stolen-{victim}"))
        flood(told, victim[:2])
    heard = Heard(told, Engine(Policy(limits=SMALL)))
    assert share_stopped(heard, sent[0]) == 1.0
    assert min(share_stopped(heard, lures) for lures in sent) > 0.8
    assert len(heard.engine.room.memory.accounts) <= 2 * SMALL.accounts


def test_after_a_flood_nobody_honest_is_stopped_for_being_forgotten() -> None:
    told = neighbours()
    flood(told, "a", 1200)
    talk = []
    for n, person in enumerate(PEOPLE[:20]):
        told.tell("session.opened", person, session=f"own-{person}", **HOME)
        told.wait(30)
        talk.append(
            told.say(person, PEOPLE[n + 1], f"look at this http://garden{n}.example/", f"own-{person}")
        )
    heard = Heard(told, Engine(Policy(limits=SMALL)))
    assert share_stopped(heard, talk) == 0.0


# Clocks: an event that lies about its time.


def held_then_proved(*, quiet: bool, lie: bool) -> list[str]:
    """How a thief's first messages, held at first, end; `lie`: one event between is dated in an hour."""
    told = neighbours()
    told.steal(ANN, "stolen")
    told.wait(7 * 86400)
    for n in range(0 if quiet else 10):
        told.wait(5)
        told.say(PEOPLE[30], PEOPLE[31], f"what about {n}?")
    for number, friend in enumerate(PEOPLE[11:20]):
        told.say(ANN, friend, LURE, "stolen")
        if lie and number == 0:
            told.now += 3600
            told.say(PEOPLE[32], PEOPLE[33], "so late already")
            told.now -= 3600
        told.wait(2)
    return [end.outcome for end in Heard(told).resolutions.values()]


@pytest.mark.parametrize("lie", [False, True], ids=["all tell the time", "one event lies"])
def test_what_was_held_is_dropped_when_more_of_it_is_blocked(lie: bool) -> None:
    assert set(held_then_proved(quiet=False, lie=lie)) == {"drop"}


def test_what_was_held_after_a_silence_is_dropped_as_well() -> None:
    assert set(held_then_proved(quiet=True, lie=False)) == {"drop"}


def test_a_hold_from_the_future_of_a_clock_that_is_set_back_ends_after_nine_events() -> None:
    told = neighbours()
    told.steal(ANN, "stolen")
    now, told.now = told.now, told.now + 7 * 86400
    told.say(ANN, PEOPLE[11], LURE, "stolen")
    told.now = now
    for n in range(10):
        told.wait(5)
        told.say(PEOPLE[30], PEOPLE[31], f"what about {n}?")
    outcomes = Heard(told).outcomes
    ended = [place - len(outcomes) for place, outcome in enumerate(outcomes) if outcome.resolutions]
    assert ended == [-3], "not when the next event tells another time, and not at the end of the log"


def test_a_decision_does_not_expire_by_one_wrong_clock() -> None:
    told = neighbours()
    told.tell("label", "admin@im.example", target=ANN, label="spim", expires="2026-06-01T00:00:00Z")
    now, told.now = told.now, told.now + 400 * 86400
    told.say(PEOPLE[3], PEOPLE[4], "from the future")
    told.now = now + 60
    message = told.say(ANN, PEOPLE[1], "see you on sunday")
    assert Heard(told).verdicts[message].action == "block"


# Names: ids that are used twice, or that belong to somebody else.


def test_a_message_under_a_used_name_is_refused_and_the_first_one_stands(tmp_path: Path) -> None:
    told = neighbours()
    told.steal(ANN, "stolen")
    sent = send_round(told, ANN, "stolen")
    forged = json.loads(told.lines[-1])
    forged["data"]["text"] = "see you on sunday"
    told.lines.append(json.dumps(forged).encode())
    lines = sorted(told.lines, key=lambda line: str(json.loads(line)["time"]))
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    result = scan([tmp_path / "events.jsonl"], tmp_path / "out")
    assert result.refused == 1
    verdicts = [json.loads(line) for line in (tmp_path / "out" / "verdicts.jsonl").read_bytes().splitlines()]
    assert [v["action"] for v in verdicts if v["id"] == sent[-1]] == ["block"]


def test_an_account_of_the_same_name_elsewhere_is_somebody_else() -> None:
    told = neighbours()
    told.steal(ANN, "stolen")
    send_round(told, ANN, "stolen")
    elsewhere = json.loads(told.lines[-1])
    elsewhere |= {"id": "other-1", "source": "matrix://other.example"}
    elsewhere["data"] = {"to": [PEOPLE[1]], "text": "see you on sunday"}
    told.lines.append(json.dumps(elsewhere).encode())
    heard = Heard(told)
    assert heard.verdicts["other-1"].action == "allow"
    assert heard.reason("other-1", "session_alarm") is None


def test_who_reports_a_message_under_another_name_accuses_nobody() -> None:
    told = neighbours()
    told.tell("session.opened", ANN, session="own", **HOME)
    sent = told.say(ANN, PEOPLE[1], "a photo of our garden http://garden.example/", "own")
    for accused in (PEOPLE[2], "nobody@im.example"):
        told.tell("message.reported", PEOPLE[1], message=sent, accused=accused, reason="spim")
    told.tell("message.reported", PEOPLE[1], message="no-such-message", accused=ANN, reason="spim")
    told.tell("session.opened", PEOPLE[2], session="two", **HOME)
    later = [
        told.say(PEOPLE[2], PEOPLE[3], "and mine http://balcony.example/", "two"),
        told.say(ANN, PEOPLE[2], "more of it http://garden.example/2", "own"),
    ]
    heard = Heard(told)
    assert [heard.reason(message, "reports") for message in later] == [None, None]


def test_a_session_that_somebody_else_names_as_his_own_is_not_his() -> None:
    told = neighbours()
    told.tell("session.opened", PEOPLE[7], session="borrowed", **HOME)
    told.steal(ANN, "stolen")
    sent = []
    for friend in PEOPLE[10:20]:
        sent.append(told.say(ANN, friend, LURE, "borrowed"))
        told.wait(2)
    heard = Heard(told)
    assert all((heard.reason(message, "sign_in") or 0) >= 0 for message in sent)


def test_the_thief_signs_in_under_a_session_name_of_the_owner() -> None:
    told = neighbours()
    told.tell("session.opened", ANN, session="phone", **HOME)
    told.wait(600)
    told.tell("session.opened", ANN, session="phone", **THIEF)
    sent = send_round(told, ANN, "phone")
    assert share_stopped(Heard(told), sent) > 0.9
