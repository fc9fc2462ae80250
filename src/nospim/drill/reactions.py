"""What people do who are sent a lure: open it, fall for it, ask back, report it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from msgspec import Struct

from nospim.drill import parameters as p
from nospim.drill import phrases_lure as say
from nospim.drill.campaigns import Bait, Campaign
from nospim.drill.chance import between
from nospim.drill.clock import Process
from nospim.drill.people import Person
from nospim.drill.stage import Arrival
from nospim.drill.takings import Taking
from nospim.drill.theatre import Theatre
from nospim.drill.truth import LookAlike, ThiefLine
from nospim.events import ClickData, LinkClicked, MessageReported, ReportData

MOST = 0.95
"""Nobody falls for everything."""


class Fallen(Struct, frozen=True):
    """Somebody who fell for a lure: whose account can be entered when, through whom, by which message."""

    account: str
    at: int
    by: str
    message: str


class Reader(Struct, frozen=True):
    """One person in front of one lure, until it is forgotten.

    fall: called when the thief has what he needs.
    """

    house: Theatre
    campaign: Campaign
    person: Person
    taking: Taking
    bait: Bait
    arrival: Arrival
    rng: Random
    fall: Callable[[Fallen], None]

    def react(self) -> Process:
        """Read it some time after it came, unless it has gone by then; then do what people do."""
        rng, person = self.rng, self.person
        yield person.wake(self.arrival.at + p.READ.draw(rng), rng)
        reports, answers, clicks, submits = (rng.random() for _ in range(4))
        if self.house.response.recalled(self.arrival.message):
            self._mark_recalled()
            return
        if reports < p.LURE_REPORT:
            self._report()
        if answers < p.OWNER_ANSWER:
            self.house.stage.clock.start(self._ask_back())
        if self.bait.url is None and not self.campaign.tactic.file:
            self._send_code(clicks)
        elif clicks < self._click_share():
            self._open()
            if submits < self._submit_share():
                self._give(between(rng, 8, 90))

    def _click_share(self) -> float:
        """How likely this person opens the link: less below a warning, and less when told of the thief."""
        conduct = self.house.plan.conduct
        share = min(MOST, self.campaign.tactic.click * conduct.click * self.person.trust)
        if self.arrival.warned:
            share *= conduct.warned_click
        if self.house.response.told_of(self.taking.draft.account):
            share *= conduct.notified_click
        return share

    def _submit_share(self) -> float:
        asked = self.house.plan.conduct.submit
        share = self.campaign.tactic.submit if asked is None else asked
        return min(MOST, share * (0.5 + self.person.trust / 2))

    def _mark_recalled(self) -> None:
        for lure in self.taking.lures:
            if lure.message == self.arrival.message:
                lure.recalled = True

    def _report(self) -> None:
        rng, owner = self.rng, self.taking.draft.account
        reason = rng.choice(("spim", "spim", "scam", "hacked"))
        report = ReportData(message=self.arrival.message, accused=owner, reason=reason)
        later = self.house.now + between(rng, 5, 900)
        self.house.stage.fact(later, self.person.account, MessageReported, report)

    def _open(self) -> None:
        """A click on a link is seen by the service; a code in a picture is opened by a camera."""
        if self.campaign.tactic.picture or self.bait.url is None:
            return
        told = self.arrival.message if self.rng.random() < 0.9 else None
        data = ClickData(url=self.bait.url, message=told)
        self.house.stage.fact(self.house.now, self.person.account, LinkClicked, data, present=True)

    def _give(self, after: int) -> None:
        """The thief has the account's key, and comes when it suits him."""
        self.taking.fell += 1
        delay = min(self.campaign.tactic.delay.draw(self.rng), int(p.MAX_DELAY * 1000))
        at = self.house.now + after + delay
        owner = self.taking.draft.account
        self.fall(Fallen(self.person.account, at, owner, self.arrival.message))

    def _ask_back(self) -> Process:
        """The reader writes to the friend; whoever is in the account may answer."""
        rng, stage, url = self.rng, self.house.stage, self.bait.url
        owner, reader = self.taking.draft.account, self.person.account
        yield self.house.now + between(rng, 4, 120)
        if url is not None and rng.random() < p.QUOTES:
            text = rng.choice(say.QUOTES).replace("{link}", url)
            wanted = "quoting" in self.house.plan.controls
            stage.say(reader, owner, text, row=self._quoting if wanted else None)
        else:
            stage.say(reader, owner, rng.choice(say.DOUBTS))
        yield self.house.now + between(rng, 8, 90)
        taking = self.taking
        if taking.session is not None and not taking.over and rng.random() < p.THIEF_ANSWERS:
            text = rng.choice(say.ASSURANCES)
            stage.say(owner, reader, text, session=taking.session, row=self._thiefs)

    def _quoting(self, ident: str) -> LookAlike:
        return LookAlike(id=ident, control="quoting", account=self.person.account)

    def _thiefs(self, ident: str) -> ThiefLine:
        return ThiefLine(id=ident, account=self.taking.draft.account, campaign=self.campaign.id)

    def _send_code(self, draw: float) -> None:
        """Where the lure asks for a sign-in code, sending it is what a submitted password is elsewhere."""
        rng = self.rng
        if self.bait.theme != "code" or draw >= p.CODE_SENT * self.person.trust:
            return
        text = rng.choice(say.CODES).replace("{code}", f"{rng.randrange(10**6):06d}")
        self.house.stage.say(
            self.person.account,
            self.taking.draft.account,
            text,
            then=lambda _: self._give(between(rng, 10, 60)),
        )
