"""Seconds to moments: the one place where the guard's numbers become dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FIRST: Final = datetime.min.replace(tzinfo=UTC).timestamp()
LAST: Final = datetime.max.replace(tzinfo=UTC, microsecond=0).timestamp()


def moment(at: float) -> datetime:
    """The UTC moment of seconds since the epoch, to the millisecond, held within the years 1 to 9999."""
    return EPOCH + timedelta(milliseconds=round(max(FIRST, min(LAST, at)) * 1000))
