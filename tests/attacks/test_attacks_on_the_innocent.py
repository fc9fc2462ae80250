"""Attacks through the guard itself: brigading, framing, guilt by address, thieves who clear their name."""

from __future__ import annotations

import pytest

from im_transcript import HOME, THIEF, Heard, Transcript

LURE = "is this you in the video? log in to see http://photos-of-you.example/{n}"
PEOPLE = [f"p{n}@im.example" for n in range(40)]
VICTIM = "victim@im.example"
STOPPED = ("hold", "block")


def village(days: int = 4) -> Transcript:
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


def stolen(told: Transcript, who: str, to: list[str], text: str) -> list[str]:
    """A thief signs in as somebody and sends one text to many."""
    told.steal(who, f"stolen-{who}")
    sent = []
    for n, friend in enumerate(to):
        sent.append(told.say(who, friend, text.format(n=n), f"stolen-{who}"))
        told.wait(2)
    return sent


@pytest.mark.parametrize("mob", [4, 20])
def test_a_mob_that_reports_one_person_restricts_nobody(mob: int) -> None:
    told = village()
    target = PEOPLE[0]
    told.tell("session.opened", target, session="own", **HOME)
    sent = [
        told.say(target, person, "a photo of our garden http://garden.example/", "own")
        for person in PEOPLE[1:]
    ]
    for person, message in list(zip(PEOPLE[1:], sent, strict=True))[:mob]:
        for _ in range(10):
            told.tell("message.reported", person, message=message, accused=target, reason="spim")
    for n in range(mob):
        told.tell("account.created", f"sock{n}@im.example")
        told.tell(
            "message.reported", f"sock{n}@im.example", message=sent[0], accused=target, reason="phishing"
        )
    told.wait(600)
    after = [told.say(target, person, "see you on sunday then", "own") for person in PEOPLE[1:5]]
    after.append(told.say(target, PEOPLE[7], "more photos http://garden.example/two", "own"))
    heard = Heard(told)
    assert {heard.verdicts[m].action for m in after} <= {"allow", "warn"}
    assert not heard.actions


def test_a_thief_who_sends_a_clubs_link_does_not_get_the_club_stopped() -> None:
    told = village()
    club, members = PEOPLE[39], PEOPLE[:30]
    told.tell("session.opened", club, session="club", **HOME)
    for week in range(3):
        for member in members:
            told.say(club, member, f"fixtures of week {week} http://club.example/{week}", "club")
            told.wait(20)
        told.wait(7 * 86400)
    for victim in PEOPLE[30:34]:
        stolen(told, victim, members, "you must see this http://club.example/3")
    told.wait(3600)
    told.tell("session.opened", club, session="club2", **HOME)
    news = []
    for member in members:
        news.append(told.say(club, member, "fixtures of week 4 http://club.example/4", "club2"))
        told.wait(20)
    told.tell("session.opened", PEOPLE[1], session="member", **HOME)
    share = told.say(PEOPLE[1], PEOPLE[2], "are you coming? http://club.example/4", "member")
    heard = Heard(told)
    assert {heard.verdicts[m].action for m in [*news, share]} <= {"allow", "warn"}
    assert club.partition("@")[0] not in {a.account.partition("@")[0] for a in heard.actions}


def test_a_greeting_sent_by_thieves_stays_a_greeting() -> None:
    told = village()
    for person in PEOPLE[:12]:
        told.tell("session.opened", person, session=f"h-{person}", **HOME)
        for friend in PEOPLE[12:20]:
            told.say(person, friend, "happy new year to you and yours", f"h-{person}")
            told.wait(15)
    for victim in PEOPLE[30:33]:
        stolen(told, victim, PEOPLE[:20], "happy new year to you and yours")
    told.tell("session.opened", PEOPLE[25], session="late", **HOME)
    greetings = [told.say(PEOPLE[25], f, "happy new year to you and yours", "late") for f in PEOPLE[:20]]
    heard = Heard(told)
    assert {heard.verdicts[m].action for m in greetings} == {"allow"}


def test_an_office_behind_one_address_does_not_answer_for_three_thieves() -> None:
    office = {"ip": "192.0.2.77", "asn": 64999, "country": "NL", "client": "Dino/0.4"}
    told = Transcript()
    staff = [f"staff{n}@im.example" for n in range(25)]
    for day in range(6):
        for n, person in enumerate(staff):
            told.tell("session.opened", person, session=f"{person}-{day}", device=f"desk{n}", **office)
            told.say(person, staff[(n + 1) % 25], "good morning, coffee at ten", f"{person}-{day}")
            told.wait(60)
        told.wait(86400 - 1500)
    for victim in PEOPLE[:3]:
        told.life(victim, PEOPLE[9], days=5)
        told.tell("session.opened", victim, session=f"s-{victim}", device="box", **office)
        told.wait(20)
        for n, friend in enumerate(PEOPLE[10:20]):
            told.say(victim, friend, LURE.format(n=n), f"s-{victim}")
            told.wait(2)
    news = []
    for n, person in enumerate(staff):
        told.tell("session.opened", person, session=f"{person}-x", device=f"newdesk{n}", **office)
        news.append(
            told.say(person, staff[(n + 1) % 25], "the menu for today http://canteen.example/", f"{person}-x")
        )
        told.wait(30)
    heard = Heard(told)
    assert {heard.verdicts[m].action for m in news} <= {"allow", "warn"}
    assert not [a for a in heard.actions if a.account.startswith("staff")]


def test_the_owners_new_password_ends_the_alarm_and_the_thiefs_does_not() -> None:
    def after(session: str) -> float | None:
        told = village()
        stolen(told, PEOPLE[0], PEOPLE[5:25], LURE)
        told.tell("session.opened", PEOPLE[0], session="own", **HOME)
        told.tell("password.changed", PEOPLE[0], session=session)
        told.wait(60)
        more = told.say(PEOPLE[0], PEOPLE[30], LURE.format(n=77), f"stolen-{PEOPLE[0]}")
        return Heard(told).reason(more, "session_alarm")

    assert after(f"stolen-{PEOPLE[0]}") is not None
    assert after("own") is None


def test_a_decision_by_a_person_expires() -> None:
    told = village()
    until = "2026-04-06T00:00:00Z"
    told.tell("label", "admin@im.example", target=PEOPLE[0], label="spim", expires=until)
    early = told.say(PEOPLE[0], PEOPLE[1], "see you on sunday then")
    told.wait(10 * 86400)
    late = told.say(PEOPLE[0], PEOPLE[1], "see you on sunday then")
    heard = Heard(told)
    assert heard.verdicts[early].action == "block"
    assert heard.verdicts[late].action == "allow"


def test_a_long_quiet_stay_does_not_make_a_thief_the_owner_once_he_has_struck() -> None:
    told = village()
    stolen(told, PEOPLE[0], PEOPLE[5:25], LURE)
    told.wait(5 * 86400)
    told.tell("session.opened", PEOPLE[0], session="again", **THIEF)
    told.wait(30)
    again = told.say(PEOPLE[0], PEOPLE[26], LURE.format(n=99), "again")
    heard = Heard(told)
    assert (heard.reason(again, "sign_in") or 0) >= 5
    assert heard.verdicts[again].action in STOPPED
