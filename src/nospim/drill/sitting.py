"""One thief at work in one account: waiting, greeting, luring, editing, friend after friend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from msgspec import Struct

from nospim.drill import parameters as p
from nospim.drill import phrases_lure as say
from nospim.drill.campaigns import Bait, Campaign
from nospim.drill.chance import between
from nospim.drill.clock import Process
from nospim.drill.people import Person
from nospim.drill.reactions import Fallen, Reader
from nospim.drill.stage import Arrival
from nospim.drill.takings import LureSent, Taking
from nospim.drill.theatre import Theatre
from nospim.drill.truth import Lure, ThiefLine, stamp
from nospim.events import Attachment, EditData, MessageEdited

HELD_AT_MOST = 30_000
"""A message has arrived by then or never will (milliseconds): no hold is longer."""


class Sitting(Struct, frozen=True):
    """An account in a thief's hands, from its entry until he is put out or has no one left to write to.

    languages: what the owner writes in.  fall: called with everybody who falls for a lure.
    links: of innocent people, for a thief who frames them.
    """

    house: Theatre
    campaign: Campaign
    taking: Taking
    languages: tuple[str, ...]
    rng: Random
    fall: Callable[[Fallen], None]
    links: Sequence[str] = ()

    @property
    def account(self) -> str:
        """Whose account it is."""
        return self.taking.draft.account

    def work(self, recipients: Sequence[str], begins: int) -> Process:
        """Write to each recipient in turn, as long as the thief is in."""
        tactic, house = self.campaign.tactic, self.house
        if tactic.quiet is not None:
            yield from self._live(recipients, begins + tactic.quiet.draw(self.rng))
        else:
            yield begins
        if tactic.rooms:
            yield from self._rooms()
        for account in recipients:
            if self.taking.over:
                return
            reader = house.person(account)
            if reader.created < house.now:
                house.stage.clock.start(self._approach(reader))
            yield house.now + self._gap()

    def _rooms(self) -> Process:
        """Write to the owner's rooms, each time to all who are in one."""
        house = self.house
        for name, members in house.society.rooms_of(self.account)[: p.MOST_ROOMS]:
            if self.taking.over:
                return
            there = [m for m in members if m != self.account and house.person(m).created < house.now]
            if there:
                self._to_room(name, there)
            yield house.now + self._gap()

    def _to_room(self, name: str, members: Sequence[str]) -> None:
        """One lure for a whole room; everybody in it reads it for himself."""
        house = self.house
        chances = house.chances("room", self.campaign.id, self.account, name)
        bait = self.campaign.lure(self.languages, "all", chances)
        lure = LureSent("", name, house.now)
        self.taking.written += members
        self.taking.lures.append(lure)

        def arrived(arrival: Arrival) -> None:
            lure.arrived = arrival.at
            for member in members:
                own = house.chances("read", self.campaign.id, arrival.message, member)
                self._read(house.person(member), bait, arrival, own)

        lure.message = house.stage.say(
            self.account,
            tuple(members),
            bait.text,
            conversation=name,
            session=self.taking.session,
            app=self.taking.app,
            row=lambda ident: self._row(ident, name),
            then=arrived,
        )

    def _gap(self) -> int:
        conduct = self.house.plan.conduct
        gap = int(self.campaign.tactic.gap.draw(self.rng) * conduct.pace)
        return max(gap, int(conduct.limited_gap * 1000)) if self.taking.limited else gap

    def _live(self, recipients: Sequence[str], until: int) -> Process:
        """Let the account grow used to the thief: a little small talk, now and then."""
        house, rng = self.house, self.rng
        while True:
            moment = house.person(self.account).wake(house.now + p.SMALL_TALK.draw(rng), rng)
            yield min(moment, until)
            if house.now >= until or self.taking.over or not recipients:
                return
            self._say(house.person(rng.choice(recipients)), rng.choice(say.SMALL_TALK))

    def _approach(self, reader: Person) -> Process:
        """One recipient: greeted first and lured after the reply, where that is the tactic; else lured."""
        if not self.campaign.tactic.opener:
            yield from self._lure(reader)
            return
        arrived: list[Arrival] = []
        replied: list[Arrival] = []
        chances = self.house.chances("greeted", self.campaign.id, self.account, reader.account)
        self._say(reader, chances.choice(say.GREETINGS), then=arrived.append)
        yield self.house.now + HELD_AT_MOST
        if not arrived or reader.role != "person" or chances.random() >= p.GREETING_ANSWERED:
            return
        yield reader.wake(self.house.now + p.READ.draw(chances), chances)
        if self.taking.over:
            return
        answer = chances.choice(say.GREETING_REPLIES)
        self.house.stage.say(reader.account, self.account, answer, then=replied.append)
        yield self.house.now + between(chances, 10, 120)
        if replied and not self.taking.over:
            yield from self._lure(reader)

    def _lure(self, reader: Person) -> Process:
        """The lure itself, in the form that the tactic gives it."""
        tactic, house = self.campaign.tactic, self.house
        chances = house.chances("lure", self.campaign.id, self.account, reader.account)
        bait = self.campaign.lure(self.languages, reader.nick, chances)
        if tactic.frames:
            if self.links:
                self._say(reader, bait.text.replace(bait.url or "", chances.choice(self.links)))
            return
        if tactic.pieces and bait.url is not None:
            yield from self._in_pieces(reader, bait, chances)
        elif bait.url is not None and not tactic.picture and chances.random() < house.plan.edited_lures:
            self._edited(reader, bait, chances)
        else:
            self._send(reader, bait, bait.text, chances)

    def _send(
        self, reader: Person, bait: Bait, text: str, chances: Random, whole: Callable[[], bool] = lambda: True
    ) -> None:
        """Send a lure; it counts when it arrives and is `whole`."""
        stage = self.house.stage
        lure = LureSent("", reader.account, self.house.now)
        picture = self._file(chances)
        self.taking.written.append(reader.account)
        self.taking.lures.append(lure)

        def arrived(arrival: Arrival) -> None:
            if whole():
                self._arrived(reader, bait, lure, arrival, chances)

        lure.message = stage.say(
            self.account,
            reader.account,
            None if self.campaign.tactic.picture else text,
            session=self.taking.session,
            app=self.taking.app,
            attachments=() if picture is None else (picture,),
            row=lambda ident: self._row(ident, reader.account),
            then=arrived,
        )

    def _arrived(self, reader: Person, bait: Bait, lure: LureSent, arrival: Arrival, chances: Random) -> None:
        """A lure is in front of somebody."""
        lure.arrived = arrival.at
        self._read(reader, bait, arrival, chances)

    def _read(self, reader: Person, bait: Bait, arrival: Arrival, chances: Random) -> None:
        if reader.role == "person":
            person = Reader(self.house, self.campaign, reader, self.taking, bait, arrival, chances, self.fall)
            self.house.stage.clock.start(person.react())

    def _file(self, chances: Random) -> Attachment | None:
        tactic = self.campaign.tactic
        if tactic.picture:
            return self.campaign.picture(chances)
        return self.campaign.document(chances) if tactic.file else None

    def _row(self, ident: str, to: str) -> Lure:
        return Lure(
            id=ident,
            time=stamp(self.house.now),
            account=self.account,
            campaign=self.campaign.id,
            tactic=self.campaign.name,
            operator=self.campaign.operator.name,
            to=to,
        )

    def _in_pieces(self, reader: Person, bait: Bait, chances: Random) -> Process:
        """A link that is whole only when every piece has arrived; the last piece counts as the lure."""
        arrived: list[Arrival] = []
        *first, last = pieces(bait)
        for text in first:
            self._say(reader, text, then=arrived.append)
            yield self.house.now + p.PIECE_GAP.draw(chances)
            if self.taking.over:
                return
        self._send(reader, bait, last, chances, whole=lambda: len(arrived) == len(first))

    def _say(self, reader: Person, text: str, then: Callable[[Arrival], None] | None = None) -> str:
        """Something that is no lure when it is sent."""

        def row(ident: str) -> ThiefLine:
            return ThiefLine(id=ident, account=self.account, campaign=self.campaign.id)

        return self.house.stage.say(
            self.account,
            reader.account,
            text.replace("{name}", reader.nick),
            session=self.taking.session,
            app=self.taking.app,
            row=row,
            then=then,
        )

    def _edited(self, reader: Person, bait: Bait, chances: Random) -> None:
        """A harmless message first, that an edit turns into the lure when it has arrived."""
        stage = self.house.stage
        lure = LureSent("", reader.account, self.house.now)
        self.taking.written.append(reader.account)

        def arrived(arrival: Arrival) -> None:
            stage.clock.start(edit(arrival))

        def edit(arrival: Arrival) -> Process:
            yield self.house.now + between(chances, 4, 30)
            if self.taking.over:
                return
            self.taking.lures.append(lure)
            data = EditData(
                message=arrival.message, text=bait.text, to=(reader.account,), session=self.taking.session
            )
            made = stage.fact(self.house.now, self.account, MessageEdited, data)
            stage.now_edited(arrival.message, made)
            self._arrived(
                reader, bait, lure, Arrival(arrival.message, self.house.now, arrival.warned), chances
            )

        lure.message = self._say(reader, chances.choice(say.GREETINGS), then=arrived)


def pieces(bait: Bait) -> list[str]:
    """A lure as three messages: the words, and the address without its scheme, cut at a dot."""
    url = bait.url or ""
    words = " ".join(bait.text.replace(url, " ").split())
    host, _, path = url.partition("://")[2].partition("/")
    label, dot, end = host.rpartition(".")
    return [words, label, f"{dot}{end}/{path}"]
