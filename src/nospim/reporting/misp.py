"""A case as a MISP event: objects for addresses and domains, and the way they were sent, no victims.

Source: the MISP core format (draft-dulaunoy-misp-core-format) and the object templates `url`, `domain-ip`
and `instant-message` of the MISP project's misp-objects, by their ids and versions.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any, Final

from nospim.reporting.material import Actor, Material, Place
from nospim.reporting.sender import Reporter
from nospim.reporting.stix import Tlp

OURS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:nospim:misp")
TEMPLATES: Final = {
    "url": ("60efb77b-40b5-4c46-871b-ed1ed999fce5", "10", "network"),
    "domain-ip": ("43b3b146-77eb-4931-b4cc-b66c60f28734", "11", "network"),
    "instant-message": ("5fa51a24-f40f-4696-a77e-d31e26bab5fc", "3", "misc"),
}
"""Of each template its id, version and meta-category (misp-objects, 2026)."""
DISTRIBUTION: Final[dict[Tlp, str]] = {
    "clear": "3",
    "green": "2",
    "amber": "1",
    "amber+strict": "0",
    "red": "0",
}
"""Who gets it in MISP: all communities, connected ones, this community, this organisation."""
MEDIUM: Final = "2"
ONGOING: Final = "1"
WITHHELD: Final = "withheld"
"""The template of instant messages wants a sender or a body; victims sent them, so it is this word."""

Object = dict[str, Any]


def misp(
    told: Material, reporter: Reporter, title: str, opened: datetime, at: datetime, tlp: Tlp = "green"
) -> bytes:
    """The event as JSON.  title: of the event; opened: when the case was; at: now."""
    ident = str(uuid.uuid5(OURS, f"{reporter.domain} {told.source} {opened.isoformat()}"))
    stamp = str(int(at.timestamp()))
    event: Object = {
        "uuid": ident,
        "info": title,
        "date": opened.astimezone(UTC).date().isoformat(),
        "timestamp": stamp,
        "distribution": DISTRIBUTION[tlp],
        "threat_level_id": MEDIUM,
        "analysis": ONGOING,
        "published": False,
        "Orgc": {"name": reporter.org, "uuid": str(uuid.uuid5(OURS, reporter.domain))},
        "Tag": [{"name": f"tlp:{tlp}"}, {"name": 'rsit:fraud="phishing"'}],
        "Attribute": [_tie(ident, actor, stamp) for actor in told.actors if actor.ties],
        "Object": [made for place in told.places for made in _objects(ident, place, stamp)],
    }
    return (json.dumps({"Event": event}, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _objects(event: str, place: Place, stamp: str) -> list[Object]:
    seen = [("first-seen", "datetime", place.first_seen), ("last-seen", "datetime", place.last_seen)]
    made = [_object(event, "url", place, [("url", "url", place.url), *seen], stamp)]
    if not place.shared:
        made.append(_object(event, "domain-ip", place, [("domain", "domain", place.host), *seen], stamp))
    sent = [
        ("from-user", "text", WITHHELD),
        ("app-used", "text", "XMPP, Matrix or another instant messenger"),
        ("sent-date", "datetime", place.last_seen),
        ("url", "url", place.url),
    ]
    message = _object(event, "instant-message", place, sent, stamp)
    message["ObjectReference"] = [
        {
            "uuid": str(uuid.uuid5(OURS, f"{message['uuid']} {made[0]['uuid']}")),
            "object_uuid": message["uuid"],
            "referenced_uuid": made[0]["uuid"],
            "relationship_type": "redirects-to",
        }
    ]
    return [*made, message]


def _object(event: str, name: str, place: Place, values: list[tuple[str, str, Any]], stamp: str) -> Object:
    template, version, category = TEMPLATES[name]
    ident = str(uuid.uuid5(OURS, f"{event} {name} {place.url}"))
    return {
        "uuid": ident,
        "name": name,
        "meta-category": category,
        "template_uuid": template,
        "template_version": version,
        "timestamp": stamp,
        "distribution": "5",
        "comment": f"{place.messages} messages of {len(place.campaigns)} campaigns",
        "Attribute": [
            _attribute(ident, relation, kind, value, stamp, ids=relation in {"url", "domain"})
            for relation, kind, value in values
        ],
    }


def _attribute(owner: str, relation: str, kind: str, value: Any, stamp: str, *, ids: bool) -> Object:
    told = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
    return {
        "uuid": str(uuid.uuid5(OURS, f"{owner} {relation} {told}")),
        "object_relation": relation,
        "type": kind,
        "category": "Network activity" if kind in {"url", "domain"} else "Other",
        "value": told,
        "to_ids": ids,
        "timestamp": stamp,
        "distribution": "5",
    }


def _tie(event: str, actor: Actor, stamp: str) -> Object:
    lines = [
        f"{tie.kind}{f' {tie.value}' if tie.value else ''} ({tie.grade}): {tie.speaks_for}; "
        f"against it: {tie.speaks_against}"
        for tie in actor.ties
    ]
    text = f"operator {actor.id}, likely behind {len(actor.campaigns)} campaigns: " + "; ".join(lines)
    made = _attribute(event, "", "text", text, stamp, ids=False)
    del made["object_relation"]
    return made
