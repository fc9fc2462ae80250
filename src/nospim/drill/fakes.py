"""Campaigns of made-up accounts, which write to strangers from their first minutes on."""

from __future__ import annotations

from nospim.drill.aftermath import disable_fake
from nospim.drill.campaigns import Campaign
from nospim.drill.chance import between
from nospim.drill.entry import sign_in
from nospim.drill.people import name
from nospim.drill.scene import Scene
from nospim.drill.script import Draft
from nospim.drill.sitting import Sitting
from nospim.events import AccountCreated, AccountData, ContactRequestData, ContactRequested

HELLO = "hi, add me please"


def flood(scene: Scene, campaign: Campaign) -> None:
    """Make the plan's number of accounts over a day or so, each at work for as long as it lasts."""
    gap = 1.2 * 86400 / scene.plan.fakes_per_campaign
    at = campaign.start
    made: set[str] = set()
    while len(made) < scene.plan.fakes_per_campaign:
        account = f"{name(scene.rng)}{scene.rng.randrange(70, 99999)}@{scene.plan.service}"
        if account not in scene.society.everybody and account not in made:
            made.add(account)
            _fake(scene, campaign, account, at)
            at += between(scene.rng, 300, max(600.0, gap))


def _fake(scene: Scene, campaign: Campaign, account: str, at: int) -> None:
    rng, script = scene.rng, scene.script
    access = campaign.operator.hosting(rng)
    created = AccountData(ip=access.ip, device=access.device, client=access.client)
    script.fact(at, account, AccountCreated, created)
    session = sign_in(scene, account, at + between(rng, 2, 20), access)
    script.entries.append(
        Draft(
            at=at,
            account=account,
            state="fake",
            campaign=campaign.id,
            tactic=campaign.name,
            operator=campaign.operator.name,
            session=session,
        )
    )
    people = scene.society.people
    count = min(campaign.tactic.reach, len(people) // 2)
    strangers = [person.account for person in rng.sample(people, count)]
    for stranger in strangers[:: rng.choice((1, 2, 5))]:
        ask = ContactRequestData(contact=stranger, text=HELLO if rng.random() < 0.3 else None)
        script.fact(at + between(rng, 25, 120), account, ContactRequested, ask)
    begins = at + between(rng, 30, 240)
    Sitting(scene, campaign, account, ("en",), session, begins, scene.plan.end_ms).work(strangers)
    disable_fake(scene, account, at)
