"""A small campaign, told by hand: a thief enters an account, reads its contacts, and sends lures.

Its records are what a ledger would hold; whoever counts them by hand gets `EXPECTED`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

HERE = "xmpp://chat.example"
OWNER = {
    "session": "s-old",
    "ip": "192.0.2.1",
    "asn": 1,
    "country": "SE",
    "device": "d-ann",
    "client": "app/1",
}
THIEF = {
    "session": "s-x",
    "ip": "198.51.100.9",
    "asn": 666,
    "country": "NL",
    "device": "d-x",
    "client": "go/0",
}


class Record(Struct, frozen=True):
    seq: int
    kind: str
    body: bytes | None


def event(name: str, what: str, when: str, who: str, **data: object) -> tuple[str, dict[str, Any]]:
    return "event", {
        "specversion": "1.0", "source": HERE, "id": name, "type": f"im.{what}", "time": f"2026-03-{when}Z",
        "subject": who, "data": data,
    }  # fmt: skip


def lure(name: str, when: str, who: str, *to: str, session: str = "s-x") -> tuple[str, dict[str, Any]]:
    return event(
        name, "message.sent", when, who, to=list(to), text="look http://bad.example/1", session=session
    )


def verdict(name: str, who: str, rung: str) -> tuple[str, dict[str, Any]]:
    return "verdict", {
        "id": name, "source": HERE, "time": "2026-03-02T12:00:00Z", "account": who, "action": rung,
        "score": 0.5, "reasons": [], "campaign": None,
    }  # fmt: skip


def resolution(name: str, outcome: str) -> tuple[str, dict[str, Any]]:
    return "resolution", {
        "id": name, "source": HERE, "at": "2026-03-02T12:01:00Z", "outcome": outcome, "delay_s": 5.0,
        "cause": "",
    }  # fmt: skip


def action(name: str, kind: str, target: str, cause: str) -> tuple[str, dict[str, Any]]:
    return "action", {
        "action": name, "source": HERE, "kind": kind, "target": target, "account": "ann",
        "at": "2026-03-02T12:02:00Z", "cause": cause, "expires": None, "reasons": [],
    }  # fmt: skip


STORY = [
    event("o1", "session.opened", "01T08:00:00", "ann", **OWNER),
    event("o2", "session.opened", "01T09:00:00", "bo", **(OWNER | {"country": "DE", "session": "s-bo"})),
    event("o3", "session.opened", "02T11:00:00", "ann", **THIEF),
    event("k1", "contacts.read", "02T11:01:00", "ann", session="s-x", count=40),
    event("k2", "contacts.read", "02T11:02:00", "ann", session="s-x"),
    event("k3", "contacts.read", "02T11:02:00", "ann", session="s-old", count=999),
    lure("m1", "02T12:00:00", "ann", "bo", "cy"),
    lure("m2", "02T12:00:05", "ann", "cy"),
    lure("m3", "02T12:00:09", "ann", "dee"),
    lure("m4", "03T00:00:00", "fay", "bo", session="s-f"),
    lure("m5", "03T00:00:01", "ann", "eli"),
    event("own", "message.sent", "02T12:30:00", "ann", to=["bo"], text="see you at 8", session="s-old"),
    event("c1", "link.clicked", "02T12:03:00", "bo", url="http://bad.example/1", message="m1"),
    event("c2", "link.clicked", "02T12:04:00", "bo", url="http://bad.example/1", message="m1"),
    event("o4", "session.opened", "02T12:20:30", "bo", **(THIEF | {"session": "s-y", "ip": "198.51.100.7"})),
    event("c3", "link.clicked", "02T12:04:00", "bo", url="http://good.example/", message="own"),
    event("r1", "message.read", "02T12:05:00", "cy", message="m1"),
    event("p1", "message.reported", "02T12:06:00", "cy", message="m1", accused="ann", reason="spim"),
    event("p2", "message.reported", "02T12:07:00", "cy", accused="zed",
          message={"source": "other", "id": "m1"}),
    event("t1", "message.retracted", "02T12:08:00", "ann", message="m1"),
    event("d1", "action.done", "02T12:09:00", "service", action="a-1"),
    event("f1", "account.recovered", "02T17:00:00", "ann"),
    event("f2", "password.changed", "02T16:00:00", "ann", session="s-x"),
    event("other", "message.sent", "02T12:00:00", "ann", to=["bo"]) ,
    *(verdict(name, who, rung) for name, who, rung in (
        ("m1", "ann", "allow"), ("m2", "ann", "block"), ("m3", "ann", "hold"), ("m4", "fay", "hold"),
        ("m5", "ann", "hold"), ("own", "ann", "allow"),
    )),
    resolution("m4", "release"),
    resolution("m5", "drop"),
    action("a-1", "end_sessions", "s-x", "m2"),
    action("a-2", "recall", "m1", "m2"),
    ("account", {
        "account": "ann", "source": HERE, "state": "hijacked", "since": "2026-03-02T11:00:00Z", "score": 0.9,
        "reasons": [{"signal": "sign_in", "bits": 6.0, "detail": "unlike the owner"},
                    {"signal": "prior", "bits": -6.0, "detail": "rare"}],
        "campaigns": ["c-1"],
        "episodes": [{"from": "2026-03-02T11:00:00Z", "to": "2026-03-02T12:00:09Z", "sessions": ["s-x"],
                      "campaign": "c-1"}],
    }),
    ("account", {
        "account": "fay", "source": HERE, "state": "fake", "since": "2026-03-02T23:00:00Z", "score": 0.9,
        "reasons": [], "campaigns": ["c-1"],
        "episodes": [{"from": "2026-03-02T23:00:00Z", "to": "2026-03-03T00:00:00Z", "sessions": ["s-f"],
                      "campaign": "c-1"}],
    }),
    ("account", {
        "account": "bo", "source": HERE, "state": "hijacked", "since": "2026-03-02T12:20:30Z", "score": 0.9,
        "reasons": [], "campaigns": ["c-1"],
        "episodes": [{"from": "2026-03-02T12:20:30Z", "to": "2026-03-02T12:21:00Z", "sessions": ["s-y"],
                      "campaign": "c-1"}],
    }),
    ("account", {
        "account": "zed", "source": HERE, "state": "abusive", "since": "2026-03-02T23:00:00Z", "score": 0.9,
        "reasons": [], "campaigns": [], "episodes": [],
    }),
    ("campaign", {
        "id": "c-1", "source": HERE, "first_seen": "2026-03-02T12:00:00Z",
        "last_seen": "2026-03-03T00:00:01Z",
        "stopped": 3, "accounts": ["ann", "fay"], "recipients": 4, "links": ["http://bad.example/1"],
        "lures": [], "patient_zero": "ann", "operator": "o-1", "reproduction": 0.0,
        "infections": [{"account": "ann", "infected_by": None, "via": None, "at": "2026-03-02T11:00:00Z"}],
    }),
    ("members", {"campaign": "c-1", "source": HERE, "messages": ["m1", "m2", "m3"]}),
    ("members", {"campaign": "c-1", "source": HERE, "messages": ["m4", "m5"]}),
    ("campaign", {
        "id": "c-2", "source": HERE, "first_seen": "2026-03-04T12:00:00Z",
        "last_seen": "2026-03-04T12:00:00Z",
    }),
    ("members", {"campaign": "c-2", "source": HERE, "messages": ["other"]}),
    ("operator", {
        "id": "o-1", "source": HERE, "campaigns": ["c-1"],
        "linkage": [{"kind": "network", "value": "198.51.100.0/24", "grade": "fact", "for": "f",
                     "against": "a"},
                    {"kind": "client", "value": "app/1", "grade": "inference", "for": "2 campaigns show it",
                     "against": "joins nothing: many use it", "joins": False}],
    }),
    ("case", {"this": "is none of the tables' business"}),
]  # fmt: skip

EXPECTED = {
    "messages_sent": "5", "messages_delivered": "2", "messages_stopped": "3", "messages_recalled": "1",
    "senders": "2", "first_seen": "2026-03-02T12:00:00.000000Z",
    "last_seen": "2026-03-03T00:00:01.000000Z", "deliveries": "3", "days": "2", "busiest_day": "3",
    "addressed": "6",
    "recipients": "4", "recipients_reached": "2", "countries": "2", "place_unknown": "3", "victims": "2",
    "fake_accounts": "1", "unauthorised_sign_ins": "2", "accounts_entered": "2", "networks": "1",
    "addresses": "2", "from_new_device": "2", "from_new_network": "2", "contact_reads": "2",
    "contact_lists": "1", "contacts_read": "40", "clicks": "2", "clickers": "1",
    "entered_after_opening": "1", "minutes_to_entry": "16.5", "reads": "1",
    "readers": "1", "complaints": "1", "complainants": "1", "actions_asked": "2", "actions_done": "1",
    "sessions_ended": "1", "passwords_asked": "0", "deactivations": "0", "recoveries": "1",
    "recovery_hours": "6", "infections": "1", "links": "1", "link_hosts": "1", "linkage_facts": "1",
    "linkage_inferences": "0", "linkage_capped": "1",
}  # fmt: skip


def records() -> Iterator[Record]:
    for seq, (kind, row) in enumerate(STORY):
        yield Record(seq, kind, json.dumps(row).encode())
    yield Record(len(STORY), "event", None)  # its content was erased
