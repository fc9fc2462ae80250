"""What follows a campaign: owners get their accounts back and warn friends, services close fakes."""

from __future__ import annotations

from nospim.drill import parameters as p
from nospim.drill import phrases_lure as say
from nospim.drill.chance import between
from nospim.drill.people import Person
from nospim.drill.scene import Scene
from nospim.drill.script import Borrowed
from nospim.events import (
    AccountData,
    AccountDisabled,
    AccountRecovered,
    PasswordChanged,
    PasswordData,
    SessionClosed,
    SessionClosedData,
)


def recover(scene: Scene, owner: Person, session: str | Borrowed, at: int) -> None:
    """The owner takes the account back: a new password, and the thief's session ends."""
    script, rng = scene.script, scene.rng
    script.fact(at, owner.account, PasswordChanged, PasswordData(), present=True)
    if isinstance(session, str):
        closed = SessionClosedData(session=session)
        script.fact(at + between(rng, 0.2, 3), owner.account, SessionClosed, closed)
    script.fact(at + between(rng, 2, 60), owner.account, AccountRecovered, AccountData())


def apologise(scene: Scene, owner: Person, at: int, written: list[str], topic: str) -> None:
    """Now and then the owner warns the friends that were written to: benign, in bulk, about the lure."""
    rng = scene.rng
    if "apology" not in scene.plan.controls or rng.random() >= p.APOLOGISES:
        return
    text = rng.choice(say.APOLOGIES).replace("{topic}", topic)
    when = at + between(rng, 60, 1800)
    for friend in written:
        scene.script.send(when, owner.account, (friend,), text, control="apology")
        when += between(rng, 2, 25)


def disable_fake(scene: Scene, account: str, created: int) -> None:
    """Some made-up accounts are closed by the service, hours after they were made."""
    if scene.rng.random() < p.DISABLED_FAKE:
        at = created + between(scene.rng, 4 * 3600, 40 * 3600)
        scene.script.fact(at, account, AccountDisabled, AccountData())
