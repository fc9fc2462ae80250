"""The command ``nospim schema``: JSON Schemas of what nospim reads and writes, made from its types.

Each schema is the one that the decoder or the writer itself follows (msgspec derives it from the
class), with the meaning of every field added from `nospim.cli.meanings`.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any, Final, Literal, get_args

import msgspec

from nospim import actions, events, findings, rules, verdicts
from nospim.actions import Action
from nospim.cli.meanings import meaning
from nospim.findings import AccountFinding, Campaign, Operator, Summary
from nospim.rules import RuleHit
from nospim.verdicts import Resolution, Verdict

Form = Literal[
    "events",
    "verdicts",
    "resolutions",
    "actions",
    "accounts",
    "campaigns",
    "operators",
    "rule_hits",
    "summary",
    "capture",
]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
LINES: Final[dict[str, tuple[type, str]]] = {
    "verdicts": (Verdict, "A line of verdicts.jsonl: what nospim thinks of one message"),
    "resolutions": (Resolution, "A line of resolutions.jsonl: how one held message ended"),
    "actions": (Action, "A line of actions.jsonl: one thing asked for about an account or a message"),
    "accounts": (AccountFinding, "A line of accounts.jsonl: one judged account"),
    "campaigns": (Campaign, "A line of campaigns.jsonl: messages that belong to one effort"),
    "operators": (Operator, "A line of operators.jsonl: who is likely behind campaigns"),
    "rule_hits": (RuleHit, "A line of rule_hits.jsonl: one rule that hit one message"),
    "summary": (Summary, "The object in summary.json: what one run did"),
}
CAPTURE: Final = "capture"
FORMS: Final[tuple[str, ...]] = ("events", *LINES, CAPTURE)


def schema(form: Form, /) -> None:
    """Print the JSON Schema of a form that nospim reads or writes.

    Parameters
    ----------
    form
        What to describe: the events that go in, one of the files that a scan writes, or capture.json.
    """
    print(render(form), end="")


def render(form: str) -> str:
    """The schema of one of `FORMS` as the text of its published file, the same bytes each time."""
    return json.dumps(build(form), indent=2, ensure_ascii=False) + "\n"


def build(form: str) -> dict[str, Any]:
    """The schema (JSON Schema 2020-12) of one of `FORMS`, every field described; KeyError for others."""
    if form == "events":
        made = events.json_schema()
    else:
        kind, title = _captures() if form == CAPTURE else LINES[form]
        made = {"$schema": DIALECT, "title": title, **msgspec.json.schema(kind)}
        for name, definition in made["$defs"].items():
            _mark_times(name, definition)
    for name, definition in made["$defs"].items():
        for field, described in definition.get("properties", {}).items():
            described["description"] = meaning(name, field)
        if "description" in definition:
            definition["description"] = " ".join(definition["description"].split("\n\n")[0].split())
    return made


def _captures() -> tuple[type, str]:
    from nospim.capture.interface import Capture  # noqa: PLC0415 - captures load only where they are asked for

    return Capture, "The object in capture.json: what was found behind one link"


def _mark_times(name: str, definition: dict[str, Any]) -> None:
    """Say which strings are times: msgspec says so only where a time must carry an offset."""
    modules = (verdicts, actions, findings, rules, sys.modules.get("nospim.capture.interface"), events)
    kind = next(getattr(module, name) for module in modules if hasattr(module, name))
    for field in msgspec.structs.fields(kind):
        if datetime in (field.type, *get_args(field.type)):
            described = definition["properties"][field.encode_name]
            for choice in described.get("anyOf", [described]):
                if choice["type"] == "string":
                    choice["format"] = "date-time"
