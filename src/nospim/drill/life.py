"""What changes in people's lives: accounts and contacts made, new phones, journeys, apps, newcomers."""

from __future__ import annotations

from nospim.drill import parameters as p
from nospim.drill import phrases_lookalike as say
from nospim.drill.chance import DAY, HOUR, between, stream
from nospim.drill.networks import line_on
from nospim.drill.people import Person, make_device
from nospim.drill.scene import Scene
from nospim.drill.script import Send
from nospim.events import (
    AccountCreated,
    AccountData,
    AppData,
    AppGranted,
    ContactAdded,
    ContactData,
    ContactsRead,
    ContactsReadData,
    LabelData,
    Labelled,
    MessageReported,
    PasswordChanged,
    PasswordData,
    ReportData,
)

APPS = (
    ("birthday-buddy", ("contacts.read", "messages.send")),
    ("calendar-match", ("contacts.read",)),
    ("contact-tidy", ("contacts.read",)),
)

LATE_FRIENDS = 0.02
"""Share of friendships that may begin during the drill and not before it."""


class Life:
    """Everything but messages of everyday life, written into a script."""

    def __init__(self, scene: Scene) -> None:
        self._script = scene.script
        self._society = scene.society
        self._plan = scene.plan
        self._rng = scene.rng

    def write(self) -> None:
        """Accounts and contact lists first, then what the plan's days bring."""
        newcomers = self._newcomers()
        for person in self._society.everybody.values():
            self._found(person, newcomers)
        for person in self._society.people:
            self._change(person)
        if "app" in self._plan.controls:
            self._apps()
        self._canaries()

    def _day(self) -> int:
        return self._plan.start_ms + self._rng.randrange(self._plan.days) * DAY

    def _newcomers(self) -> set[str]:
        """Some join during the drill, because a friend asked them to: they are new, and no fakes."""
        rng = self._rng
        if "newcomer" not in self._plan.controls:
            return set()
        joined = rng.sample(self._society.people, max(1, len(self._society.people) // 80))
        for person in joined:
            person.created = person.moment_of(self._day(), rng)
            for device in person.devices:
                device.since = person.created
            at = person.created + between(rng, 120, 1200)
            hello = rng.choice(say.HELLOS).replace("{name}", person.nick)
            for friend in [c for c in person.contacts if self._society.everybody[c].role == "person"][:25]:
                self._script.send(at, person.account, (friend,), hello, control="newcomer")
                at += between(rng, 5, 60)
        return {person.account for person in joined}

    def _found(self, person: Person, newcomers: set[str]) -> None:
        rng, script = self._rng, self._script
        first = person.devices[0]
        address = person.home.address(person.created // DAY, rng)
        inviter = person.contacts[0] if person.account in newcomers and person.contacts else None
        data = AccountData(ip=address, device=first.id, client=first.client, invited_by=inviter)
        script.fact(person.created, person.account, AccountCreated, data)
        for contact in person.contacts:
            at = self._befriended(person, self._society.everybody[contact])
            script.fact(at, person.account, ContactAdded, ContactData(contact=contact))

    def _befriended(self, person: Person, other: Person) -> int:
        """When somebody put another on the list: soon after the other did, or some time since both exist."""
        rng, plan = self._rng, self._plan
        since = max(person.created, other.created)
        if person.account in other.added:
            at = max(since, other.added[person.account]) + between(rng, 5, 3600)
        elif since >= plan.start_ms:
            at = since + between(rng, 60, 900)
        else:
            end = plan.end_ms if rng.random() < LATE_FRIENDS else plan.start_ms
            at = since + between(rng, 0, (end - since) / 1000)
        person.added[other.account] = at
        return at

    def _change(self, person: Person) -> None:
        rng, plan = self._rng, self._plan
        if rng.random() < 0.04 and person.created < plan.start_ms:
            at = self._day() + between(rng, 8 * 3600, 20 * 3600)
            old = person.devices[0]
            old.until = at
            person.devices.append(make_device(rng, old.kind, old.weight, at, plan.end_ms))
        if rng.random() < 0.05:
            country = rng.choice(list(self._society.internet.homes))
            start = self._day() + between(rng, 0, 86400)
            network = rng.choice(
                self._society.internet.homes[country] + self._society.internet.mobiles[country]
            )
            person.trips.append(
                (start, start + between(rng, 86400, 6 * 86400), line_on(network, rng), "travel")
            )
        if rng.random() < p.PASSWORD_CHANGE:
            at = max(person.created + HOUR, person.moment_of(self._day(), rng))
            self._script.fact(at, person.account, PasswordChanged, PasswordData(), present=True)

    def _apps(self) -> None:
        """People let apps read their contacts; one of the apps also writes for them."""
        rng, script, plan = self._rng, self._script, self._plan
        for person in rng.sample(self._society.people, max(1, len(self._society.people) // 50)):
            app, scopes = rng.choice(APPS)
            at = max(person.created + HOUR, person.moment_of(self._day(), rng))
            script.fact(at, person.account, AppGranted, AppData(app=app, scopes=scopes), present=True)
            server = self._society.internet.hosting[len(app) % len(self._society.internet.hosting)]
            address = line_on(server, stream(plan.seed, app)).address(0, rng)
            while at < plan.end_ms:
                read = ContactsReadData(app=app, ip=address, count=len(person.contacts))
                script.fact(at + between(rng, 5, 60), person.account, ContactsRead, read)
                if "messages.send" in scopes:
                    friend = person.friend(rng)
                    if friend is not None:
                        text = rng.choice(say.WISHES).replace("{name}", self._society.everybody[friend].nick)
                        script.send(at + 90_000, person.account, (friend,), text, app=app, control="app")
                at += DAY

    def _canaries(self) -> None:
        """The operator says which accounts are canaries; nobody has a reason to write to one."""
        for canary in self._society.of("canary"):
            data = LabelData(
                target=canary.account, label="canary", by="operator", reason="nobody writes to this account"
            )
            self._script.fact(self._plan.start_ms + 1000, f"operator@{self._plan.service}", Labelled, data)


def forge_reports(scene: Scene) -> None:
    """Some people report messages that they never received: kept, and to weigh nothing."""
    rng = scene.rng
    sent = [cue for cue in scene.script.cues if isinstance(cue, Send)]
    for person in scene.society.people:
        if rng.random() < p.FORGED_REPORTS:
            cue = rng.choice(sent)
            if person.account not in (*cue.to, cue.sender):
                report = ReportData(message=cue.id, accused=cue.sender, reason="spim")
                at = cue.at + between(rng, 60, 86400)
                scene.script.fact(at, person.account, MessageReported, report)
