"""Each signal on its own: a story in which it speaks, and a twin in which it is silent or for the sender."""

from __future__ import annotations

import pytest

from im_transcript import HOME, THIEF, Heard, Transcript
from nospim.engine import Engine
from nospim.policy import parse_policy
from nospim.signals import BUILT_IN, SIGNAL_NAMES

ANN, BOB = "ann@im.example", "bob@im.example"
CROWD = [f"c{n}@im.example" for n in range(30)]
LURE = "is this you in the video? log in to see http://photos-of-you.example/{n}"


def at_home(who: str = ANN, friend: str = BOB, days: int = 12) -> Transcript:
    told = Transcript()
    told.tell("account.created", who)
    told.friends(who, friend, *CROWD)
    told.life(who, friend, days)
    return told


def bits(heard: Heard, message: str, signal: str) -> float:
    return heard.reason(message, signal) or 0.0


def test_every_signal_is_listed_once_and_says_what_it_needs() -> None:
    assert len(set(SIGNAL_NAMES)) == len(BUILT_IN)
    assert all(signal.needs and signal.source for signal in BUILT_IN)


# sign_in


def test_sign_in_speaks_against_the_thief_and_for_the_owner() -> None:
    told = at_home()
    told.tell("session.opened", ANN, session="own", **HOME)
    own = told.say(ANN, BOB, "are you coming over tonight then", "own")
    told.steal(ANN)
    thief = told.say(ANN, BOB, "are you coming over tonight then", "stolen")
    heard = Heard(told)
    assert bits(heard, own, "sign_in") <= -2
    assert bits(heard, thief, "sign_in") >= 6


def test_sign_in_says_nothing_of_an_account_without_history() -> None:
    told = Transcript()
    told.tell("session.opened", ANN, session="first", **THIEF)
    first = told.say(ANN, BOB, "hello there my friend", "first")
    assert Heard(told).reason(first, "sign_in") is None


def test_sign_in_says_less_where_everybody_travels() -> None:
    def abroad(travellers: int) -> float:
        told = Transcript()
        for n in range(travellers):
            for day in range(6):
                place = {
                    "ip": f"100.{n}.{day}.9",
                    "asn": 70000 + 9 * n + day,
                    "country": f"C{(n + day) % 40}",
                }
                told.tell(
                    "session.opened", f"t{n}", session=f"t{n}-{day}", device="d", client="Dino/0.4", **place
                )
                told.wait(60)
        told.life(ANN, BOB)
        told.tell("session.opened", ANN, session="s", **{**THIEF, "device": HOME["device"]})
        message = told.say(ANN, BOB, "hello from the road to you", "s")
        return bits(Heard(told), message, "sign_in")

    assert abroad(travellers=200) < abroad(travellers=0) - 1


def test_a_quiet_new_phone_becomes_the_owners_after_two_days_and_a_talk_with_two_friends() -> None:
    told = at_home()
    new = {**THIEF, "client": HOME["client"]}
    told.tell("session.opened", ANN, session="n1", **new)
    early = told.say(ANN, BOB, "writing from my new phone", "n1")
    for friend in (BOB, CROWD[0]):
        told.wait(1200)
        told.say(friend, ANN, "did you buy that phone?")
        told.wait(60)
        told.say(ANN, friend, "yes, it is quite heavy though", "n1")
    told.wait(3 * 86400)
    told.tell("session.opened", ANN, session="n2", **new)
    late = told.say(ANN, BOB, "writing from my new phone again", "n2")
    heard = Heard(told)
    assert bits(heard, early, "sign_in") >= 4
    assert bits(heard, late, "sign_in") <= 0


def test_company_of_other_strange_sign_ins_counts_but_not_where_people_are_at_home() -> None:
    def third_victim(at_home_there: int) -> float:
        told = Transcript()
        victims = [f"v{n}@im.example" for n in range(4)]
        for n in range(at_home_there):
            for day in range(3):
                local = {**THIEF, "device": f"local{n}", "client": "Dino/0.4"}
                told.tell("session.opened", f"local{n}@im.example", session=f"l{n}{day}", **local)
                told.wait(600)
        for victim in victims:
            told.life(victim, BOB, days=4)
        for victim in victims[:3]:
            told.steal(victim, f"stolen-{victim}")
        told.steal(victims[3], "last")
        message = told.say(victims[3], BOB, "hello are you there my friend", "last")
        return bits(Heard(told), message, "sign_in")

    assert third_victim(at_home_there=0) > third_victim(at_home_there=12)


# contacts_read, rush


def test_contacts_read_needs_a_strange_sign_in() -> None:
    told = at_home()
    told.tell("session.opened", ANN, session="own", **HOME)
    told.tell("contacts.read", ANN, session="own", count=31)
    own = told.say(ANN, BOB, "see you at the usual place", "own")
    told.steal(ANN, read=31)
    thief = told.say(ANN, BOB, "see you at the usual place", "stolen")
    heard = Heard(told)
    assert heard.reason(own, "contacts_read") is None
    assert bits(heard, thief, "contacts_read") >= 1


def test_rush_sees_a_strange_session_that_writes_to_many() -> None:
    told = at_home()
    told.steal(ANN)
    last = ""
    for n, friend in enumerate(CROWD[:16]):
        last = told.say(ANN, friend, f"hey number {n} how have you been", "stolen")
        told.wait(9)
    told.tell("session.opened", ANN, session="own", **HOME)
    for n, friend in enumerate(CROWD[:16]):
        own = told.say(ANN, friend, f"hey number {n} how have you been", "own")
        told.wait(9)
    heard = Heard(told)
    assert bits(heard, last, "rush") == 1.5
    assert heard.reason(own, "rush") is None


def sent_round(told: Transcript, session: str, place: str) -> str:
    """A link to twelve people by hand; returns the last message."""
    last = ""
    for friend in CROWD[:12]:
        last = told.say(ANN, friend, f"have a look at this when you can {place}", session)
        told.wait(20)
    return last


def test_rush_sees_a_new_device_at_home_that_sends_a_link_round_at_once() -> None:
    told = at_home()
    told.tell("session.opened", ANN, session="new", **{**HOME, "device": "never seen"})
    told.wait(60)
    last = sent_round(told, "new", "http://album.example/1")
    assert bits(Heard(told), last, "rush") >= 3


def test_rush_is_silent_when_a_shop_has_a_new_phone() -> None:
    told = at_home()
    for week in range(3):
        told.tell("session.opened", ANN, session=f"shop{week}", **HOME)
        sent_round(told, f"shop{week}", f"http://shop.example/{week}")
        told.wait(7 * 86400)
    told.tell("session.opened", ANN, session="new", **{**HOME, "device": "never seen"})
    told.wait(60)
    last = sent_round(told, "new", "http://shop.example/9")
    assert Heard(told).reason(last, "rush") is None


# chain


def test_chain_lure_click_strange_sign_in_lure() -> None:
    told = at_home()
    lure = told.say(BOB, ANN, LURE.format(n=1), None)
    told.wait(300)
    told.tell("link.clicked", ANN, url="http://photos-of-you.example/1", message=lure)
    told.wait(900)
    told.steal(ANN)
    onward = told.say(ANN, CROWD[0], LURE.format(n=2), "stolen")
    assert Heard(told).reason(onward, "chain") == 5.0


def test_chain_is_silent_when_a_link_is_passed_on_by_hand_to_a_few() -> None:
    told = at_home()
    told.say(BOB, ANN, "look at this http://funny.example/cat", None)
    told.wait(600)
    told.tell("session.opened", ANN, session="own", **HOME)
    onward = told.say(ANN, CROWD[0], "look at this http://funny.example/cat", "own")
    assert Heard(told).reason(onward, "chain") is None


# near_duplicate


def test_near_duplicate_from_strange_sessions_of_others() -> None:
    told = Transcript()
    victims = [f"v{n}@im.example" for n in range(4)]
    for victim in victims:
        told.life(victim, BOB, days=4)
    for n, victim in enumerate(victims):
        told.steal(victim, f"s{n}")
        message = told.say(victim, CROWD[n], LURE.format(n=n), f"s{n}")
    assert bits(Heard(told), message, "near_duplicate") >= 8


def test_near_duplicate_clears_what_many_send_as_usual() -> None:
    told = Transcript()
    people = [f"p{n}@im.example" for n in range(12)]
    for person in people:
        told.life(person, BOB, days=3)
    for person in people:
        told.tell("session.opened", person, session=f"{person}x", **HOME)
        message = told.say(person, BOB, "did you see this http://news.example/today", f"{person}x")
    assert bits(Heard(told), message, "near_duplicate") <= 0


# burst


def test_burst_counts_people_not_messages() -> None:
    told = at_home()
    told.tell("session.opened", ANN, session="own", **HOME)
    to_one = [told.say(ANN, BOB, "http://club.example/x our new page is up", "own") for _ in range(20)]
    told.wait(7200)
    to_many = [told.say(ANN, c, "http://club.example/x our new page is up", "own") for c in CROWD[:20]]
    heard = Heard(told)
    assert bits(heard, to_one[-1], "burst") == 0
    assert bits(heard, to_many[-1], "burst") >= 3


def test_burst_learns_a_clubs_habit() -> None:
    told = at_home()
    told.tell("session.opened", ANN, session="own", **HOME)
    first = last = ""
    for week in range(3):
        for club_member in CROWD[:20]:
            last = told.say(ANN, club_member, f"fixtures for week {week} http://club.example/{week}", "own")
            told.wait(40)
            first = first or last
        told.wait(7 * 86400)
    assert bits(Heard(told), last, "burst") == 0


def test_burst_sees_the_breadth_of_encrypted_messages() -> None:
    told = at_home()
    told.tell("session.opened", ANN, session="own", **HOME)
    for friend in CROWD[:20]:
        message = told.say(ANN, friend, None, "own", encrypted=True)
        told.wait(2)
    assert bits(Heard(told), message, "burst") >= 3


# links, wording


@pytest.mark.parametrize(
    ("text", "at_least", "at_most"),
    [
        ("see you at eight then", -5.0, -5.0),
        ("look http://never-seen-before.example/x", 3.0, 5.0),
        ("look hxxp://never-seen[.]example/x", 6.0, 7.0),
        ("look http://www\u200b.never-seen\u200b.example/x", 6.0, 7.0),
    ],
)
def test_links_by_place_and_disguise(text: str, at_least: float, at_most: float) -> None:
    told = at_home()
    message = told.say(ANN, BOB, text)
    assert at_least <= bits(Heard(told), message, "links") <= at_most


def test_wording_names_the_bait_and_never_reaches_a_block_alone() -> None:
    told = at_home()
    text = "send me the c\u043ede you got, you won a free iphone, click here, your account is suspended"
    message = told.say(ANN, BOB, text)
    heard = Heard(told)
    assert 2 <= bits(heard, message, "wording") <= 7
    assert heard.verdicts[message].action == "allow"


# recipients, habit, new_account, reports


def test_recipients_strangers_and_conversations() -> None:
    told = at_home()
    stranger = told.say(ANN, "nobody@im.example", "hello dear how are you")
    told.say(BOB, ANN, "how was your day at work")
    told.wait(60)
    answer = told.say(ANN, BOB, "long, and yours? tell me")
    heard = Heard(told)
    assert bits(heard, stranger, "recipients") == 2
    assert bits(heard, answer, "recipients") == -1


def test_a_link_sent_back_to_where_it_came_from_asks_and_does_not_spread() -> None:
    told = at_home()
    told.say(BOB, ANN, LURE.format(n=1))
    told.wait(60)
    asks = told.say(ANN, BOB, "did you send me this? http://photos-of-you.example/1")
    assert Heard(told).reason(asks, "recipients") == -14


def test_new_account_grows_with_strangers_only() -> None:
    told = Transcript()
    told.tell("account.created", ANN)
    told.friends(ANN, BOB)
    told.wait(60)
    friend = told.say(ANN, BOB, "hi it is me, I am here now, too")
    for stranger in CROWD[:16]:
        message = told.say(ANN, stranger, "hi dear, I would like to know you")
        told.wait(9)
    heard = Heard(told)
    assert bits(heard, friend, "new_account") <= 1
    assert bits(heard, message, "new_account") >= 6


def test_reports_count_each_reporter_once_and_stay_small() -> None:
    told = at_home()
    sent = [told.say(ANN, c, "our shop opens at nine http://shop.example/", None) for c in CROWD]
    for message, reporter in zip(sent, CROWD, strict=True):
        for _ in range(3):
            told.tell("message.reported", reporter, message=message, accused=ANN, reason="spim")
    for n in range(200):
        told.tell("message.reported", f"mob{n}@im.example", message=sent[0], accused=ANN, reason="spim")
    told.wait(3600)
    later = told.say(ANN, BOB, "good morning to you my friend")
    heard = Heard(told)
    assert bits(heard, later, "reports") == 3.0
    assert heard.verdicts[later].action == "allow"


def test_reports_of_people_who_did_not_get_the_message_weigh_nothing() -> None:
    told = at_home()
    message = told.say(ANN, BOB, "good morning to you my friend")
    for n in range(50):
        told.tell("message.reported", f"mob{n}@im.example", message=message, accused=ANN, reason="spim")
    later = told.say(ANN, BOB, "and a good evening")
    assert Heard(told).reason(later, "reports") is None


# session_alarm and switches


def test_session_alarm_adds_only_to_more_of_the_same() -> None:
    told = at_home()
    told.steal(ANN)
    for n, friend in enumerate(CROWD[:12]):
        told.say(ANN, friend, LURE.format(n=n), "stolen")
        told.wait(2)
    more = told.say(ANN, CROWD[20], LURE.format(n=99), "stolen")
    told.tell("session.opened", ANN, session="own", **HOME)
    plain = told.say(ANN, BOB, "what a strange day this was", "own")
    heard = Heard(told)
    assert bits(heard, more, "session_alarm") >= 4
    assert heard.reason(plain, "session_alarm") is None


@pytest.mark.parametrize("name", SIGNAL_NAMES)
def test_a_signal_that_is_switched_off_says_nothing(name: str) -> None:
    told = at_home(days=3)
    told.steal(ANN)
    for n, friend in enumerate(CROWD[:8]):
        told.say(ANN, friend, LURE.format(n=n), "stolen")
    heard = Heard(told, Engine(parse_policy(f"[signals]\n{name} = false")))
    assert not [r for v in heard.verdicts.values() for r in v.reasons if r.signal == name]
