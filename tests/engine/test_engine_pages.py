"""Captures and decoys in the guard: what a page was found to be decides about its link, and who used it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from im_transcript import HOME, THIEF, Heard, Transcript
from nospim.engine import Engine
from nospim.memory import restore
from nospim.policy import Policy, parse_policy
from nospim.signals.decoy import fingerprint

ANN, BOB, EVE = "ann@im.example", "bob@im.example", "eve@im.example"
LURE = "https://odd-place.example/in"
DECOY = "anna.bach1234567"
WIDE = "[thresholds]\nwarn = 0.0001\nhold = 0.001\nblock = 0.999999\n"
"""Thresholds between which nearly every doubt is a hold: what is tested here is what ends one."""
WAITING = parse_policy(WIDE)
ASKING = parse_policy(WIDE + "[actions]\ncapture = true\n")
TOLD = parse_policy(f'[lists]\ndecoys = ["{fingerprint(DECOY)}"]\n')
OWN_PAGE: dict[str, Any] = {
    "password_form": True,
    "imitates": "im.example",
    "own_brand": True,
    "likeness": 0.97,
    "bits": 9.0,
}
PLAIN: dict[str, Any] = {"password_form": False, "bits": 0.0}


def look(told: Transcript, url: str = LURE, **found: Any) -> str:
    """A capture comes back."""
    data = {"outcome": "page", "final": url, **found}
    return told.tell("page.captured", "nospim-capture", url=url, **data)


@dataclass
class Held:
    """A transcript in which a message waits: a stolen account sends a new link to a friend."""

    told: Transcript = field(default_factory=Transcript)
    message: str = ""

    def __post_init__(self) -> None:
        told = self.told
        told.friends(ANN, BOB, EVE)
        told.life(ANN, BOB)
        told.steal(ANN)
        self.message = told.say(ANN, EVE, f"is this you in the photo? {LURE}", session="stolen")
        told.wait(5)

    def heard(self, policy: Policy = ASKING) -> Heard:
        heard = Heard(self.told, Engine(policy))
        assert heard.verdicts[self.message].action == "hold", heard.verdicts[self.message]
        return heard


def test_a_message_that_waits_for_a_new_link_asks_for_its_page_once() -> None:
    held = Held()
    held.told.say(ANN, BOB, f"and here {LURE}", session="stolen")

    asked = [a for a in held.heard().actions if a.kind == "capture"]

    assert [(a.target, a.account, a.cause) for a in asked] == [(LURE, ANN, held.message)]


def test_nothing_is_asked_for_unless_the_policy_says_so() -> None:
    assert not [a for a in Held().heard(WAITING).actions if a.kind == "capture"]


def test_a_page_that_passes_for_the_services_own_drops_what_waits() -> None:
    held = Held()
    look(held.told, **OWN_PAGE)

    end = held.heard().resolutions[held.message]

    assert (end.outcome, end.delay_s) == ("drop", 5.0)
    assert "this service's own" in end.cause


def test_a_plain_page_ends_the_wait_of_a_message_that_waited_for_that() -> None:
    told = Transcript()
    told.friends(ANN, BOB, EVE)
    told.life(ANN, BOB)
    told.tell("session.opened", ANN, session="home", **HOME)
    held = told.say(ANN, EVE, f"is this you in the photo? {LURE}", session="home")
    told.wait(5)
    look(told, **PLAIN)
    heard = Heard(told, Engine(ASKING))
    assert heard.verdicts[held].action == "hold"

    end = heard.resolutions[held]

    assert (end.outcome, end.delay_s) == ("release", 5.0)
    assert "asks for nothing" in end.cause


def test_a_plain_page_does_not_end_the_wait_of_a_message_from_a_strange_session() -> None:
    held = Held()
    look(held.told, **PLAIN)

    assert held.heard().resolutions[held.message].delay_s == 25.0


@pytest.mark.parametrize("outcome", ["refused", "nothing", "withheld", None])
def test_a_capture_that_saw_nothing_changes_nothing(outcome: str | None) -> None:
    held = Held()
    look(held.told, **{**PLAIN, "outcome": outcome})

    assert held.heard().resolutions[held.message].delay_s == 25.0


def test_a_password_page_without_a_known_face_neither_drops_nor_releases() -> None:
    held = Held()
    look(held.told, password_form=True, bits=2.0)

    assert held.heard().resolutions[held.message].delay_s == 25.0


def after(found: dict[str, Any], url: str = LURE) -> tuple[float | None, str]:
    """What the signal says of a friend's message with the link, after a capture; and the action."""
    told = Transcript()
    told.friends(ANN, BOB)
    look(told, url, **found)
    told.wait(60)
    message = told.say(ANN, BOB, f"see {LURE}")
    heard = Heard(told)
    return heard.reason(message, "page"), heard.verdicts[message].action


@pytest.mark.parametrize(
    ("found", "bits"),
    [
        (OWN_PAGE, 12.0),
        ({**OWN_PAGE, "own_brand": False}, 8.0),
        ({**OWN_PAGE, "likeness": 0.3}, 6.0),
        ({"password_form": True, "bits": 2.5}, 2.5),
        ({"password_form": False, "bits": 9.0}, 1.0),
        (PLAIN, None),
        ({"password_form": False, "bits": -9.0}, None),
    ],
)
def test_what_a_page_is_decides_what_its_link_weighs(found: dict[str, Any], bits: float | None) -> None:
    assert after(found)[0] == bits


def test_a_plain_page_clears_nothing() -> None:
    told = Transcript()
    told.friends(ANN, BOB)
    before = told.say(ANN, BOB, f"see {LURE}")
    look(told, **PLAIN)
    other = Transcript()
    other.friends(ANN, BOB)
    same = other.say(ANN, BOB, f"see {LURE}")

    assert Heard(told).verdicts[before].score == Heard(other).verdicts[same].score


def test_the_page_behind_a_redirect_is_blamed_and_so_is_the_way_there() -> None:
    final = "https://deeper.example/login"
    told = Transcript()
    told.friends(ANN, BOB)
    look(told, LURE, **{**OWN_PAGE, "final": final})
    first, second = told.say(ANN, BOB, f"see {LURE}"), told.say(ANN, BOB, f"see {final}")

    heard = Heard(told)

    assert (heard.reason(first, "page"), heard.reason(second, "page")) == (12.0, 12.0)


def test_a_redirector_on_a_place_that_people_use_does_not_cost_them_the_place() -> None:
    told = Transcript()
    for number in range(8):
        person, friends = f"p{number}@im.example", [f"q{number}-{n}@im.example" for n in range(4)]
        told.friends(person, *friends)
        for friend in friends:
            told.wait(3600)
            told.say(person, friend, f"hello {friend}")
            told.say(friend, person, f"hello to you {person}")
        told.say(person, friends[0], f"our club's page: {LURE}")
    look(told, f"{LURE}?go=elsewhere", **{**OWN_PAGE, "final": "https://deeper.example/login"})
    message = told.say("p0@im.example", "q0-0@im.example", f"as I said {LURE}")

    assert Heard(told).reason(message, "page") is None


def test_a_capture_that_was_shown_a_harmless_face_does_not_undo_the_one_that_saw_the_other() -> None:
    told = Transcript()
    told.friends(ANN, BOB)
    look(told, **OWN_PAGE)
    told.wait(60)
    look(told, **PLAIN)
    message = told.say(ANN, BOB, f"see {LURE}")

    assert Heard(told).reason(message, "page") == 12.0


def test_those_who_opened_it_are_asked_for_more_than_a_password() -> None:
    told = Transcript()
    told.friends(ANN, BOB)
    message = told.say(ANN, BOB, f"see {LURE}")
    told.tell("link.clicked", BOB, url=LURE, message=message)
    look(told, **OWN_PAGE)

    assert [(a.kind, a.target) for a in Heard(told).actions] == [("step_up", BOB)]


def test_an_address_that_is_none_is_left_alone() -> None:
    told = Transcript()
    look(told, "not an address", **OWN_PAGE)

    assert not Heard(told).actions


# decoys


def tried(policy: Policy, *, marked: bool = False, given: bool = False) -> tuple[Heard, str]:
    """A decoy is used from the thief's address, and he then writes from Ann's account."""
    told = Transcript()
    told.friends(ANN, BOB, EVE)
    told.life(ANN, BOB)
    if given:
        look(told, password_form=True, bits=1.0, decoy=fingerprint(DECOY))
    reason = {"reason": "decoy"} if marked else {"reason": "no such account"}
    who = "someone@im.example" if marked else f"{DECOY.upper()}@im.example"
    told.tell("session.failed", who, **THIEF, **reason)
    told.steal(ANN)
    message = told.say(ANN, EVE, f"look {LURE}", session="stolen")
    return Heard(told, Engine(policy)), message


@pytest.mark.parametrize(
    ("policy", "how"), [(TOLD, {}), (Policy(), {"marked": True}), (Policy(), {"given": True})]
)
def test_whoever_used_a_decoy_is_known_by_his_address(policy: Policy, how: dict[str, bool]) -> None:
    heard, message = tried(policy, **how)

    assert heard.reason(message, "decoy") == 12.0
    assert heard.verdicts[message].action == "block"


def test_without_a_decoy_a_failed_sign_in_says_nothing() -> None:
    heard, message = tried(Policy())

    assert heard.reason(message, "decoy") is None


def test_the_page_that_took_the_decoy_is_blamed() -> None:
    heard, message = tried(Policy(), given=True)

    assert heard.reason(message, "page") == 15.0


def test_a_neighbour_on_the_block_weighs_less_and_a_full_block_nothing() -> None:
    told = Transcript()
    told.friends(ANN, BOB)
    told.tell("session.failed", DECOY, **{**THIEF, "ip": "203.0.113.200"})
    told.steal(ANN)
    message = told.say(ANN, BOB, "hello", session="stolen")
    crowd = Transcript()
    for n in range(40):
        for day in range(2):
            crowd.tell("session.opened", f"p{n}@im.example", session=f"s{n}{day}", **HOME)
    crowd.tell("session.failed", DECOY, **{**HOME, "ip": "198.51.100.9"})
    crowd.tell("session.opened", "p1@im.example", session="again", **HOME)
    home = crowd.say("p1@im.example", BOB, "hello", session="again")

    assert Heard(told, Engine(TOLD)).reason(message, "decoy") == 7.0
    assert Heard(crowd, Engine(TOLD)).reason(home, "decoy") is None


@pytest.mark.parametrize("name", ["anna.bach1234567", " Anna.Bach1234567 ", "anna.bach1234567@mail.example",
                                  "@anna.bach1234567:im.example"])  # fmt: skip
def test_a_decoy_is_known_however_a_thief_writes_its_name(name: str) -> None:
    assert fingerprint(name) == fingerprint(DECOY)


def test_what_captures_and_decoys_left_is_saved_and_restored() -> None:
    heard, _ = tried(Policy(), given=True)

    assert restore(heard.engine.save()) == heard.engine.room.memory
