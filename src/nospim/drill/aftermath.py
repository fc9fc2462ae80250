"""What follows a campaign: owners get their accounts back and warn friends, services close fakes."""

from __future__ import annotations

from random import Random

from nospim.drill import parameters as p
from nospim.drill import phrases_lure as say
from nospim.drill.chance import between
from nospim.drill.clock import Process
from nospim.drill.takings import Taking
from nospim.drill.theatre import Theatre
from nospim.drill.truth import LookAlike
from nospim.events import (
    AccountData,
    AccountDisabled,
    AccountRecovered,
    PasswordChanged,
    PasswordData,
    SessionClosed,
    SessionClosedData,
)


def recover(house: Theatre, taking: Taking, channel: str, rng: Random) -> None:
    """The owner takes the account back, now: a new password, and the thief's session ends."""
    stage, account, now = house.stage, taking.draft.account, house.now
    taking.draft.until = now
    taking.end(now, "owner")
    stage.fact(now, account, PasswordChanged, PasswordData(), present=True)
    if taking.session is not None and channel != "owner":
        closed = SessionClosedData(session=taking.session)
        stage.presence.forget(account, taking.session)
        stage.fact(now + between(rng, 0.2, 3), account, SessionClosed, closed)
    stage.fact(now + between(rng, 2, 60), account, AccountRecovered, AccountData())


def apologise(house: Theatre, taking: Taking, topic: str, rng: Random) -> Process:
    """Now and then the owner warns the friends that were written to: benign, in bulk, about the lure."""
    if "apology" not in house.plan.controls or rng.random() >= p.APOLOGISES:
        return
    account = taking.draft.account
    text = rng.choice(say.APOLOGIES).replace("{topic}", topic)
    yield house.now + between(rng, 60, 1800)
    for friend in list(taking.written):
        house.stage.say(
            account, friend, text, row=lambda i: LookAlike(id=i, control="apology", account=account)
        )
        yield house.now + between(rng, 2, 25)


def disable_fake(house: Theatre, taking: Taking, rng: Random) -> Process:
    """Some made-up accounts are closed by the service, hours after they were made."""
    if rng.random() < p.DISABLED_FAKE:
        yield house.now + between(rng, 4 * 3600, 40 * 3600)
        taking.end(house.now, "disabled")
        house.stage.fact(house.now, taking.draft.account, AccountDisabled, AccountData())
