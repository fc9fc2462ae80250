"""Reports that people make of messages, read from Synapse and told to the guard."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
import structlog

from nospim.adapters.matrix_convert import MAX_TEXT, envelope, time_of
from nospim.client import AsyncClient, ClientError
from nospim.matrix.admin import AdminError, AwayError, SynapseAdmin
from nospim.matrix.canonical import Json
from nospim.matrix.worked import Worked

EVERY: Final = 5.0
"""Seconds between two looks for new reports: Synapse tells nobody of them."""
PLACE: Final = "event_reports"
log: Final = structlog.get_logger("nospim.matrix")


def report_of(row: Json, source: str) -> Json | None:
    """One report as an event; None where Synapse does not know the message's sender."""
    accused, reporter, message = row.get("sender"), row.get("user_id"), row.get("event_id")
    if not accused or not reporter or not message:
        return None
    reason = row.get("reason")
    comment = str(reason)[:MAX_TEXT] if reason else None
    data = {"message": message, "accused": accused, "comment": comment}
    ident, time = f"report-{row['id']}", time_of(row.get("received_ts"))
    return envelope(source, ident, "im.message.reported", time, str(reporter), data)


async def follow_reports(admin: SynapseAdmin, client: AsyncClient, worked: Worked, source: str) -> None:
    """Tell the guard of reports until cancelled; the place moves once the guard has them."""
    while True:
        try:
            rows = await admin.reports(worked.place(PLACE))
            events = [event for row in rows if (event := report_of(row, source)) is not None]
            if events:
                got = await client.send([msgspec.json.encode(event) for event in events])
                for refused in got.refused:
                    log.warning("report refused", reason=refused.reason)
            if rows:
                worked.set_place(PLACE, worked.place(PLACE) + len(rows))
                continue
        except (AwayError, AdminError, ClientError) as error:
            log.warning("reports were not read", reason=str(error))
        await asyncio.sleep(EVERY)
