"""How a thief gets into an account: with its password, with a stolen session, or as the owner."""

from __future__ import annotations

from nospim.drill import parameters as p
from nospim.drill.campaigns import Campaign
from nospim.drill.chance import between
from nospim.drill.outfit import Access
from nospim.drill.people import Person, name
from nospim.drill.scene import Scene
from nospim.drill.script import Borrow, Borrowed
from nospim.events import (
    ContactsRead,
    ContactsReadData,
    ProfileChanged,
    ProfileData,
    SessionData,
    SessionOpened,
    SignInFailed,
    SignInFailedData,
)


def enter(scene: Scene, campaign: Campaign, owner: Person, at: int) -> str | Borrowed:
    """Write the entry and the reading of contacts into the script; returns the session that is used."""
    tactic, rng, script = campaign.tactic, scene.rng, scene.script
    if tactic.channel == "owner":
        return script.borrow(Borrow(at, owner.account, Borrowed(), steal=False))
    if tactic.channel == "residential":
        access = campaign.operator.residential(owner, scene.society.internet, tactic.client == "same", rng)
    else:
        access = campaign.operator.hosting(rng)
    if tactic.channel == "token":
        return _resume(scene, owner, at, access)
    session = sign_in(scene, owner.account, at, access, fails=rng.random() < p.FAILED_ENTRY)
    read_at = at + between(rng, 5, 20)
    for _ in range(tactic.reads):
        read = ContactsReadData(session=session, count=len(owner.contacts))
        script.fact(read_at, owner.account, ContactsRead, read)
        read_at += between(rng, 0.4, 3.0)
    if rng.random() < p.PROFILE_CHANGED:
        changed_at = read_at + between(rng, 2, 20)
        script.fact(changed_at, owner.account, ProfileChanged, ProfileData(name=name(rng)))
    return session


def sign_in(scene: Scene, account: str, at: int, access: Access, *, fails: bool = False) -> str:
    """A sign-in with a password from a thief's line; returns the new session."""
    script, rng, network = scene.script, scene.rng, access.network
    session = f"s-{script.mint()}"
    if fails:
        failed = SignInFailedData(
            ip=access.ip,
            asn=network.asn,
            country=network.country,
            device=access.device,
            client=access.client,
            reason="wrong_password",
        )
        script.fact(at - between(rng, 2, 25), account, SignInFailed, failed)
    opened = SessionData(
        session=session,
        ip=access.ip,
        asn=network.asn,
        country=network.country,
        device=access.device,
        client=access.client,
        method="password",
    )
    script.fact(at, account, SessionOpened, opened)
    return session


def _resume(scene: Scene, owner: Person, at: int, access: Access) -> Borrowed:
    return scene.script.borrow(
        Borrow(
            at,
            owner.account,
            Borrowed(),
            steal=True,
            country=access.network.country,
            ip=access.ip,
            asn=access.network.asn,
            count=len(owner.contacts),
        )
    )
