"""What an operator owns and uses again: networks, programs, devices, and a taste in names and paths."""

from __future__ import annotations

from random import Random
from typing import Final

from msgspec import Struct

from nospim.drill.addresses import lure_domain
from nospim.drill.networks import Internet, Line, Network, line_on
from nospim.drill.people import Person, device_id
from nospim.drill.plan import Plan

ODD_CLIENTS: Final = (
    "imkit-py/0.3", "headless-chat/1.0", "Quillchat/0.7", "go-im/0.11", "Sparrow Web/7", "jabsend/2.2",
    "Murmur Linux/0.2",
)  # fmt: skip
"""Programs that nearly nobody on the service uses: libraries, and clients years out of date."""


FEW: Final = 3
"""Campaigns with more hosts than this put one now and then where anyone may publish."""


class Access(Struct, frozen=True):
    """Whence and with what a thief signs in."""

    ip: str
    network: Network
    client: str
    device: str


class Operator(Struct, frozen=True):
    """Somebody behind campaigns; the lines and programs link one campaign with the next."""

    name: str
    lines: tuple[Line, ...]
    clients: tuple[str, ...]
    domain_style: str
    path_style: str
    devices: tuple[str, ...]

    def hosts(self, rng: Random, service: str, count: int) -> tuple[str, ...]:
        """Hosts for a campaign, most in the operator's taste."""
        styles = (
            self.domain_style,
            self.domain_style,
            "words",
            "noise",
            *(("shared",) if count > FEW else ()),
        )
        return tuple(
            lure_domain(rng, service, self.domain_style if i == 0 else rng.choice(styles))
            for i in range(count)
        )

    def hosting(self, rng: Random) -> Access:
        """A sign-in from one of the operator's servers, often with a device seen before."""
        line = rng.choice(self.lines)
        device = rng.choice(self.devices) if rng.random() < 0.3 else device_id(rng)
        return Access(line.address(rng.randrange(4), rng), line.network, rng.choice(self.clients), device)

    def residential(self, owner: Person, internet: Internet, same_client: bool, rng: Random) -> Access:
        """A sign-in through somebody's home line in the owner's country."""
        line = line_on(rng.choice(internet.homes[owner.country]), rng)
        client = owner.devices[0].client if same_client else rng.choice(self.clients)
        return Access(line.address(0, rng), line.network, client, device_id(rng))


def make_operators(plan: Plan, internet: Internet, rng: Random) -> tuple[Operator, ...]:
    """The operators of a plan, each with two rented lines and a taste of its own."""
    clients = rng.sample(ODD_CLIENTS, len(ODD_CLIENTS))
    made = []
    for index in range(plan.operators):
        networks = rng.sample(internet.hosting, 2)
        made.append(
            Operator(
                name=f"op{index}",
                lines=tuple(Line(n, rng.randrange(256), rng.choice(n.blocks), False, 1) for n in networks),
                clients=(clients[index % len(clients)], clients[(index + 3) % len(clients)]),
                domain_style=("brand", "words", "noise", "shared")[index % 4],
                path_style=("token", "named", "nested", "bare")[index % 4],
                devices=tuple(device_id(rng) for _ in range(2)),
            )
        )
    return tuple(made)
