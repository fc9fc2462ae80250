"""What people write to each other every day: talks of two, rooms, links, clicks, edits and reports."""

from __future__ import annotations

from typing import Final

from nospim.drill import parameters as p
from nospim.drill.addresses import Host, benign_host, benign_link, sent_on, well_known_link
from nospim.drill.chance import DAY, between, poisson
from nospim.drill.people import Person
from nospim.drill.scene import Scene
from nospim.drill.talk import Talker
from nospim.events import (
    Attachment,
    ClickData,
    EditData,
    LinkClicked,
    MessageDelivered,
    MessageEdited,
    MessageReported,
    MessageRetracted,
    MessageStateData,
    ReportData,
)

FILES: Final = (
    ("IMG_", "jpg", "image/jpeg", 6_000_000),
    ("voice-", "ogg", "audio/ogg", 900_000),
    ("VID_", "mp4", "video/mp4", 60_000_000),
    ("scan", "pdf", "application/pdf", 4_000_000),
    ("notes", "zip", "application/zip", 9_000_000),
)
"""What people send each other: begin and end of the name, media type, greatest size."""
FILE_WEIGHTS: Final = (60, 20, 10, 8, 2)


class Chatter:
    """Everyday chat of a society, written into a script."""

    def __init__(self, scene: Scene) -> None:
        self.rng = scene.rng
        self.talker = Talker(self.rng)
        self.hosts: list[Host] = [benign_host(self.rng) for _ in range(max(80, scene.plan.accounts // 2))]
        self._host_weights = [1.0 / rank for rank in range(1, len(self.hosts) + 1)]
        self._script = scene.script
        self._society = scene.society
        self._plan = scene.plan

    def write(self) -> None:
        """Everybody's chat of all days."""
        plan, rng = self._plan, self.rng
        people = self._society.people
        scale = plan.chat_per_day * len(people) / sum(person.rate for person in people) / p.TURNS_MEAN
        for day in range(plan.days):
            weekend = 1.15 if (plan.start_ms // DAY + day) % 7 in (2, 3) else 1.0
            for person in people:
                for _ in range(poisson(rng, person.rate * scale * weekend)):
                    self._talk(person, person.moment_of(plan.start_ms + day * DAY, rng))

    def link(self) -> str:
        """A link that somebody might share."""
        share = self._plan.well_known
        if share and self.rng.random() < share:
            hosted = self.rng.choice(("published", "published", "shortened", "redirected"))
            return self._sent_on() if hosted == "redirected" else well_known_link(self.rng, hosted)
        return benign_link(self.rng.choices(self.hosts, self._host_weights)[0], self.rng)

    def _sent_on(self) -> str:
        """As it is copied from a page that others' links lead through."""
        host = self.rng.choices(self.hosts, self._host_weights)[0]
        return sent_on(benign_link(host, self.rng), self.rng)

    def clicked(self, reader: Person, url: str, message: str, at: int, share: float) -> None:
        """The reader opens the link, with some probability."""
        if self.rng.random() < share:
            when = reader.wake(at + p.READ.draw(self.rng), self.rng)
            data = ClickData(url=url, message=message if self.rng.random() < 0.92 else None)
            self._script.fact(when, reader.account, LinkClicked, data, present=True)

    def _talk(self, person: Person, at: int) -> None:
        rng = self.rng
        if rng.random() < self._plan.groups:
            room = self.room(person)
            if room is not None:
                self._room_talk(person, *room, at)
                return
        friend = person.friend(rng)
        if friend is None:
            return
        other = self._society.everybody[friend]
        if other.role != "person":
            return
        self._pair_talk(person, other, at)

    def _pair_talk(self, person: Person, other: Person, at: int) -> None:
        rng = self.rng
        turns = min(p.TURNS_MAX, 1 + int(rng.expovariate(1.0 / (p.TURNS_MEAN - 0.5))))
        shared_at = rng.randrange(turns) if rng.random() < p.LINK_SHARE else -1
        answers = False
        for turn, (speaks, text) in enumerate(self.talker.exchange(person, other, turns)):
            who, to = (person, other) if speaks else (other, person)
            if turn == shared_at:
                url = self.link()
                text = self.talker.link(who, to, url)
                ident = self._script.send(at, who.account, (to.account,), text)
                self.clicked(to, url, ident, at, p.FRIEND_CLICK)
                answers = True
            else:
                if answers and rng.random() < 0.4:
                    text = self.talker.thanks(who)
                answers = False
                if self._plan.files and rng.random() < self._plan.files:
                    shown = text if rng.random() < 0.4 else None
                    self._script.send(at, who.account, (to.account,), shown, attachments=(self._file(),))
                    at += p.PAUSE.draw(rng)
                    continue
                ident = self._script.send(at, who.account, (to.account,), text)
                self._afterthought(ident, who, to, text, at)
            at += p.PAUSE.draw(rng)

    def _file(self) -> Attachment:
        """A picture, a voice, a document."""
        rng = self.rng
        stem, end, kind, most = rng.choices(FILES, FILE_WEIGHTS)[0]
        name = f"{stem}{rng.randrange(10**6):06d}.{end}"
        size = int(most * rng.betavariate(1.5, 6.0)) + 900
        return Attachment(name=name, type=kind, size=size, hash=f"sha256:{rng.getrandbits(256):064x}")

    def _afterthought(self, ident: str, who: Person, to: Person, text: str, at: int) -> None:
        """Now and then a message is edited, taken back, reported by mistake, or receipted."""
        rng, plan, script = self.rng, self._plan, self._script
        if rng.random() < plan.edits and to.account not in who.sealed:
            data = EditData(
                message=ident,
                text=text + rng.choice((" *", " (sorry, typo)", "!", " I mean")),
                to=(to.account,),
            )
            script.fact(at + between(rng, 4, 90), who.account, MessageEdited, data)
        elif rng.random() < plan.edits / 3:
            state = MessageStateData(message=ident, to=(to.account,))
            script.fact(at + between(rng, 4, 300), who.account, MessageRetracted, state)
        if rng.random() < p.MISTAKEN_REPORT:
            report = ReportData(
                message=ident, accused=who.account, reason=rng.choice(("spim", "abuse", "other"))
            )
            script.fact(at + between(rng, 20, 7200), to.account, MessageReported, report)
        if plan.receipts and rng.random() < plan.receipts:
            state = MessageStateData(message=ident, to=(to.account,))
            script.fact(at + between(rng, 0.1, 3), to.account, MessageDelivered, state)

    def room(self, person: Person) -> tuple[str, list[str]] | None:
        """A room that somebody chats in, with its members; None where there is none."""
        mine = self._society.rooms_of(person.account)
        return self.rng.choice(mine) if mine else None

    def _room_talk(self, person: Person, room: str, circle: list[str], at: int) -> None:
        rng = self.rng
        turns = rng.randint(2, 9)
        speakers = [person, *(self._society.everybody[a] for a in rng.sample(circle, min(3, len(circle))))]
        for turn, (_, text) in enumerate(self.talker.exchange(speakers[0], speakers[-1], turns)):
            who = speakers[0] if turn == 0 else rng.choice(speakers)
            to = tuple(a for a in circle if a != who.account)
            if rng.random() < p.LINK_SHARE / 2:
                url = self.link()
                ident = self._script.send(
                    at, who.account, to, self.talker.link(who, who, url), conversation=room
                )
                for reader in rng.sample(to, min(2, len(to))):
                    self.clicked(self._society.everybody[reader], url, ident, at, 0.3)
            else:
                self._script.send(at, who.account, to, text, conversation=room)
            at += p.PAUSE.draw(rng)
