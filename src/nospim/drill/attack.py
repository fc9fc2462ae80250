"""How campaigns spread: from account to account by the lures that reach people who fall for them."""

from __future__ import annotations

from functools import partial
from random import Random

from msgspec import Struct

from nospim.drill import parameters as p
from nospim.drill.aftermath import apologise, recover
from nospim.drill.campaigns import Campaign, make_campaigns
from nospim.drill.captures import decoy_of
from nospim.drill.chance import DAY, between, shuffled
from nospim.drill.clock import Process
from nospim.drill.entry import enter
from nospim.drill.fakes import flood
from nospim.drill.outfit import make_operators
from nospim.drill.people import Person
from nospim.drill.reactions import Fallen
from nospim.drill.script import Draft, Send
from nospim.drill.sitting import Sitting
from nospim.drill.takings import Taking
from nospim.drill.theatre import Theatre
from nospim.drill.truth import LookAlike

TRIES = 8
"""Accounts bought per account wanted, before a campaign gives up."""


class Attack:
    """All campaigns of a plan, at work on a stage."""

    def __init__(self, house: Theatre) -> None:
        self._house = house
        rng = house.chances("attack")
        operators = make_operators(house.plan, house.society.internet, rng)
        self._campaigns = {c.id: c for c in make_campaigns(house.plan, operators, rng)}
        self._channel = {c.id: c.tactic.channel for c in self._campaigns.values()}
        self._busy: dict[str, int] = {}

    def begin(self) -> None:
        """Start every campaign on the clock."""
        for campaign in self._campaigns.values():
            if self._house.plan.decoys:
                self._house.stage.clock.start(decoy_of(self._house, campaign))
            if campaign.tactic.channel == "fake":
                self._house.stage.clock.start(flood(self._house, campaign))
            else:
                links = _innocent_links(self._house, campaign.start) if campaign.tactic.frames else ()
                _Spread(self._house, campaign, self._busy, links).begin()

    def come_back(self, account: str) -> None:
        """The owner was told, and takes the account back from whoever is or was in it."""
        for taking in self._house.book.ever(account):
            draft = taking.draft
            if draft.state == "hijacked" and draft.until is None:
                campaign = self._campaigns[draft.campaign]
                _give_back(
                    self._house, campaign, taking, self._house.chances("back", draft.campaign, account)
                )


class Seen(Struct, frozen=True):
    """An account that can be entered: through whom and by which message, or bought."""

    account: str
    by: str | None = None
    via: str | None = None


class _Spread:
    """One campaign, going from account to account until it has as many as the plan wants."""

    def __init__(
        self, house: Theatre, campaign: Campaign, busy: dict[str, int], links: tuple[str, ...]
    ) -> None:
        self._house = house
        self._campaign = campaign
        self._busy = busy
        self._links = links
        self._taken: set[str] = set()
        self._last = campaign.start
        self._rng = house.chances("spread", campaign.id)

    def begin(self) -> None:
        house, rng = self._house, self._rng
        start = self._campaign.start
        known = self._worth_it()
        for index, person in enumerate(rng.sample(known, min(house.plan.seeds, len(known)))):
            seen = Seen(person.account)
            house.stage.clock.at(start + index * between(rng, 60, 900), partial(self._enter, seen))
        if house.plan.reseed:
            house.stage.clock.start(self._supply())

    @property
    def _full(self) -> bool:
        return len(self._taken) >= self._house.plan.hijacked_per_campaign

    def _supply(self) -> Process:
        """Buy more accounts whenever the campaign has come to a stop."""
        yield self._campaign.start + between(self._rng, 600, 7200)
        for _ in range(TRIES * self._house.plan.hijacked_per_campaign):
            if self._full:
                return
            wait = between(self._rng, 600, 7200)
            if self._house.now - self._last >= wait:
                self._enter(Seen(self._rng.choice(self._worth_it()).account))
            yield self._house.now + wait

    def _worth_it(self) -> list[Person]:
        """Accounts with friends enough to be bought, or phished elsewhere."""
        people = self._house.society.people
        return [person for person in people if len(person.contacts) >= 8] or people

    def _fall(self, fallen: Fallen) -> None:
        seen = Seen(fallen.account, fallen.by, fallen.message)
        self._house.stage.clock.at(fallen.at, lambda: self._enter(seen))

    def _enter(self, seen: Seen) -> None:
        """Enter an account and use it, if it can still be had."""
        house, campaign = self._house, self._campaign
        owner = house.person(seen.account)
        if self._full or seen.account in self._taken or owner.created >= house.now:
            return
        if self._busy.get(seen.account, 0) > house.now or seen.account in house.stage.silenced:
            return
        rng = house.chances("entry", campaign.id, seen.account)
        session = enter(house, campaign, owner, rng)
        if session is None:
            return
        self._taken.add(seen.account)
        self._last = house.now
        taking = self._book(seen, session)
        begins = house.now + between(rng, 54, 70) + campaign.tactic.pause.draw(rng)
        ends = begins + p.OWNER_NOTICES.draw(rng) if rng.random() < house.plan.recovered else None
        self._busy[seen.account] = house.now + DAY if ends is None else ends
        if ends is not None:
            back = house.chances("back", campaign.id, seen.account)
            house.stage.clock.at(ends, lambda: _give_back(house, campaign, taking, back))
        if campaign.tactic.lures:
            recipients = self._recipients(owner, seen, rng)
            sitting = Sitting(house, campaign, taking, owner.languages, rng, self._fall, self._links)
            house.stage.clock.start(sitting.work(recipients, begins))

    def _book(self, seen: Seen, session: str) -> Taking:
        campaign, channel = self._campaign, self._campaign.tactic.channel
        draft = Draft(
            at=self._house.now,
            account=seen.account,
            state="hijacked",
            campaign=campaign.id,
            tactic=campaign.name,
            operator=campaign.operator.name,
            session=session,
            infected_by=seen.by,
            via=seen.via,
        )
        own = channel in ("owner", "app")
        taking = Taking(draft, None if own else session, campaign.app if channel == "app" else None)
        self._house.book.enter(taking)
        return taking

    def _recipients(self, owner: Person, seen: Seen, rng: Random) -> list[str]:
        """The contacts on the list by now, in the tactic's order; who infected the owner may be spared."""
        tactic, now = self._campaign.tactic, self._house.now
        listed = sorted((c for c in owner.contacts if owner.added[c] < now), key=owner.added.__getitem__)
        wanted = [c for c in listed if c != seen.by or rng.random() < 0.5]
        if tactic.order == "closest":
            shares = dict(zip(owner.contacts, _shares(owner), strict=True))
            return sorted(wanted, key=lambda c: -shares[c])[: tactic.reach]
        ordered = wanted if tactic.order == "roster" else shuffled(rng, wanted)
        return ordered[: tactic.reach]


def _shares(owner: Person) -> list[float]:
    """How much of the owner's chat goes to each contact."""
    if not owner.ties:
        return [0.0] * len(owner.contacts)
    return [now - before for before, now in zip([0.0, *owner.ties], owner.ties, strict=False)]


def _give_back(house: Theatre, campaign: Campaign, taking: Taking, rng: Random) -> None:
    """The owner is back, once, and may say sorry."""
    if taking.draft.until is not None:
        return
    recover(house, taking, campaign.tactic.channel, rng)
    house.stage.clock.start(apologise(house, taking, campaign.wording.themes[0], rng))


def _innocent_links(house: Theatre, before: int) -> tuple[str, ...]:
    """What clubs and shops have linked to by then: what somebody would frame them with."""
    rows = house.stage.script.rows
    found: dict[str, None] = {}
    for cue in house.stage.script.cues:
        row = rows.get(cue.id)
        if (
            isinstance(cue, Send)
            and isinstance(row, LookAlike)
            and row.control in ("club", "shop")
            and cue.text
            and cue.at < before
        ):
            found.update((word, None) for word in cue.text.split() if "://" in word)
    return tuple(found)
