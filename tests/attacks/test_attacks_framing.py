"""Framing: a thief sends what belongs to somebody innocent, so that the guard turns on the innocent."""

from __future__ import annotations

import pytest

from im_transcript import HOME, THIEF, Heard, Transcript

PEOPLE = [f"p{n}@im.example" for n in range(40)]
CLUB, OWNER = PEOPLE[39], PEOPLE[38]
THIEVES = PEOPLE[30:36]
NEWS = "http://daily-news.example/storm"
PAGE = "http://owners-garden.example/"
ABROAD = {"ip": "198.18.0.9", "asn": 64777, "country": "DE", "device": "new phone", "client": "Dino/0.4"}
STOPPED = ("hold", "block")
STRIKING = {
    "eager": "you must see this {link}",
    "plain": "{link}",
    "a lure's words": "is this you in the video? log in to see {link}",
}
"""What the thieves write around the innocent link."""


def neighbours(days: int = 4) -> Transcript:
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


def at_home(told: Transcript, who: str, to: list[str], text: str, pace: float = 40.0) -> list[str]:
    """Somebody writes the same to each, from home and by hand."""
    session = f"home-{who}-{told.now:.0f}"
    told.tell("session.opened", who, session=session, **HOME)
    sent = []
    for friend in to:
        told.wait(pace)
        sent.append(told.say(who, friend, text, session))
    return sent


def raid(told: Transcript, text: str) -> list[str]:
    """Six accounts are entered and send a text to twenty people each."""
    sent = []
    for victim in THIEVES:
        told.steal(victim, f"stolen-{victim}")
        for friend in PEOPLE[:20]:
            sent.append(told.say(victim, friend, text, f"stolen-{victim}"))
            told.wait(2)
    return sent


def stopped(heard: Heard, messages: list[str]) -> list[str]:
    """Which of the messages did not pass, with the reasons, for the one who reads a failure."""
    return [
        f"{ident}: {verdict.action} {[(r.signal, r.bits) for r in verdict.reasons]}"
        for ident in messages
        if (verdict := heard.verdicts[ident]).action in STOPPED
    ]


def asked_of(heard: Heard, *innocent: str) -> list[str]:
    """Actions about the innocent."""
    return [f"{a.kind} {a.target}" for a in heard.actions if {a.account, a.target} & set(innocent)]


@pytest.mark.parametrize("words", STRIKING.values(), ids=STRIKING.keys())
def test_a_clubs_page_that_thieves_send_still_reaches_the_members(words: str) -> None:
    told = neighbours()
    for week in range(3):
        at_home(told, CLUB, PEOPLE[:25], f"fixtures of week {week} http://club.example/fixtures", pace=20)
        told.wait(7 * 86400)
    attack = raid(told, words.format(link="http://club.example/fixtures"))
    told.wait(3600)
    news = at_home(told, CLUB, PEOPLE[:25], "fixtures of week 4 http://club.example/fixtures", pace=20)
    share = at_home(told, PEOPLE[1], PEOPLE[2:4], "are you coming? http://club.example/fixtures")
    heard = Heard(told)
    assert stopped(heard, news) == []
    assert stopped(heard, share) == []
    assert asked_of(heard, CLUB, PEOPLE[1]) == []
    assert stopped(heard, attack), "the thieves themselves are stopped: the framing is no way through"


@pytest.mark.parametrize("words", STRIKING.values(), ids=STRIKING.keys())
def test_news_that_many_share_stays_shareable_after_thieves_sent_it(words: str) -> None:
    told = neighbours()
    for n in range(12):
        at_home(told, PEOPLE[n], PEOPLE[n + 1 : n + 3], f"did you see? {NEWS}")
    told.wait(2 * 86400)
    raid(told, words.format(link=NEWS))
    told.wait(1800)
    shares = [
        m for n in range(20, 29) for m in at_home(told, PEOPLE[n], PEOPLE[n + 1 : n + 3], f"wow {NEWS}")
    ]
    heard = Heard(told)
    assert stopped(heard, shares) == []
    assert asked_of(heard, *PEOPLE[:29]) == []


@pytest.mark.parametrize("words", STRIKING.values(), ids=STRIKING.keys())
def test_a_private_page_that_thieves_send_costs_its_owner_nothing(words: str) -> None:
    told = neighbours()
    at_home(told, OWNER, PEOPLE[:3], f"our garden, as promised {PAGE}")
    told.wait(86400)
    raid(told, words.format(link=PAGE))
    told.wait(1800)
    answer = at_home(told, OWNER, PEOPLE[:3], f"yes, that is my page, I have not sent it round {PAGE}")
    talk = at_home(told, OWNER, PEOPLE[:10], "shall we meet on sunday at the usual place?")
    heard = Heard(told)
    assert stopped(heard, [*answer, *talk]) == []
    assert asked_of(heard, OWNER) == []


def test_a_private_page_that_nobody_had_sent_is_its_owners_to_send_after_the_raid() -> None:
    told = neighbours()
    raid(told, f"you must see this {PAGE}")
    told.wait(86400)
    sent = at_home(told, OWNER, PEOPLE[:2], f"somebody sends my garden round, here it is {PAGE}")
    heard = Heard(told)
    assert asked_of(heard, OWNER) == []
    assert {heard.verdicts[ident].action for ident in sent} <= {"allow", "warn", "hold"}


def test_a_framed_club_that_has_just_changed_its_phone_abroad_still_reaches_the_members() -> None:
    told = neighbours()
    for week in range(3):
        at_home(told, CLUB, PEOPLE[:25], f"fixtures of week {week} http://club.example/fixtures", pace=20)
        told.wait(7 * 86400)
    raid(told, "you must see this http://club.example/fixtures")
    told.wait(3600)
    told.tell("session.opened", CLUB, session="new", **ABROAD)
    news = []
    for member in PEOPLE[:25]:
        told.wait(20)
        news.append(told.say(CLUB, member, "fixtures of week 4 http://club.example/fixtures", "new"))
    heard = Heard(told)
    assert stopped(heard, news) == []
    assert asked_of(heard, CLUB) == []


def accomplices(told: Transcript, text: str) -> list[str]:
    """Six who collude send something round like a machine, from their own homes, and report what they get."""
    sent = []
    for n, mate in enumerate(THIEVES):
        session = f"mate-{mate}"
        told.tell("session.opened", mate, session=session, **{**HOME, "ip": f"198.51.{n}.7"})
        for friend in PEOPLE[:20]:
            sent.append(told.say(mate, friend, text, session))
            told.wait(2)
        told.say(OWNER, mate, f"hello {n}, is everything fine?")
    return sent


@pytest.mark.parametrize("link", ["http://club.example/fixtures", PAGE], ids=["a club's page", "a page"])
def test_who_sends_a_page_round_himself_and_reports_it_does_not_get_it_or_its_owner_stopped(
    link: str,
) -> None:
    told = neighbours()
    for week in range(3):
        at_home(told, CLUB, PEOPLE[:25], f"fixtures of week {week} {link}", pace=20)
        told.wait(7 * 86400)
    last = at_home(told, CLUB, THIEVES, f"fixtures of week 3 {link}", pace=20)
    accomplices(told, f"you must see this {link}")
    for mate, message in zip(THIEVES, last, strict=True):
        for _ in range(5):
            told.tell("message.reported", mate, message=message, accused=CLUB, reason="spim")
    told.wait(3600)
    news = at_home(told, CLUB, PEOPLE[:25], f"fixtures of week 4 {link}", pace=20)
    share = at_home(told, PEOPLE[1], PEOPLE[2:4], f"are you coming? {link}")
    heard = Heard(told)
    assert stopped(heard, [*news, *share]) == []
    assert asked_of(heard, CLUB, PEOPLE[1]) == []


def test_who_sends_the_words_of_somebody_round_does_not_get_him_stopped() -> None:
    told = neighbours()
    words = "shall we meet on sunday at the usual place, by the old mill?"
    at_home(told, OWNER, PEOPLE[:3], words)
    told.wait(86400)
    raid(told, words)
    accomplices(told, words)
    told.wait(3600)
    again = at_home(told, OWNER, PEOPLE[:10], words)
    heard = Heard(told)
    assert stopped(heard, again) == []
    assert asked_of(heard, OWNER) == []


def test_a_person_can_clear_a_framed_page_for_everybody() -> None:
    told = neighbours()
    attack = raid(told, f"you must see this {PAGE}")
    told.wait(600)
    told.tell("label", "admin@im.example", target=attack[0], label="benign")
    sent = at_home(told, OWNER, PEOPLE[:2], f"somebody sends my garden round, here it is {PAGE}")
    heard = Heard(told)
    assert {heard.verdicts[ident].action for ident in sent} == {"allow"}
    assert all((heard.reason(ident, "near_duplicate") or 0) <= 0 for ident in sent)


def test_a_greeting_that_thieves_send_first_is_still_everybodys() -> None:
    told = neighbours()
    raid(told, "happy new year to you and all of yours")
    told.wait(600)
    greetings = [
        message
        for n in range(8)
        for message in at_home(told, PEOPLE[n], PEOPLE[20:30], "happy new year to you and all of yours")
    ]
    heard = Heard(told)
    assert stopped(heard, greetings) == []
    assert asked_of(heard, *PEOPLE[:30]) == []


def test_who_gets_a_framed_link_and_asks_about_it_is_heard() -> None:
    told = neighbours()
    raid(told, f"you must see this {NEWS}")
    told.wait(120)
    asked = at_home(told, PEOPLE[3], [THIEVES[0]], f"did you really send me this? {NEWS}")
    heard = Heard(told)
    assert stopped(heard, asked) == []
    assert asked_of(heard, PEOPLE[3]) == []


def test_the_thieves_place_is_held_against_thieves_only() -> None:
    told = neighbours()
    raid(told, "is this you in the video? log in to see http://photos-of-you.example/")
    told.wait(3600)
    told.tell("session.opened", OWNER, session="abroad", **{**THIEF, "device": "phone", "client": "Dino/0.4"})
    talk = [told.say(OWNER, friend, "landed, the hotel is nice", "abroad") for friend in PEOPLE[:2]]
    heard = Heard(told)
    assert stopped(heard, talk) == []
    assert asked_of(heard, OWNER) == []
