"""Logs as JSON lines on standard error: what happened and where, never what somebody wrote, never a token."""

from __future__ import annotations

import logging
import os
from typing import Any

import structlog

from nospim.service.faults import place_of


def configure() -> None:
    """Write every line of ours and of the libraries in one form."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=os.fdopen(os.dup(2), "w", buffering=1)),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Forward()]
    root.setLevel(logging.WARNING)


class _Forward(logging.Handler):
    """Passes on what libraries log; of an exception only its place, for its text may quote a message."""

    def emit(self, record: logging.LogRecord) -> None:
        """One record."""
        told: dict[str, Any] = {"logger": record.name}
        if record.exc_info is not None and record.exc_info[1] is not None:
            told["fault"] = place_of(record.exc_info[1])
        structlog.get_logger("nospim").log(record.levelno, record.msg, **told)
