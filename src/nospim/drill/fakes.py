"""Campaigns of made-up accounts, which write to strangers from their first minutes on."""

from __future__ import annotations

from random import Random

from nospim.drill.aftermath import disable_fake
from nospim.drill.campaigns import Campaign
from nospim.drill.chance import between
from nospim.drill.clock import Process
from nospim.drill.entry import sign_in
from nospim.drill.people import Person, name
from nospim.drill.script import Draft
from nospim.drill.sitting import Sitting
from nospim.drill.takings import Taking
from nospim.drill.theatre import Theatre
from nospim.events import (
    AccountCreated,
    AccountData,
    ContactRequestData,
    ContactRequested,
    ProfileChanged,
    ProfileData,
)

HELLO = "hi, add me please"


def flood(house: Theatre, campaign: Campaign) -> Process:
    """Make the plan's number of accounts over a day or so, each at work for as long as it lasts."""
    rng = house.chances("flood", campaign.id)
    gap = 1.2 * 86400 / house.plan.fakes_per_campaign
    yield campaign.start
    made: set[str] = set()
    while len(made) < house.plan.fakes_per_campaign:
        account = f"{name(rng)}{rng.randrange(70, 99999)}@{house.plan.service}"
        if account not in house.society.everybody and account not in made:
            made.add(account)
            _fake(house, campaign, account, rng)
            yield house.now + between(rng, 300, max(600.0, gap))


def _fake(house: Theatre, campaign: Campaign, account: str, rng: Random) -> None:
    stage = house.stage
    at = house.now
    access = campaign.operator.hosting(rng)
    created = AccountData(ip=access.ip, device=access.device, client=access.client)
    stage.fact(at, account, AccountCreated, created)
    session = sign_in(house, account, access, rng)
    draft = Draft(
        at=at,
        account=account,
        state="fake",
        campaign=campaign.id,
        tactic=campaign.name,
        operator=campaign.operator.name,
        session=session,
    )
    taking = Taking(draft, session)
    house.book.enter(taking)
    strangers = _harvested(house, campaign, account, rng) or _strangers(house, campaign, rng)
    for stranger in strangers[:: rng.choice((1, 2, 5))]:
        ask = ContactRequestData(contact=stranger, text=HELLO if rng.random() < 0.3 else None)
        stage.fact(at + between(rng, 25, 120), account, ContactRequested, ask)
    sitting = Sitting(house, campaign, taking, ("en",), rng, fall=lambda _: None)
    stage.clock.start(sitting.work(strangers, at + between(rng, 30, 240)))
    stage.clock.start(disable_fake(house, taking, house.chances("disabled", account)))


def _strangers(house: Theatre, campaign: Campaign, rng: Random) -> list[str]:
    people = house.society.people
    count = min(campaign.tactic.reach, len(people) // 2)
    return [person.account for person in rng.sample(people, count)]


def _harvested(house: Theatre, campaign: Campaign, account: str, rng: Random) -> list[str]:
    """The contacts of somebody whose list was read, with that person's name put on the account."""
    if not campaign.tactic.harvest:
        return []
    known = [person for person in house.society.people if len(person.contacts) >= 8] or house.society.people
    owner: Person = rng.choice(known)
    house.stage.fact(house.now + between(rng, 20, 25), account, ProfileChanged, ProfileData(name=owner.nick))
    return rng.sample(owner.contacts, min(campaign.tactic.reach, len(owner.contacts)))
