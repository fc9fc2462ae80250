"""The few things said in the benign world that no collection holds."""

from __future__ import annotations

from random import Random
from typing import Final

NUMBERS: Final = (
    "my new number is 0{n}",
    "this is my new number 0{n}, pls delete the old one",
    "new number from today: 0{n}",
    "i lost my phone, reach me on 0{n}",
)
"""Beside what the sender says of his own; a third of the new numbers are told in words of a collection."""
REMARKS: Final = (
    "{link}", "{link}", "{link}", "lol {link}", "haha {link}", "omg {link}", "{link} 😂", "watch this {link}",
    "{link} so true", "look {link}", "this!! {link}", "breaking: {link}", "is this real?? {link}",
)  # fmt: skip
"""Beside viral links."""


def remark(rng: Random, link: str) -> str:
    """A viral link with a word or none."""
    return rng.choice(REMARKS).format(link=link)


def new_number(rng: Random) -> str:
    """A new telephone number; none of them is anyone's."""
    return rng.choice(NUMBERS).format(n=rng.randrange(10**9, 10**10))
