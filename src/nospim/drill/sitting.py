"""One thief at work in one account: greeting, luring, editing, friend after friend."""

from __future__ import annotations

from msgspec import Struct

from nospim.drill import parameters as p
from nospim.drill import phrases_lure as say
from nospim.drill.campaigns import Bait, Campaign
from nospim.drill.chance import between
from nospim.drill.people import Person
from nospim.drill.reactions import Delivered, react
from nospim.drill.scene import Scene
from nospim.drill.script import Borrowed
from nospim.drill.truth import Lure, ThiefLine, stamp
from nospim.events import EditData, MessageEdited


class Fallen(Struct, frozen=True):
    """Somebody who fell for a lure: whose account may be entered when, by which message."""

    account: str
    at: int
    message: str


class Sitting(Struct, frozen=True):
    """An account in a thief's hands from `begins` to `end`.

    languages: what the owner writes in.  session: None when the owner's own machine sends.
    """

    scene: Scene
    campaign: Campaign
    account: str
    languages: tuple[str, ...]
    session: str | Borrowed | None
    begins: int
    end: int

    def work(self, recipients: list[str]) -> tuple[list[Fallen], list[str]]:
        """Write to each recipient in turn; returns who fell for it, and who was written to."""
        scene, campaign = self.scene, self.campaign
        at = self.begins
        fallen: list[Fallen] = []
        written: list[str] = []
        for account in recipients:
            if at >= self.end:
                break
            reader = scene.person(account)
            lured = self._greet(reader, at) if campaign.tactic.opener else at
            if lured is not None and lured < self.end and reader.created < lured:
                bait = campaign.lure(self.languages, reader.nick, scene.rng)
                message = self._lure(reader, bait, lured)
                written.append(account)
                delivered = Delivered(bait, message, lured, self.account, self.session, self.end)
                caught = react(scene, campaign, reader, delivered) if reader.role == "person" else None
                if caught is not None:
                    fallen.append(Fallen(account, caught, message))
            at += campaign.tactic.gap.draw(scene.rng)
        return fallen, written

    def _greet(self, reader: Person, at: int) -> int | None:
        """Greet first; returns when the lure follows the reply, or None when there is none."""
        rng, script = self.scene.rng, self.scene.script
        self._say(reader, rng.choice(say.GREETINGS), at)
        if reader.role != "person" or rng.random() >= p.GREETING_ANSWERED:
            return None
        replied = reader.wake(at + p.READ.draw(rng), rng)
        if replied >= self.end:
            return None
        script.send(replied, reader.account, (self.account,), rng.choice(say.GREETING_REPLIES))
        return replied + between(rng, 10, 120)

    def _say(self, reader: Person, text: str, at: int) -> str:
        """Something that is no lure."""
        script = self.scene.script
        text = text.replace("{name}", reader.nick)
        ident = script.send(at, self.account, (reader.account,), text, session=self.session)
        script.rows[ident] = ThiefLine(id=ident, account=self.account, campaign=self.campaign.id)
        return ident

    def _lure(self, reader: Person, bait: Bait, at: int) -> str:
        rng, script = self.scene.rng, self.scene.script
        if bait.url is not None and rng.random() < self.scene.plan.edited_lures:
            return self._edited(reader, bait, at)
        ident = script.send(at, self.account, (reader.account,), bait.text, session=self.session)
        script.rows[ident] = Lure(
            id=ident,
            time=stamp(at),
            account=self.account,
            campaign=self.campaign.id,
            tactic=self.campaign.name,
            operator=self.campaign.operator.name,
            to=reader.account,
        )
        return ident

    def _edited(self, reader: Person, bait: Bait, at: int) -> str:
        """A harmless message first, that an edit turns into the lure."""
        rng, script = self.scene.rng, self.scene.script
        ident = self._say(reader, rng.choice(say.GREETINGS), at)
        session = self.session if isinstance(self.session, str) else None
        data = EditData(message=ident, text=bait.text, to=(reader.account,), session=session)
        edit = script.fact(at + between(rng, 4, 30), self.account, MessageEdited, data)
        script.rows[ident] = ThiefLine(
            id=ident, account=self.account, campaign=self.campaign.id, edited_by=edit
        )
        return ident
