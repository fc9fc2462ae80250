"""Times as the findings write them: UTC, from seconds since the Unix epoch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(at: float) -> datetime:
    """The UTC time of so many seconds since the Unix epoch, to the microsecond."""
    return EPOCH + timedelta(seconds=at)


def day_of(at: float) -> str:
    """The UTC day of so many seconds since the Unix epoch, as YYYY-MM-DD."""
    return moment(at).date().isoformat()
