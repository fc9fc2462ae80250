"""A case as a STIX 2.1 bundle: campaigns, where their lures lead, indicators, operators, sightings.

Source: STIX Version 2.1, OASIS Standard (10 June 2021): section 2.9 for identifiers (cyber-observables by
UUIDv5 in the namespace given there; other objects by UUIDv5 in one of ours, so that the same case gives the
same objects), and the OASIS extension for TLP 2.0 with its fixed marking definitions.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from nospim.reporting.material import Actor, Effort, Material, Place
from nospim.reporting.sender import Reporter

Tlp = Literal["clear", "green", "amber", "amber+strict", "red"]
SCO_NAMESPACE: Final = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""Of cyber-observables (STIX 2.1, 2.9)."""
OURS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:nospim:stix")
TLP_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
MARKINGS: Final[dict[Tlp, str]] = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
VALID: Final = timedelta(days=30)
"""Lures move on within days; an indicator that holds for longer hurts whoever buys the name next."""
MOST_SIGHTED: Final = 999_999_999
"""The largest count of a sighting (STIX 2.1, 5.2)."""
MEDIUM: Final = 50
LOW: Final = 15
"""Confidence on the scale of STIX 2.1, appendix A; a fact that joins campaigns is no name yet: medium."""

Object = dict[str, Any]


def stix(told: Material, reporter: Reporter, opened: datetime, at: datetime, tlp: Tlp = "green") -> bytes:
    """The bundle as JSON.  opened: when the case was, which is when its objects were; at: now."""
    made = _Maker(told, reporter, opened, at, tlp)
    return (json.dumps(made.bundle(), indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def observable(kind: str, value: str) -> str:
    """The identifier of a cyber-observable whose one contributing property is its value.

    The name is that property in the canonical JSON of RFC 8785, which for one string json.dumps writes.
    """
    name = json.dumps({"value": value}, separators=(",", ":"), ensure_ascii=False)
    return f"{kind}--{uuid.uuid5(SCO_NAMESPACE, name)}"


class _Maker:
    """Makes the objects of one bundle, each once."""

    def __init__(self, told: Material, reporter: Reporter, opened: datetime, at: datetime, tlp: Tlp) -> None:
        self._told, self._reporter, self._tlp = told, reporter, tlp
        self._created, self._modified = moment(min(opened, at)), moment(at)
        self._author = _id("identity", reporter.domain, reporter.org)
        self._objects: dict[str, Object] = {}

    def bundle(self) -> Object:
        self._marking()
        about = {"name": self._reporter.org, "identity_class": "organization"}
        self._add("identity", about, self._author)
        campaigns = {one.id: self._campaign(one) for one in self._told.efforts}
        for place in self._told.places:
            self._place(place, campaigns)
        for actor in self._told.actors:
            self._actor(actor, campaigns)
        ids = ",".join(sorted(self._objects)) + self._modified
        return {
            "type": "bundle",
            "id": f"bundle--{uuid.uuid5(OURS, ids)}",
            "objects": list(self._objects.values()),
        }

    def _marking(self) -> None:
        ident = MARKINGS[self._tlp]
        self._objects[ident] = {
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": ident,
            "created": "2022-10-01T00:00:00.000Z",
            "name": f"TLP:{self._tlp.upper()}",
            "extensions": {TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": self._tlp}},
        }

    def _add(self, kind: str, fields: Object, ident: str) -> str:
        common = {
            "type": kind,
            "spec_version": "2.1",
            "id": ident,
            "created": self._created,
            "modified": self._modified,
            "created_by_ref": self._author,
            "object_marking_refs": [MARKINGS[self._tlp]],
        }
        self._objects.setdefault(ident, common | fields)
        return ident

    def _observed(self, kind: str, value: str) -> str:
        ident = observable(kind, value)
        marked = {"spec_version": "2.1", "object_marking_refs": [MARKINGS[self._tlp]]}
        self._objects.setdefault(ident, {"type": kind, "id": ident, "value": value, **marked})
        return ident

    def _campaign(self, one: Effort) -> str:
        told = (
            f"{one.messages} messages from {one.accounts} accounts to {one.recipients} people by instant "
            f"message; {one.stopped} were stopped"
        )
        fields = {
            "name": f"spim campaign {one.id}",
            "description": told,
            "first_seen": moment(one.first_seen),
            "last_seen": moment(one.last_seen),
            "objective": "take over accounts, and send on from them",
        }
        return self._add("campaign", fields, _id("campaign", self._told.source, one.id))

    def _place(self, place: Place, campaigns: dict[str, str]) -> None:
        name = f"where lures lead: {place.url}"
        infrastructure = self._add(
            "infrastructure",
            {
                "name": name,
                "infrastructure_types": ["phishing" if place.phishing else "unknown"],
                "first_seen": moment(place.first_seen),
                "last_seen": moment(place.last_seen),
            },
            _id("infrastructure", self._told.source, place.url),
        )
        url = self._observed("url", place.url)
        self._relate(infrastructure, "consists-of", url)
        if not place.shared:
            self._relate(infrastructure, "consists-of", self._observed("domain-name", place.host))
        indicator = self._indicator(place)
        for campaign in place.campaigns:
            self._relate(campaigns[campaign], "uses", infrastructure)
            self._relate(indicator, "indicates", campaigns[campaign])
        self._sighting(place, indicator)

    def _indicator(self, place: Place) -> str:
        url = place.url.replace("\\", "\\\\").replace("'", "\\'")
        pattern = f"[url:value = '{url}']" if place.shared else f"[domain-name:value = '{place.host}']"
        seen = (
            f"; a capture of {place.phishing.date()} shows that it asks for passwords"
            if place.phishing
            else ""
        )
        fields = {
            "name": f"lures by instant message lead to {place.url if place.shared else place.host}",
            "description": f"{place.messages} messages of {len(place.campaigns)} campaigns{seen}",
            "indicator_types": ["malicious-activity"],
            "pattern": pattern,
            "pattern_type": "stix",
            "pattern_version": "2.1",
            "valid_from": moment(place.first_seen),
            "valid_until": moment(place.last_seen + VALID),
        }
        return self._add("indicator", fields, _id("indicator", self._told.source, pattern))

    def _sighting(self, place: Place, indicator: str) -> None:
        fields = {
            "first_seen": moment(place.first_seen),
            "last_seen": moment(place.last_seen),
            "count": min(place.messages, MOST_SIGHTED),
            "sighting_of_ref": indicator,
            "where_sighted_refs": [self._author],
            "summary": False,
        }
        self._add("sighting", fields, _id("sighting", self._told.source, place.url, indicator))

    def _actor(self, actor: Actor, campaigns: dict[str, str]) -> None:
        ties = "; ".join(
            f"{tie.kind}{f' {tie.value}' if tie.value else ''} ({tie.grade}): {tie.speaks_for}"
            f"; against it: {tie.speaks_against}"
            for tie in actor.ties
        )
        fields = {
            "name": f"operator {actor.id}",
            "description": f"nobody known by name. {ties or 'Nothing else joins its campaigns'}",
            "threat_actor_types": ["criminal"],
            "goals": ["take over accounts of an instant-messaging service"],
        }
        who = self._add("threat-actor", fields, _id("threat-actor", self._told.source, actor.id))
        facts = any(tie.grade == "fact" for tie in actor.ties)
        for campaign in actor.campaigns:
            self._relate(campaigns[campaign], "attributed-to", who, confidence=MEDIUM if facts else LOW)

    def _relate(self, source: str, kind: str, target: str, confidence: int | None = None) -> None:
        fields: Object = {"relationship_type": kind, "source_ref": source, "target_ref": target}
        if confidence is not None:
            fields["confidence"] = confidence
        self._add("relationship", fields, _id("relationship", source, kind, target))


def moment(at: datetime) -> str:
    """A time as STIX writes it: UTC, milliseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _id(kind: str, *parts: str) -> str:
    return f"{kind}--{uuid.uuid5(OURS, json.dumps([kind, *parts], separators=(',', ':')))}"
