"""The campaigns of a drill: when each starts, who runs it, what it says and where it leads."""

from __future__ import annotations

from random import Random
from typing import Final

from msgspec import Struct

from nospim.drill import parameters as p
from nospim.drill.addresses import lure_link, sent_on, well_known_link
from nospim.drill.chance import DAY, HOUR, stream
from nospim.drill.disguise import defanged, masked
from nospim.drill.lures import Deck, Wording
from nospim.drill.outfit import Operator
from nospim.drill.plan import Plan
from nospim.events import Attachment

PICTURES: Final = 4
"""Copies of a lure's picture that one campaign sends around."""
DOCUMENTS: Final = (
    ("photo_album.html", "text/html"),
    ("Invoice.zip", "application/zip"),
    ("chat-update.apk", "application/vnd.android.package-archive"),
    ("voice_message.htm", "text/html"),
    ("you.scr", "application/octet-stream"),
)
"""What lures that are files call themselves."""
COMPANIONS: Final = (
    "who-blocked-you", "see-my-visitors", "message-styles", "friend-radar", "status-watch", "chat-themes",
)  # fmt: skip
"""What companion apps call themselves."""


class Campaign(Struct, frozen=True):
    """One campaign as it is planned.

    hosts: where its lures lead; whole links for a campaign on well-known sites.  app: the name of a
    companion app, should it have one.
    """

    id: str
    name: str
    tactic: p.Tactic
    operator: Operator
    wording: Wording
    hosts: tuple[str, ...]
    service: str
    start: int
    app: str

    def lure(self, languages: tuple[str, ...], nick: str, rng: Random) -> Bait:
        """What is sent to a friend with this nickname from somebody who writes these languages."""
        tactic = self.tactic
        theme, text = self.wording.lure(languages, rng, tactic.spin, tactic.foreign)
        url = self._link(rng, nick) if tactic.link and not tactic.file else None
        shown = url or ""
        if tactic.disguise:
            text = masked(text, rng)
            shown = defanged(shown, rng) if rng.random() < 0.7 else shown
        return Bait(text.replace("{name}", nick).replace("{link}", shown), url, theme)

    def picture(self, rng: Random) -> Attachment:
        """The lure as a picture of a code to scan; now and then it is saved anew, and its hash changes."""
        copy = rng.randrange(PICTURES)
        digest = f"{stream(copy, self.id).getrandbits(256):064x}"
        size = 30_000 + int(digest[:4], 16)
        return Attachment(name=f"IMG_{digest[:4]}.jpg", type="image/jpeg", size=size, hash=f"sha256:{digest}")

    def document(self, rng: Random) -> Attachment:
        """The lure as a file to open."""
        name, kind = rng.choice(DOCUMENTS)
        digest = f"{stream(rng.randrange(PICTURES), f'{self.id}/{name}').getrandbits(256):064x}"
        size = 4_000 + int(digest[:4], 16)
        return Attachment(name=name, type=kind, size=size, hash=f"sha256:{digest}")

    def _link(self, rng: Random, nick: str) -> str:
        if self.tactic.hosted == "redirected":
            return sent_on(lure_link(rng.choice(self.hosts), rng, self.operator.path_style, nick), rng)
        if self.tactic.hosted != "own":
            return rng.choice(self.hosts)
        host = self.operator.hosts(rng, self.service, 1)[0] if self.tactic.unique else rng.choice(self.hosts)
        if self.tactic.spin:
            host = f"{rng.getrandbits(20):05x}.{host}"
        return lure_link(host, rng, self.operator.path_style, nick)


class Bait(Struct, frozen=True):
    """One lure as written; `url` is where it leads, None without a link."""

    text: str
    url: str | None
    theme: str


def make_campaigns(plan: Plan, operators: tuple[Operator, ...], rng: Random) -> list[Campaign]:
    """One campaign a tactic, spread over the days after the warm-up; slow ones start first."""
    first = plan.start_ms + int(plan.warm_up * plan.days * DAY)
    last = plan.end_ms - max(8 * HOUR, int(0.12 * plan.days * DAY))
    order = list(range(len(plan.tactics)))
    rng.shuffle(order)
    order.sort(key=lambda i: p.TACTIC[plan.tactics[i]].delay != p.MANUAL)
    step = max(1, (last - first) // max(1, len(order)))
    starts = {
        index: first + place * step + rng.randrange(max(1, step // 2)) for place, index in enumerate(order)
    }
    runs = [operators[i % len(operators)] for i in range(len(plan.tactics))]
    rng.shuffle(runs)
    deck = Deck(rng)
    made = []
    for index, name in enumerate(plan.tactics):
        tactic, operator = p.TACTIC[name], runs[index]
        themes, table = deck.deal(name)
        made.append(
            Campaign(
                id=f"k{index}-{name}",
                name=name,
                tactic=tactic,
                operator=operator,
                wording=Wording(themes, table, tactic.phrasings, rng),
                hosts=_hosts(tactic, operator, plan.service, rng),
                service=plan.service,
                start=starts[index],
                app=rng.choice(COMPANIONS),
            )
        )
    return made


def _hosts(tactic: p.Tactic, operator: Operator, service: str, rng: Random) -> tuple[str, ...]:
    if tactic.hosted not in ("own", "redirected"):
        return tuple(well_known_link(rng, tactic.hosted) for _ in range(tactic.domains))
    return operator.hosts(rng, service, tactic.domains)
