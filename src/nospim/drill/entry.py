"""How a thief gets into an account: with its password, with a stolen session, by an app, or as the owner."""

from __future__ import annotations

from random import Random

from nospim.drill import parameters as p
from nospim.drill.campaigns import Campaign
from nospim.drill.chance import between
from nospim.drill.clock import Process
from nospim.drill.outfit import Access
from nospim.drill.people import Person, name
from nospim.drill.theatre import Theatre
from nospim.events import (
    AppData,
    AppGranted,
    ContactsRead,
    ContactsReadData,
    PasswordChanged,
    PasswordData,
    ProfileChanged,
    ProfileData,
    SessionData,
    SessionOpened,
    SessionResumed,
    SignInFailed,
    SignInFailedData,
)

COMPANION_SCOPES = ("contacts.read", "messages.send")


def enter(house: Theatre, campaign: Campaign, owner: Person, rng: Random) -> str | None:
    """Enter an account now and read its contacts; returns the session that is used, None where it fails.

    It fails where the service asks for more than the password.  An app that was granted has no session
    of its own, and returns the owner's, in which it was granted.
    """
    channel = campaign.tactic.channel
    if channel == "owner":
        return house.stage.presence.session(owner.account, house.now)[0]
    if channel == "app":
        return _grant(house, campaign, owner, rng)
    if channel == "residential":
        same = campaign.tactic.client == "same"
        access = campaign.operator.residential(owner, house.society.internet, same, rng)
    else:
        access = campaign.operator.hosting(rng)
    if channel == "token":
        return _resume(house, owner, access, rng)
    if house.response.must_prove(owner.account) and rng.random() < house.plan.conduct.step_up_holds:
        _fail(house, owner.account, access, house.now, "step_up")
        return None
    if campaign.tactic.spray:
        house.stage.clock.start(_spray(house, campaign, access))
    session = sign_in(house, owner.account, access, rng, fails=rng.random() < p.FAILED_ENTRY)
    _read(house, campaign, owner, session, rng)
    if campaign.tactic.spray:
        data = PasswordData(session=session)
        house.stage.fact(house.now + between(rng, 60, 900), owner.account, PasswordChanged, data)
    return session


def _spray(house: Theatre, campaign: Campaign, access: Access) -> Process:
    """Names and passwords from a list, one after the other, nearly all of them stale."""
    rng = house.chances("spray", campaign.id, access.device, str(house.now))
    for person in rng.sample(house.society.people, min(campaign.tactic.spray, len(house.society.people))):
        _fail(house, person.account, access, house.now, "wrong_password")
        yield house.now + p.SPRAY_GAP.draw(rng)


def _read(house: Theatre, campaign: Campaign, owner: Person, session: str, rng: Random) -> None:
    read_at = house.now + between(rng, 28, 45)
    for _ in range(campaign.tactic.reads):
        read = ContactsReadData(session=session, count=len(owner.contacts))
        house.stage.fact(read_at, owner.account, ContactsRead, read)
        read_at += between(rng, 0.4, 3.0)
    if rng.random() < p.PROFILE_CHANGED:
        changed_at = read_at + between(rng, 2, 20)
        house.stage.fact(changed_at, owner.account, ProfileChanged, ProfileData(name=name(rng)))


def sign_in(house: Theatre, account: str, access: Access, rng: Random, *, fails: bool = False) -> str:
    """A sign-in with a password from a thief's line, within half a minute; returns the new session."""
    network, at = access.network, house.now
    session = f"s-{house.stage.script.mint()}"
    if fails:
        _fail(house, account, access, at, "wrong_password")
        at += between(rng, 2, 25)
    opened = SessionData(
        session=session,
        ip=access.ip,
        asn=network.asn,
        country=network.country,
        device=access.device,
        client=access.client,
        method="password",
    )
    house.stage.fact(at, account, SessionOpened, opened)
    return session


def _fail(house: Theatre, account: str, access: Access, at: int, reason: str) -> None:
    failed = SignInFailedData(
        ip=access.ip,
        asn=access.network.asn,
        country=access.network.country,
        device=access.device,
        client=access.client,
        reason=reason,
    )
    house.stage.fact(at, account, SignInFailed, failed)


def _resume(house: Theatre, owner: Person, access: Access, rng: Random) -> str:
    """Go on in the owner's last session from elsewhere."""
    session, since = house.stage.presence.latest(owner.account, house.now)
    at = max(house.now, since + 1000)
    network = access.network
    data = SessionData(session=session, ip=access.ip, asn=network.asn, country=network.country)
    house.stage.fact(at, owner.account, SessionResumed, data)
    read = ContactsReadData(session=session, count=len(owner.contacts))
    house.stage.fact(at + between(rng, 4, 20), owner.account, ContactsRead, read)
    return session


def _grant(house: Theatre, campaign: Campaign, owner: Person, rng: Random) -> str:
    """The owner lets a companion app in, which reads the contacts from the operator's server."""
    session, since = house.stage.presence.session(owner.account, house.now)
    app, at = campaign.app or campaign.id, max(house.now, since + 1000)
    granted = AppData(app=app, scopes=COMPANION_SCOPES)
    house.stage.fact(at, owner.account, AppGranted, granted)
    read = ContactsReadData(app=app, ip=campaign.operator.hosting(rng).ip, count=len(owner.contacts))
    house.stage.fact(at + between(rng, 2, 8), owner.account, ContactsRead, read)
    return session
