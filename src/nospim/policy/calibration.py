"""The runtime half of calibration: a monotone map from summed evidence to log-odds it has earned.

Signals' bits are added as if they were independent, which they are not; the map corrects the sum.  It
was fitted on drill worlds (`nospim.quality.calibrate`) with each world's share of spim taken out, so that
what comes out is still a likelihood ratio, to which the policy's prior is added.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from nospim.errors import NospimError

SHIPPED: Final = "calibration.json"
"""The package data file with the knots that a policy uses unless it is given others."""
FARTHEST: Final = 1_000_000
"""Largest knot in millibits either way: a thousand bits is certainty, and integers stay small."""

Millibits = Annotated[int, Meta(ge=-FARTHEST, le=FARTHEST)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class CalibrationError(NospimError):
    """A calibration that cannot be used; the message says why."""


class FittedOn(Struct, frozen=True, forbid_unknown_fields=True):
    """One world that a calibration was fitted on.

    events, truth: SHA-256 (hex) of the two files' content, unpacked.  seed: the drill's, where known.
    """

    world: str
    events: Sha256
    truth: Sha256
    messages: int
    spim: int
    seed: int | None = None


class Calibration(Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """Knots (raw millibits, calibrated millibits), rising in both; straight lines between them.

    Outside the knots the nearest one's value holds: stronger evidence than was ever checked earns no
    more than the strongest that was.  Raises ValueError when built from fewer than two knots or from
    knots that do not rise.
    """

    knots: tuple[tuple[Millibits, Millibits], ...]
    sources: tuple[FittedOn, ...] = ()

    def __post_init__(self) -> None:
        if len(self.knots) < 2:
            raise ValueError(f"a calibration needs at least two knots, and this has {len(self.knots)}")
        for (x0, y0), (x1, y1) in pairwise(self.knots):
            if x0 >= x1 or y0 >= y1:
                raise ValueError(f"knots must rise in both numbers, but ({x1}, {y1}) follows ({x0}, {y0})")

    def apply(self, raw: int) -> int:
        """Calibrated millibits of `raw` summed millibits (the prior in neither); never falls as raw rises."""
        knots = self.knots
        i = bisect_right(self._raws, raw)
        if i == 0:
            return knots[0][1]
        if i == len(knots):
            return knots[-1][1]
        (x0, y0), (x1, y1) = knots[i - 1], knots[i]
        width = x1 - x0
        return y0 + ((raw - x0) * (y1 - y0) + width // 2) // width

    @staticmethod
    def shipped() -> Calibration:
        """The calibration that the package carries.  Raises CalibrationError when it is damaged."""
        return parse_calibration(files("nospim.policy").joinpath(SHIPPED).read_bytes(), SHIPPED)

    @cached_property
    def _raws(self) -> tuple[int, ...]:
        return tuple(x for x, _ in self.knots)


IDENTITY: Final = Calibration(((-64_000, -64_000), (64_000, 64_000)))
"""No correction; what a calibration is compared with."""

_decoder: Final = msgspec.json.Decoder(Calibration)


def parse_calibration(content: bytes, name: str = "calibration") -> Calibration:
    """Read a calibration from its JSON; `name` is what an error calls it.  Raises CalibrationError."""
    try:
        return _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CalibrationError(f"{name}: {error}") from None


def encode_calibration(calibration: Calibration) -> bytes:
    """The calibration as indented JSON with a line end: the same bytes for the same value."""
    return msgspec.json.format(msgspec.json.encode(calibration), indent=1) + b"\n"
