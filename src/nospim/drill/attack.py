"""How campaigns spread: from account to account by the lures that their friends fall for."""

from __future__ import annotations

import heapq

from msgspec import Struct

from nospim.drill import parameters as p
from nospim.drill.aftermath import apologise, recover
from nospim.drill.campaigns import Campaign, make_campaigns
from nospim.drill.chance import DAY, between, shuffled
from nospim.drill.entry import enter
from nospim.drill.fakes import flood
from nospim.drill.outfit import make_operators
from nospim.drill.people import Person
from nospim.drill.scene import Scene
from nospim.drill.script import Draft
from nospim.drill.sitting import Fallen, Sitting

TRIES = 8
"""Accounts looked at per account wanted, before a campaign gives up (the friends left are few)."""


class Victim(Struct, frozen=True, order=True):
    """An account that can be entered, in the order of the queue; `serial` makes each unique."""

    at: int
    serial: int
    account: str
    infected_by: str | None
    via: str | None


class Attack:
    """All campaigns of a plan, written into a script."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._held: dict[str, int] = {}
        self._serial = 0

    def write(self) -> list[Campaign]:
        """Write every campaign, the earliest first; returns them in that order."""
        scene = self._scene
        operators = make_operators(scene.plan, scene.society.internet, scene.rng)
        campaigns = make_campaigns(scene.plan, operators, scene.rng)
        campaigns.sort(key=lambda campaign: (campaign.start, campaign.id))
        for campaign in campaigns:
            if campaign.tactic.channel == "fake":
                flood(scene, campaign)
            else:
                self._spread(campaign)
        return campaigns

    def _spread(self, campaign: Campaign) -> None:
        """Enter accounts in order of time, until there are as many as the plan wants."""
        plan, rng = self._scene.plan, self._scene.rng
        queue = [self._seed(campaign.start + i * between(rng, 60, 900)) for i in range(p.SEEDS)]
        heapq.heapify(queue)
        taken: set[str] = set()
        now = campaign.start
        for _ in range(TRIES * plan.hijacked_per_campaign):
            if not queue:
                heapq.heappush(queue, self._seed(now + between(rng, 600, 7200)))
            victim = heapq.heappop(queue)
            now = victim.at
            if now >= plan.end_ms or len(taken) == plan.hijacked_per_campaign:
                return
            owner = self._scene.person(victim.account)
            free = self._held.get(victim.account, 0) <= now and owner.created < now
            if free and victim.account not in taken:
                taken.add(victim.account)
                for fallen in self._hijack(campaign, owner, victim):
                    self._serial += 1
                    reached = Victim(fallen.at, self._serial, fallen.account, victim.account, fallen.message)
                    heapq.heappush(queue, reached)

    def _seed(self, at: int) -> Victim:
        """An account bought or phished elsewhere, with friends enough to be worth it."""
        people = self._scene.society.people
        known = [person for person in people if len(person.contacts) >= 8] or people
        self._serial += 1
        return Victim(at, self._serial, self._scene.rng.choice(known).account, None, None)

    def _hijack(self, campaign: Campaign, owner: Person, victim: Victim) -> list[Fallen]:
        """Enter an account and use it; returns who fell for its lures."""
        scene, tactic = self._scene, campaign.tactic
        rng = scene.rng
        session = enter(scene, campaign, owner, victim.at)
        begins = victim.at + between(rng, 24, 40) + tactic.pause.draw(rng)
        until = begins + p.OWNER_NOTICES.draw(rng) if rng.random() < scene.plan.recovered else None
        scene.script.entries.append(
            Draft(
                at=victim.at,
                account=owner.account,
                state="hijacked",
                campaign=campaign.id,
                tactic=campaign.name,
                operator=campaign.operator.name,
                session=session,
                infected_by=victim.infected_by,
                via=victim.via,
                until=until,
            )
        )
        self._held[owner.account] = victim.at + DAY if until is None else until
        fallen: list[Fallen] = []
        written: list[str] = []
        if tactic.lures:
            use = None if tactic.channel == "owner" else session
            end = scene.plan.end_ms if until is None else until
            sitting = Sitting(scene, campaign, owner.account, owner.languages, use, begins, end)
            fallen, written = sitting.work(self._recipients(campaign, owner, victim))
        if until is not None:
            recover(scene, owner, session, until)
            apologise(scene, owner, until, written, campaign.wording.themes[0])
        return fallen

    def _recipients(self, campaign: Campaign, owner: Person, victim: Victim) -> list[str]:
        """The contacts on the list by then, in the tactic's order; who infected the owner may be spared."""
        rng, tactic = self._scene.rng, campaign.tactic
        listed = sorted(
            (c for c in owner.contacts if owner.added[c] < victim.at), key=owner.added.__getitem__
        )
        wanted = [c for c in listed if c != victim.infected_by or rng.random() < 0.5]
        ordered = wanted if tactic.order == "roster" else shuffled(rng, wanted)
        return ordered[: tactic.reach]
