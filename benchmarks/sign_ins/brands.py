"""Made-up brands: names, colours, logos and a build of sign-in page; the same seed makes the same brands."""

from __future__ import annotations

from random import Random
from typing import Final

from msgspec import Struct

_FIRST: Final = (
    "ka", "lo", "mi", "zu", "ver", "tan", "bri", "sol", "nor", "pel", "qui", "har", "fo", "dra", "yel",
)  # fmt: skip
_LAST: Final = (
    "du", "ra", "nix", "to", "vane", "lio", "mer", "stead", "ko", "zen", "by", "rin", "loop", "gram",
)  # fmt: skip
_ENDS: Final = ("example", "test", "example", "example")
BUILDS: Final = ("card", "split", "bar", "plain", "dark")
"""How a page is built: a card in the middle, a picture beside a form, a bar on top, nearly nothing, dark."""


class Brand(Struct, frozen=True):
    """One service that does not exist.

    colour, second: of its pages, as #rrggbb.  build: of `BUILDS`.
    """

    name: str
    domain: str
    colour: str
    second: str
    build: str

    @property
    def shown(self) -> str:
        """The name as the brand writes it."""
        return self.name.capitalize()


def make_brands(count: int, seed: int) -> list[Brand]:
    """So many brands with names of their own."""
    rng = Random(f"brands/{seed}")
    names: dict[str, None] = {}
    while len(names) < count:
        name = "".join(rng.choice(_FIRST) for _ in range(rng.choice((1, 1, 2)))) + rng.choice(_LAST)
        if len(name) >= 5:
            names[name] = None
    return [
        Brand(
            name=name,
            domain=f"{name}.{rng.choice(_ENDS)}",
            colour=_colour(rng),
            second=_colour(rng),
            build=rng.choice(BUILDS),
        )
        for name in names
    ]


def _colour(rng: Random) -> str:
    """Half of the colours are the trade's blues, as in life."""
    if rng.random() < 0.5:
        red, green, blue = rng.randrange(0, 70), rng.randrange(60, 140), rng.randrange(160, 240)
    else:
        red, green, blue = (rng.randrange(20, 235) for _ in range(3))
    return f"#{red:02x}{green:02x}{blue:02x}"


def logo(brand: Brand) -> bytes:
    """The brand's logo as SVG: a sign and the name, in a face and a setting of its own."""
    rng = Random(f"logo/{brand.name}")
    inner = _sign(brand, rng)
    family = rng.choice(("sans-serif", "serif", "monospace", "cursive", "fantasy"))
    weight, style = rng.choice((300, 400, 700, 900)), rng.choice(("normal", "normal", "italic"))
    text = rng.choice((brand.name, brand.shown, brand.name.upper()))
    spacing = rng.choice((-1, 0, 0, 2, 5))
    size = round(84 + len(text) * (22 + spacing + (4 if text.isupper() else 0)))
    font = f'font-family="{family}" font-size="34" font-weight="{weight}" font-style="{style}"'
    words = f'<text x="74" y="44" {font} letter-spacing="{spacing}" fill="{brand.colour}">{text}</text>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="64" viewBox="0 0 {size} 64">'
    return f"{head}{inner}{words}</svg>".encode()


def _sign(brand: Brand, rng: Random) -> str:
    """A sign of two to four simple shapes."""
    shapes = []
    for _ in range(rng.randint(2, 4)):
        x, y, size = rng.randrange(14, 52), rng.randrange(14, 52), rng.randrange(8, 22)
        fill = rng.choice((brand.colour, brand.second))
        shapes.append(
            rng.choice(
                (
                    f'<circle cx="{x}" cy="{y}" r="{size // 2}" fill="{fill}"/>',
                    f'<path d="M{x - size // 2} {y - size // 2}h{size}v{size}h-{size}Z" fill="{fill}"/>',
                    f'<path d="M{x} {y - size}l{size} {2 * size}h-{2 * size}Z" fill="{fill}"/>',
                    f'<path d="M8 {y}Q{x} {y - 2 * size} 58 {y}v7Q{x} {y - size} 8 {y + 7}" fill="{fill}"/>',
                )
            )
        )
    return "".join(shapes)
