"""A made-up internet: networks, and the addresses that they give out.

No address here belongs to anyone.  IPv4 comes from 240.0.0.0/4, which was never given out (RFC 1112,
section 4), because the three documentation prefixes of RFC 5737 are too few; IPv6 from 3fff::/20
(RFC 9637); network numbers from the private range 4200000000 to 4294967294 (RFC 6996).
"""

from __future__ import annotations

from random import Random
from typing import Final, Literal

from msgspec import Struct

Kind = Literal["home", "mobile", "office", "hosting"]

FIRST_ASN: Final = 4_200_000_100
BLOCKS: Final = 15 * 256
"""Blocks of 65,536 addresses from 240.0.0.0 up to 254.255.0.0; 255/8 stays clear of broadcast."""
COUNTRIES: Final[tuple[tuple[str, int, int], ...]] = (
    ("US", -6, 5), ("GB", 0, 5), ("DE", 1, 4), ("FR", 1, 3), ("ES", 1, 3), ("IT", 1, 3), ("NL", 1, 2),
    ("PL", 1, 2), ("TR", 3, 2), ("BR", -3, 4), ("MX", -6, 3), ("ID", 7, 3), ("IN", 5, 4), ("SE", 1, 1),
    ("RU", 3, 2), ("JP", 9, 2), ("TW", 8, 1), ("EG", 2, 1), ("VN", 7, 1), ("NG", 1, 1),
)  # fmt: skip
"""Country, hours from UTC, weight: a service with users all over the world."""
HOSTING_COUNTRIES: Final = ("NL", "DE", "US", "FR", "SG", "CA", "RO", "FI", "SC", "RU")
GATEWAYS: Final = 6
"""Addresses that a mobile carrier or an office puts everybody behind (carrier-grade NAT, RFC 6598)."""


class Network(Struct, frozen=True):
    """One network: its number, country, and blocks of 65,536 addresses (by number from 240.0.0.0)."""

    asn: int
    country: str
    kind: Kind
    blocks: tuple[int, ...]


class Line(Struct):
    """Somebody's place on a network: a /24 of it, or the shared gateways."""

    network: Network
    third: int
    block: int
    v6: bool
    keeps: int

    def address(self, day: int, rng: Random) -> str:
        """The address on a day: homes keep theirs for `keeps` days, gateways are shared at random."""
        if self.network.kind in ("mobile", "office"):
            return dotted(self.block, self.third, 1 + rng.randrange(GATEWAYS))
        last = 2 + (self.third * 31 + day // self.keeps * 97) % 250
        if self.v6:
            return f"3fff:{self.network.asn % 4096:x}:{self.block:x}:{self.third:x}::{last:x}"
        return dotted(self.block, self.third, last)


class Internet(Struct, frozen=True):
    """All networks of a world, by country where people live in them."""

    homes: dict[str, tuple[Network, ...]]
    mobiles: dict[str, tuple[Network, ...]]
    offices: tuple[Network, ...]
    hosting: tuple[Network, ...]


def dotted(block: int, third: int, last: int) -> str:
    """An address from a block's number and its two lower bytes."""
    return f"{240 + block // 256}.{block % 256}.{third}.{last}"


def build_internet(rng: Random, offices: int) -> Internet:
    """Networks with blocks of their own: per country two for homes and two for phones, and hosting."""
    free = iter(rng.sample(range(BLOCKS), 600 + offices))
    asn = iter(range(FIRST_ASN, FIRST_ASN + 4096, 7))

    def network(country: str, kind: Kind, blocks: int) -> Network:
        return Network(next(asn), country, kind, tuple(next(free) for _ in range(blocks)))

    names = [country for country, _, _ in COUNTRIES]
    weights = [weight for _, _, weight in COUNTRIES]
    return Internet(
        homes={c: (network(c, "home", 6), network(c, "home", 3)) for c in names},
        mobiles={c: (network(c, "mobile", 2), network(c, "mobile", 1)) for c in names},
        offices=tuple(network(c, "office", 1) for c in rng.choices(names, weights, k=offices)),
        hosting=tuple(network(c, "hosting", 3) for c in HOSTING_COUNTRIES for _ in range(3)),
    )


def line_on(network: Network, rng: Random) -> Line:
    """A place on a network, as one customer gets it."""
    block = rng.choice(network.blocks)
    shared = network.kind in ("mobile", "office")
    third = rng.randrange(4) if network.kind == "mobile" else rng.randrange(256)
    return Line(network, third, block, not shared and rng.random() < 0.15, rng.choice((1, 3, 7, 30)))
