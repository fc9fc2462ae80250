"""What people do who are sent a lure: open it, fall for it, ask back, report it."""

from __future__ import annotations

from msgspec import Struct

from nospim.drill import parameters as p
from nospim.drill import phrases_lure as say
from nospim.drill.campaigns import Bait, Campaign
from nospim.drill.chance import between
from nospim.drill.people import Person
from nospim.drill.scene import Scene
from nospim.drill.script import Borrowed
from nospim.drill.truth import ThiefLine
from nospim.events import ClickData, LinkClicked, MessageReported, ReportData


class Delivered(Struct, frozen=True):
    """A lure that has arrived: its message and time, whose account in which session sent it.

    session: None when the owner's own machine sends.  until: when the thief is put out.
    """

    bait: Bait
    message: str
    at: int
    owner: str
    session: str | Borrowed | None
    until: int


def react(scene: Scene, campaign: Campaign, reader: Person, lure: Delivered) -> int | None:
    """Write the reader's reaction; returns when the thief enters the reader's account, or None."""
    rng, script = scene.rng, scene.script
    seen = reader.wake(lure.at + p.READ.draw(rng), rng)
    if rng.random() < p.LURE_REPORT:
        reason = rng.choice(("spim", "spim", "scam", "hacked"))
        report = ReportData(message=lure.message, accused=lure.owner, reason=reason)
        script.fact(seen + between(rng, 5, 900), reader.account, MessageReported, report)
    if rng.random() < p.OWNER_ANSWER:
        _ask_back(scene, campaign, reader, lure, seen)
    url = lure.bait.url
    if url is None:
        return _send_code(scene, campaign, reader, lure, seen)
    if rng.random() >= min(0.95, campaign.tactic.click * reader.trust):
        return None
    data = ClickData(url=url, message=lure.message if rng.random() < 0.9 else None)
    script.fact(seen, reader.account, LinkClicked, data, present=True)
    if rng.random() >= min(0.95, campaign.tactic.submit * (0.5 + reader.trust / 2)):
        return None
    return seen + between(rng, 8, 90) + _delay(scene, campaign)


def _delay(scene: Scene, campaign: Campaign) -> int:
    return min(campaign.tactic.delay.draw(scene.rng), int(p.MAX_DELAY * 1000))


def _ask_back(scene: Scene, campaign: Campaign, reader: Person, lure: Delivered, seen: int) -> None:
    """The reader writes to the friend; whoever is in the account may answer."""
    rng, script, url = scene.rng, scene.script, lure.bait.url
    at = seen + between(rng, 4, 120)
    if url is not None and rng.random() < p.QUOTES:
        text = rng.choice(say.QUOTES).replace("{link}", url)
        control = "quoting" if "quoting" in scene.plan.controls else None
        script.send(at, reader.account, (lure.owner,), text, control=control)
    else:
        script.send(at, reader.account, (lure.owner,), rng.choice(say.DOUBTS))
    answer = at + between(rng, 8, 90)
    if lure.session is not None and answer < lure.until and rng.random() < p.THIEF_ANSWERS:
        text = rng.choice(say.ASSURANCES)
        ident = script.send(answer, lure.owner, (reader.account,), text, session=lure.session)
        script.rows[ident] = ThiefLine(id=ident, account=lure.owner, campaign=campaign.id)


def _send_code(scene: Scene, campaign: Campaign, reader: Person, lure: Delivered, seen: int) -> int | None:
    """Where the lure asks for a sign-in code, sending it is what a submitted password is elsewhere."""
    rng = scene.rng
    if lure.bait.theme != "code" or rng.random() >= p.CODE_SENT * reader.trust:
        return None
    text = rng.choice(say.CODES).replace("{code}", f"{rng.randrange(10**6):06d}")
    scene.script.send(seen, reader.account, (lure.owner,), text)
    return seen + between(rng, 10, 60) + _delay(scene, campaign)
