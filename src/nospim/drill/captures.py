"""What an operator who looks behind links finds in a drill: thieves' pages, honest ones, and decoys."""

from __future__ import annotations

import re
from random import Random
from typing import Final

from nospim.drill import parameters as p
from nospim.drill.campaigns import Campaign
from nospim.drill.chance import HOUR, between, stream
from nospim.drill.clock import Process
from nospim.drill.script import Send
from nospim.drill.stage import Stage
from nospim.drill.theatre import Theatre
from nospim.drill.truth import Lure
from nospim.events import PageCaptured, PageCapturedData, SignInFailed, SignInFailedData
from nospim.signals.decoy import fingerprint

LOOKER: Final = "nospim-capture"
"""Whose events captures are."""
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]+")


class Captures:
    """Looks behind a share of the links that are new to the service, and behind those asked for."""

    def __init__(self, stage: Stage, rng: Random) -> None:
        self._stage = stage
        self._rng = rng
        self._seen: set[str] = set()

    def sent(self, cue: Send) -> None:
        """A message was sent: perhaps look behind its link."""
        found = _ADDRESS.search(cue.text or "")
        if found is None:
            return
        url = found[0].rstrip(".,;:!?)")
        host = url.split("/", 3)[2]
        if host in self._seen:
            return
        self._seen.add(host)
        if self._rng.random() < self._stage.plan.captures:
            self._look(url, cue.id, self._rng)

    def asked(self, url: str, message: str) -> None:
        """The guard asks for the page behind a link of a message that waits."""
        self._look(url, message, stream(self._stage.plan.seed, f"asked/{message}/{url}"))

    def _look(self, url: str, message: str, rng: Random) -> None:
        bad = isinstance(self._stage.script.rows.get(message), Lure)
        later = self._stage.clock.now + p.CAPTURE_TAKES.draw(rng)
        self._stage.fact(later, LOOKER, PageCaptured, self._page(url, bad, rng))

    def _page(self, url: str, bad: bool, rng: Random) -> PageCapturedData:
        if bad and rng.random() >= p.CLOAKED:
            return PageCapturedData(
                url=url,
                final=url,
                outcome="page",
                password_form=True,
                imitates=self._stage.plan.service,
                own_brand=True,
                likeness=round(rng.uniform(0.6, 1.0), 2),
                bits=round(rng.uniform(4.0, 12.0), 1),
            )
        if not bad and rng.random() < p.HONEST_SIGN_INS:
            bits = round(rng.uniform(1.0, 2.5), 1)
            return PageCapturedData(url=url, final=url, outcome="page", password_form=True, bits=bits)
        return PageCapturedData(url=url, final=url, outcome="page", password_form=False, bits=0.0)


def decoy_of(house: Theatre, campaign: Campaign) -> Process:
    """Some hours into a campaign its page is given a decoy, and the thief tries it with all the others."""
    rng = house.chances("decoy", campaign.id)
    if not campaign.tactic.link or campaign.tactic.channel == "fake" or rng.random() >= house.plan.decoys:
        return
    yield campaign.start + between(rng, 600, 2 * 3600)
    name = f"decoy.{rng.getrandbits(40):010x}"
    bait = campaign.lure(("en",), "you", rng)
    if bait.url is None:
        return
    data = PageCapturedData(
        url=bait.url, final=bait.url, outcome="page", password_form=True, bits=2.0, decoy=fingerprint(name)
    )
    house.stage.fact(house.now, LOOKER, PageCaptured, data)
    yield house.now + min(campaign.tactic.delay.draw(rng), 12 * HOUR)
    access = campaign.operator.hosting(rng)
    failed = SignInFailedData(
        ip=access.ip,
        asn=access.network.asn,
        country=access.network.country,
        device=access.device,
        client=access.client,
        reason="no_such_account",
    )
    house.stage.fact(house.now, f"{name}@{house.plan.service}", SignInFailed, failed)
