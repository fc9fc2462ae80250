"""Seconds to moments: the one place where the guard's numbers become dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(at: float) -> datetime:
    """The UTC moment of seconds since the epoch, to the millisecond."""
    return EPOCH + timedelta(milliseconds=round(at * 1000))
