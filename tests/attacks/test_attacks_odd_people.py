"""Odd-looking people who are themselves: new phones, journeys, greetings to all, a shared address."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from im_transcript import HOME, Heard, Transcript

PEOPLE = [f"p{n}@im.example" for n in range(60)]
STOPPED = ("hold", "block")
NAT = {"ip": "192.0.2.77", "asn": 64999, "country": "NL", "client": "Dino/0.4"}
JOURNEYS = {
    "new phone": {**HOME, "device": "new"},
    "new phone and app": {**HOME, "device": "new", "client": "Conversations/2.1"},
    "abroad": {**HOME, "ip": "198.18.0.9", "asn": 64777, "country": "TH"},
    "abroad with a new phone": {**HOME, "ip": "198.18.0.9", "asn": 64777, "country": "TH", "device": "new"},
}
SAID = {
    "talk": "landed safely, it is hot and the food is great",
    "greeting": "happy new year from far away, to you and all of yours",
    "greeting in Russian": "с новым годом, дорогие мои, всего самого доброго",
    "new number": "this is my new number, please use it from now on: +31 6 1234 5678",
    "holiday photos": "the photos of our journey are here https://photos.example/journey-2026",
}


def people(days: int = 10, alike: dict[str, object] | None = None) -> Transcript:
    """Sixty people with contacts and a quiet life, at home or all at one address."""
    told = Transcript()
    for n, person in enumerate(PEOPLE):
        told.tell("account.created", person)
        told.friends(person, *PEOPLE[n + 1 : n + 26])
    told.wait(30 * 86400)
    for n, person in enumerate(PEOPLE):
        start = told.now
        for day in range(days):
            place = {**HOME, "ip": f"198.51.100.{n}"} if alike is None else {**alike, "device": f"desk{n}"}
            told.tell("session.opened", person, session=f"{person}-{day}", **place)
            told.wait(40)
            told.say(person, PEOPLE[(n + 1 + day) % 60], f"see you at {day} then, {n}", f"{person}-{day}")
            told.wait(86400 - 40)
        told.now = start + 60
    told.wait(days * 86400)
    return told


def to_many(told: Transcript, who: str, friends: list[str], text: str, session: str) -> list[str]:
    """One text to many, at the pace of a hand."""
    sent = []
    for friend in friends:
        told.wait(25)
        sent.append(told.say(who, friend, text, session))
    return sent


def fates(heard: Heard, messages: list[str]) -> list[str]:
    """What did not pass, with the reasons, for the one who reads a failure."""
    return [
        f"{verdict.action} {[(r.signal, r.bits) for r in verdict.reasons]}"
        for ident in messages
        if (verdict := heard.verdicts[ident]).action in STOPPED
    ]


@pytest.mark.parametrize("journey", JOURNEYS)
@pytest.mark.parametrize("text", SAID)
def test_who_travels_or_has_a_new_phone_may_write_to_everybody(journey: str, text: str) -> None:
    told = people()
    told.tell("session.opened", PEOPLE[0], session="away", **JOURNEYS[journey])
    sent = to_many(told, PEOPLE[0], PEOPLE[1:26], SAID[text], "away")
    heard = Heard(told)
    assert fates(heard, sent) == []
    assert not heard.actions


@pytest.mark.xfail(reason="thieves, too, read the contact list as soon as they are in")
@pytest.mark.parametrize("text", ["new number", "holiday photos"])
def test_who_has_a_new_phone_abroad_that_reads_the_contact_list_may_write_to_everybody(text: str) -> None:
    told = people()
    told.tell("session.opened", PEOPLE[0], session="away", **JOURNEYS["abroad with a new phone"])
    told.tell("contacts.read", PEOPLE[0], session="away", count=25)
    sent = to_many(told, PEOPLE[0], PEOPLE[1:26], SAID[text], "away")
    assert fates(Heard(told), sent) == []


@pytest.mark.parametrize("text", ["holiday photos", "new number", "greeting"])
def test_thieves_who_pass_for_travellers_are_known_by_their_number(text: str) -> None:
    told = people()
    sent = []
    for n, victim in enumerate(PEOPLE[:8]):
        place = {**HOME, "ip": f"203.0.{n}.9", "asn": 64600 + n, "country": "SC", "device": f"box{n}"}
        told.tell("session.opened", victim, session=f"stolen-{n}", **place)
        sent.append(to_many(told, victim, PEOPLE[20:45], SAID[text], f"stolen-{n}"))
        told.wait(600)
    heard = Heard(told)
    assert min(len(fates(heard, messages)) for messages in sent[2:]) > 20


def greetings(told: Transcript, away: set[int], phone: str | None) -> list[str]:
    """Thirty people greet twelve friends each; some of them are away, each somewhere else."""
    sent = []
    for n in range(30):
        place = {**HOME, "ip": f"198.51.100.{n}"}
        if n in away:
            place = {
                **HOME,
                "ip": f"198.18.{n}.9",
                "asn": 64700 + n % 9,
                "country": ("TH", "PT", "IT")[n % 3],
            }
            place["device"] = f"{phone}{n}" if phone else HOME["device"]
        told.tell("session.opened", PEOPLE[n], session=f"greets{n}", **place)
        sent += to_many(told, PEOPLE[n], PEOPLE[n + 1 : n + 13], SAID["greeting"], f"greets{n}")
    return sent


@pytest.mark.parametrize(
    ("one_in", "phone"),
    [
        pytest.param(1, None, id="all away"),
        pytest.param(6, "new", id="one in six away with a new phone"),
        pytest.param(3, "new", id="one in three away with a new phone"),
    ],
)
def test_on_a_holiday_nobodys_greeting_is_stopped(one_in: int, phone: str | None) -> None:
    told = people()
    sent = greetings(told, set(range(0, 30, one_in)), phone)
    heard = Heard(told)
    assert fates(heard, sent) == []
    assert not heard.actions


def test_an_office_behind_one_address_is_not_touched_when_three_of_it_are_hijacked() -> None:
    told = people(alike=NAT)
    lures = []
    for victim in PEOPLE[:3]:
        told.tell("session.opened", victim, session=f"stolen-{victim}", device="box", **NAT)
        told.tell("contacts.read", victim, session=f"stolen-{victim}", count=50)
        for n, friend in enumerate(PEOPLE[30:50]):
            told.wait(2)
            text = f"is this you in the video? log in to see http://photos-of-you.example/{n}"
            lures.append(told.say(victim, friend, text, f"stolen-{victim}"))
    told.wait(3600)
    sent = []
    for n, person in enumerate(PEOPLE[3:30]):
        told.tell("session.opened", person, session=f"today-{person}", device=f"desk{n + 3}", **NAT)
        sent += to_many(
            told, person, PEOPLE[31:34], "the menu for today http://canteen.example/", f"today-{person}"
        )
    told.tell("session.opened", PEOPLE[29], session="replaced", device="new laptop", **NAT)
    sent += to_many(
        told, PEOPLE[29], PEOPLE[31:40], "minutes of the meeting http://intranet.example/41", "replaced"
    )
    heard = Heard(told)
    assert fates(heard, sent) == []
    assert {a.account for a in heard.actions} <= set(PEOPLE[:3])
    assert len(fates(heard, lures)) > len(lures) // 2


BOLD = {ord("a") + n: chr(0x1D41A + n) for n in range(26)}
FLYER = "the concert of our band is on {n} march, tickets at http://band.example/tickets"


def styled(text: str) -> str:
    """Words in mathematical bold letters, addresses as they are."""
    return " ".join(word if "://" in word else word.translate(BOLD) for word in text.split())


def with_flyers(write: Callable[[str], str], usual: Callable[[str], str]) -> tuple[Heard, list[str]]:
    """Somebody talks for ten days, then tells twelve friends of a concert."""
    told = people()
    for n in range(10):
        told.wait(3600)
        told.say(PEOPLE[0], PEOPLE[1 + n % 3], usual(f"shall we meet at {n} tomorrow or later"))
    told.wait(3600)
    told.tell("session.opened", PEOPLE[0], session="desk", **HOME)
    sent = to_many(told, PEOPLE[0], PEOPLE[1:13], write(FLYER.format(n=8)), "desk")
    return Heard(told), sent


def plain(text: str) -> str:
    return text


def evidence(heard: Heard, message: str) -> float:
    """The sum of all signals, before the calibration."""
    return sum(r.bits for r in heard.verdicts[message].reasons if r.signal != "calibration")


def test_who_always_writes_in_styled_letters_is_judged_as_who_writes_in_plain_ones() -> None:
    heard, sent = with_flyers(styled, usual=styled)
    heard_plain, sent_plain = with_flyers(plain, usual=plain)
    dearer = [evidence(heard, a) - evidence(heard_plain, b) for a, b in zip(sent, sent_plain, strict=True)]
    assert max(dearer) < 0.5
    assert fates(heard, sent) == []


def test_who_never_did_and_now_does_is_seen() -> None:
    heard, sent = with_flyers(styled, usual=plain)
    heard_plain, sent_plain = with_flyers(plain, usual=plain)
    dearer = [evidence(heard, a) - evidence(heard_plain, b) for a, b in zip(sent, sent_plain, strict=True)]
    assert min(dearer) >= 2
    assert fates(heard, sent) == [], "but a disguise alone stops nobody"
