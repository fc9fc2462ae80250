"""The campaigns of a drill: when each starts, who runs it, what it says and where it leads."""

from __future__ import annotations

from random import Random

from msgspec import Struct

from nospim.drill import parameters as p
from nospim.drill.addresses import lure_link
from nospim.drill.chance import DAY, HOUR
from nospim.drill.disguise import defanged, masked
from nospim.drill.lures import Deck, Wording
from nospim.drill.outfit import Operator
from nospim.drill.plan import Plan


class Campaign(Struct, frozen=True):
    """One campaign as it is planned."""

    id: str
    name: str
    tactic: p.Tactic
    operator: Operator
    wording: Wording
    hosts: tuple[str, ...]
    start: int

    def lure(self, languages: tuple[str, ...], nick: str, rng: Random) -> Bait:
        """What is sent to a friend with this nickname from somebody who writes these languages."""
        theme, text = self.wording.lure(languages, rng, self.tactic.spin)
        url = lure_link(self._host(rng), rng, self.operator.path_style, nick) if self.tactic.link else None
        shown = url or ""
        if self.tactic.disguise:
            text = masked(text, rng)
            shown = defanged(shown, rng) if rng.random() < 0.7 else shown
        return Bait(text.replace("{name}", nick).replace("{link}", shown), url, theme)

    def _host(self, rng: Random) -> str:
        host = rng.choice(self.hosts)
        return f"{rng.getrandbits(20):05x}.{host}" if self.tactic.spin else host


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
                hosts=operator.hosts(rng, plan.service, tactic.domains),
                start=starts[index],
            )
        )
    return made
