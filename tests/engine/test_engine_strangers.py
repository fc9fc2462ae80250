"""What waits from a session that proves to be a thief's is dropped; the owner's messages are released."""

from __future__ import annotations

import pytest

from im_transcript import Heard, Transcript
from nospim.engine import Engine
from nospim.policy import parse_policy

POLICY = parse_policy(
    """
    [thresholds]
    warn = 1e-9
    hold = 1e-9
    block = 0.9999
    [lists]
    deny_destinations = ["lure.example"]
    """
)
LURE = "is this you? http://lure.example/login"
OTHER = "have a look at http://photos.example/a"


def told(session: str) -> tuple[Heard, str, str]:
    """Ann's account writes one message that leads elsewhere, then a known lure, by one session."""
    story = Transcript()
    story.friends("ann", "bob", "cat")
    story.life("ann", "bob")
    story.tell("session.opened", "ann", session="home", ip="198.51.100.7", asn=64500, country="NL")
    if session == "stolen":
        story.steal("ann", session)
    waits = story.say("ann", "bob", OTHER, session)
    story.wait(5)
    lure = story.say("ann", "cat", LURE, session)
    return Heard(story, Engine(POLICY)), waits, lure


@pytest.mark.parametrize(("session", "outcome"), [("stolen", "drop"), ("home", "release")])
def test_what_leads_elsewhere_shares_the_fate_of_its_session(session: str, outcome: str) -> None:
    heard, waits, lure = told(session)
    assert heard.verdicts[waits].action == "hold"
    assert heard.verdicts[lure].action == "block"
    assert heard.resolutions[waits].outcome == outcome


def test_a_thief_takes_no_message_of_the_owners_with_him() -> None:
    story = Transcript()
    story.friends("ann", "bob", "cat")
    story.life("ann", "bob")
    story.tell("session.opened", "ann", session="home", ip="198.51.100.7", asn=64500, country="NL")
    mine = story.say("ann", "bob", "see you at eight then", "home")
    story.steal("ann")
    his = story.say("ann", "bob", OTHER, "stolen")
    lure = story.say("ann", "cat", LURE, "stolen")
    heard = Heard(story, Engine(POLICY))
    assert heard.verdicts[lure].action == "block"
    assert heard.resolutions[his].outcome == "drop"
    assert heard.resolutions[mine].outcome == "release"
