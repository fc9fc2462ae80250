"""XARF v4 reports: one JSON object for each place and each contact, as abuse desks' programs read them.

Source: XARF specification 4.2.0 and its JSON Schemas (MIT).  A page is called phishing only where a capture
showed that; otherwise what is reported is the spam that leads to it.
"""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any, Final

from nospim.reporting.material import Place
from nospim.reporting.sender import Addressed, Reporter

VERSION: Final = "4.2.0"
OURS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:nospim:xarf")

_DOMAIN: Final = re.compile(r"([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,}")
"""The domains that the schema allows: no IP address, and no name in Punycode, for its two hyphens."""


def xarf(one: Addressed, reporter: Reporter, at: datetime) -> bytes:
    """The report of one place to one contact.  The same place, contact and time give the same id."""
    place = one.place
    who = {"org": reporter.org, "contact": reporter.mail, "domain": reporter.domain}
    made: dict[str, Any] = {
        "xarf_version": VERSION,
        "report_id": str(uuid.uuid5(OURS, f"{one.contact.mail} {place.url} {at.isoformat()}")),
        "timestamp": _time(at),
        "reporter": who,
        "sender": who,
        "source_identifier": place.host,
        "description": told(place),
        **(_phishing(one) if place.phishing else _spam(place)),
    }
    return (json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def told(place: Place) -> str:
    """What happened, in one sentence for people."""
    seen = " A capture shows that the page asks for passwords." if place.phishing else ""
    return (
        f"{place.messages} instant messages of {len(place.campaigns)} spam campaigns led to this address "
        f"between {_time(place.first_seen)} and {_time(place.last_seen)}, sent as if by friends.{seen}"
    )


def _phishing(one: Addressed) -> dict[str, Any]:
    place = one.place
    made: dict[str, Any] = {
        "category": "content",
        "type": "phishing",
        "url": place.url,
        "evidence_source": "content_analysis",
        "verification_method": "automated_crawler",
        "verified_at": _time(place.phishing or place.last_seen),
        "attack_vector": "phishing",
    }
    if not place.shared and _DOMAIN.fullmatch(place.domain):
        made["domain"] = place.domain
    made["registrar" if one.contact.role == "registrar" else "hosting_provider"] = one.contact.name
    return made


def _spam(place: Place) -> dict[str, Any]:
    return {
        "category": "messaging",
        "type": "spam",
        "protocol": "chat",
        "evidence_source": "automated_filter",
        "spam_indicators": {"suspicious_links": [place.url], "bulk_characteristics": True},
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
