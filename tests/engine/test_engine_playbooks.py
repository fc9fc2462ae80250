"""The scheme and its look-alikes, told as transcripts: what the guard stops and what it leaves alone."""

from __future__ import annotations

import pytest

from im_transcript import HOME, THIEF, Heard, Transcript

LURE = "is this you in the video? log in to see http://photos-of-you.example/{n}"
FRIENDS = [f"friend{n}@im.example" for n in range(20)]
OWNER = "owner@im.example"


def settled(owner: str = OWNER) -> Transcript:
    """An owner with twenty friends and twelve quiet days."""
    told = Transcript()
    told.tell("account.created", owner)
    told.friends(owner, *FRIENDS)
    told.life(owner, FRIENDS[0])
    return told


def test_the_hijacked_friend_is_stopped_and_helped() -> None:
    told = settled()
    told.steal(OWNER)
    lures = []
    for n, friend in enumerate(FRIENDS):
        lures.append(told.say(OWNER, friend, LURE.format(n=n), "stolen"))
        told.wait(2)
    heard = Heard(told)
    actions = [heard.verdicts[m].action for m in lures]
    assert actions.count("block") >= 17
    delivered = [
        m
        for m in lures
        if heard.verdicts[m].action in ("allow", "warn")
        or (m in heard.resolutions and heard.resolutions[m].outcome == "release")
    ]
    assert len(delivered) <= 1
    kinds = [a.kind for a in heard.actions]
    assert kinds.count("end_sessions") == 1
    assert kinds.count("require_password") == 1
    assert next(a for a in heard.actions if a.kind == "end_sessions").target == "stolen"
    assert "suspend" not in kinds


def test_the_owner_writes_on_from_his_own_session() -> None:
    told = settled()
    told.tell("session.opened", OWNER, session="home", **HOME)
    told.steal(OWNER)
    for n, friend in enumerate(FRIENDS):
        told.say(OWNER, friend, LURE.format(n=n), "stolen")
        told.wait(2)
    own = told.say(OWNER, FRIENDS[0], "coming home late, start without me", "home")
    assert Heard(told).verdicts[own].action == "allow"


def test_a_new_phone_may_send_a_link() -> None:
    told = settled()
    told.tell("session.opened", OWNER, session="new", **{**HOME, "device": "newphone"})
    told.wait(60)
    link = told.say(OWNER, FRIENDS[0], "the recipe: http://cook.example/soup", "new")
    assert Heard(told).verdicts[link].action == "allow"


def test_a_traveller_may_send_a_link() -> None:
    told = settled()
    abroad = {**HOME, "ip": "192.0.2.4", "asn": 64777, "country": "PT"}
    told.tell("session.opened", OWNER, session="abroad", **abroad)
    told.wait(600)
    link = told.say(OWNER, FRIENDS[0], "our hotel http://hotel.example/", "abroad")
    assert Heard(told).verdicts[link].action == "allow"


def test_holiday_greetings_go_to_everyone() -> None:
    told = settled()
    told.tell("session.opened", OWNER, session="home", **HOME)
    greetings = [told.say(OWNER, f, "Happy new year to you and yours", "home") for f in FRIENDS]
    heard = Heard(told)
    assert {heard.verdicts[g].action for g in greetings} == {"allow"}


def test_a_fake_account_that_writes_to_strangers_is_suspended() -> None:
    told = settled()
    told.tell("account.created", "nice@im.example")
    told.tell("session.opened", "nice@im.example", session="s", **THIEF)
    lures = []
    for n, friend in enumerate(FRIENDS):
        told.wait(8)
        text = f"hello dear, my pictures are here http://pics.example/{n}"
        lures.append(told.say("nice@im.example", friend, text, "s"))
    heard = Heard(told)
    assert heard.verdicts[lures[-1]].action == "block"
    assert [a.kind for a in heard.actions].count("suspend") == 1


def test_a_canary_gives_the_list_reader_away() -> None:
    from nospim.engine import Engine
    from nospim.policy import parse_policy

    policy = parse_policy('[lists]\ncanaries = ["canary@im.example"]')
    told = settled()
    told.steal(OWNER)
    lure = told.say(OWNER, "canary@im.example", LURE.format(n=1), "stolen")
    heard = Heard(told, Engine(policy))
    assert heard.reason(lure, "canary") == 9.0
    assert heard.verdicts[lure].action == "block"


def test_a_label_makes_a_canary_until_it_expires() -> None:
    told = settled()
    until = "2026-03-20T00:00:00Z"
    told.tell("label", "admin@im.example", target="canary@im.example", label="canary", expires=until)
    told.steal(OWNER)
    early = told.say(OWNER, "canary@im.example", "hello there my friend", "stolen")
    told.wait(30 * 86400)
    late = told.say(OWNER, "canary@im.example", "hello there my friend", "stolen")
    heard = Heard(told)
    assert heard.reason(early, "canary") == 9.0
    assert heard.reason(late, "canary") is None


def test_a_worm_on_the_owners_machine_is_stopped_when_it_spreads() -> None:
    told = Transcript()
    people = [f"p{n}@im.example" for n in range(30)]
    for n, person in enumerate(people[:6]):
        told.friends(person, *(q for q in people if q != person))
        told.life(person, people[n + 1], days=3)
    sent = []
    for person in people[:6]:
        told.tell("session.opened", person, session=f"own-{person}", **HOME)
        told.wait(5)
        for other in people:
            if other != person:
                text = f"who is this on your photo http://worm.example/{other[:3]}"
                sent.append((person, told.say(person, other, text, f"own-{person}")))
                told.wait(2)
        told.wait(3600)
    heard = Heard(told)
    late = [m for person, m in sent if person in people[2:6]]
    stopped = sum(heard.verdicts[m].action in ("hold", "block") for m in late)
    assert stopped >= 0.8 * len(late)
    assert "suspend" not in {a.kind for a in heard.actions}


def test_recovery_ends_the_alarm() -> None:
    told = settled()
    told.steal(OWNER)
    for n, friend in enumerate(FRIENDS):
        told.say(OWNER, friend, LURE.format(n=n), "stolen")
        told.wait(2)
    told.tell("session.closed", OWNER, session="stolen")
    told.wait(3600)
    told.tell("account.recovered", OWNER)
    told.tell("session.opened", OWNER, session="back", **HOME)
    plain = told.say(OWNER, FRIENDS[0], "that was not me, sorry! http://status.example/", "back")
    heard = Heard(told)
    assert heard.verdicts[plain].action == "allow"


def test_a_held_message_is_released_when_nothing_follows_and_dropped_when_more_does() -> None:
    told = settled()
    told.steal(OWNER)
    first = told.say(OWNER, FRIENDS[0], LURE.format(n=0), "stolen")
    told.wait(120)
    for n, friend in enumerate(FRIENDS[1:8]):
        told.say(OWNER, friend, LURE.format(n=n), "stolen")
        told.wait(1)
    heard = Heard(told)
    held = {m for m, v in heard.verdicts.items() if v.action == "hold"}
    assert held == set(heard.resolutions)
    for message, end in heard.resolutions.items():
        assert 0 <= end.delay_s <= 25
        if message == first:
            assert end.outcome == "release"


@pytest.mark.parametrize("label", ["benign", "spim"])
def test_a_person_beats_the_signals(label: str) -> None:
    told = settled()
    told.tell("label", "admin@im.example", target=OWNER, label=label, by="admin")
    told.steal(OWNER)
    lures = []
    for n, friend in enumerate(FRIENDS):
        lures.append(told.say(OWNER, friend, LURE.format(n=n), "stolen"))
    heard = Heard(told)
    expected = "allow" if label == "benign" else "block"
    assert {heard.verdicts[m].action for m in lures} == {expected}


def test_an_edit_into_a_lure_is_recalled() -> None:
    told = settled()
    told.steal(OWNER)
    for n, friend in enumerate(FRIENDS[:10]):
        told.say(OWNER, friend, LURE.format(n=n), "stolen")
        told.wait(2)
    plain = told.say(OWNER, FRIENDS[12], "hi there", "stolen")
    told.wait(5)
    told.tell("message.edited", OWNER, message=plain, text=LURE.format(n=3))
    heard = Heard(told)
    assert any(a.kind == "recall" and a.target == plain for a in heard.actions)
