"""Statements of reasons: for each action that restricts somebody, what was decided, why, by whom, and how to
appeal.

Source: Regulation (EU) 2022/2065 (Digital Services Act), Article 17(3) for what a statement says, Article
20 for complaints (six months, free, not by machines alone), Article 24(5) for the transparency database,
whose field names and values the second part uses.  Neither part holds an account, and no detail of a signal,
which may name one: the service knows by the action's id whom to give it to.  Whether a service falls under
the Regulation is for its counsel.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import resources
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from nospim.errors import UsageError

OURS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:nospim:statement")
WORDS: Final = msgspec.toml.decode(
    resources.files("nospim.reporting").joinpath("data", "statements.toml").read_text(encoding="utf-8"),
    type=dict[str, dict[str, str]],
)
"""By language, then by part."""
LANGUAGES: Final = tuple(WORDS)
COMPLAINTS: Final = frozenset({"reports"})
"""Signals that rest on somebody's notice."""
AUTOMATIC: Final = frozenset({"", "automatic"})
"""Actors that are no persons."""

EFFECTS: Final[dict[str, dict[str, Any]]] = {
    "drop": {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"]},
    "recall": {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"]},
    "limit": {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"},
    "suspend": {"decision_account": "DECISION_ACCOUNT_SUSPENDED"},
    "require_password": {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"},
    "step_up": {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"},
    "end_sessions": {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"},
}
"""What each kind of action that restricts somebody is to the database; the other kinds need no statement."""
_ENDS: Final = {
    "decision_visibility": "end_date_visibility_restriction",
    "decision_provision": "end_date_service_restriction",
    "decision_account": "end_date_account_restriction",
}
Line = Annotated[str, Meta(min_length=1, max_length=1000)]


class Told(Struct, frozen=True, kw_only=True):
    """What of a reason is read: the signal's name alone."""

    signal: str


class Restricting(Struct, frozen=True, kw_only=True):
    """An action as a scan writes it or the service hands it out; other fields are not read."""

    action: str
    source: str
    kind: str
    at: datetime
    expires: datetime | None = None
    reasons: tuple[Told, ...] = ()
    actor: str = ""
    state: str = ""


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the operator says in every statement.

    ground: the clause of the terms, or of the law where `illegal`; explanation: why this falls under it.
    complaint: where to complain; dispute: the certified body, or empty.  scope: country codes or EU, EEA.
    languages: of the texts, the first one first.
    """

    service: Line
    ground: Line
    explanation: Line
    complaint: Line
    dispute: Annotated[str, Meta(max_length=1000)] = ""
    illegal: bool = False
    scope: tuple[Annotated[str, Meta(pattern=r"\A([A-Z]{2}|EEA)\Z")], ...] = ("EU",)
    languages: tuple[str, ...] = ("en",)


class Statement(Struct, frozen=True, kw_only=True):
    """One statement.  number: its own, the same for the same action.  reasons: Article 17(3).

    texts: by language.  transparency: for the database of Article 24(5).
    """

    number: str
    action: str
    reasons: dict[str, Any]
    texts: dict[str, str]
    transparency: dict[str, Any]


def read_terms(text: str, where: str) -> Terms:
    """The operator's part (TOML); raises UsageError that says what is wrong in it."""
    try:
        terms = msgspec.toml.decode(text, type=Terms)
    except msgspec.DecodeError as error:
        raise UsageError(f"{where}: {error}; see docs/how-to/report-to-others.md for its form") from None
    unknown = [one for one in terms.languages if one not in WORDS]
    if unknown or not terms.languages:
        raise UsageError(f"{where}: languages are some of {', '.join(LANGUAGES)}")
    return terms


def needs_statement(action: Restricting) -> bool:
    """Whether it restricts somebody, and was not undone, overruled or only noted."""
    return action.kind in EFFECTS and action.state not in {
        "undone",
        "overruled",
        "shadow",
        "failed",
        "given_up",
    }


def statement(action: Restricting, terms: Terms) -> Statement:
    """The statement of an action that needs one."""
    number = str(uuid.uuid5(OURS, f"{action.source} {action.action}"))
    notified = any(reason.signal in COMPLAINTS for reason in action.reasons)
    by_program = action.actor in AUTOMATIC
    return Statement(
        number=number,
        action=action.action,
        reasons={
            "decision": action.kind,
            "territorial_scope": list(terms.scope),
            "from": _time(action.at),
            "until": None if action.expires is None else _time(action.expires),
            "facts": WORDS["en"]["facts"],
            "signals": sorted({reason.signal for reason in action.reasons} - {"prior", "calibration"}),
            "notice": notified,
            "automated_detection": True,
            "automated_decision": by_program,
            "illegal": terms.illegal,
            "ground": terms.ground,
            "explanation": terms.explanation,
            "redress": {"complaint": terms.complaint, "out_of_court": terms.dispute, "court": True},
        },
        texts={
            language: _text(action, terms, WORDS[language], number, notified, by_program)
            for language in terms.languages
        },
        transparency=_transparency(action, terms, number, notified, by_program),
    )


def _text(
    action: Restricting, terms: Terms, words: Mapping[str, str], number: str, notified: bool, by_program: bool
) -> str:
    end = "" if action.expires is None else action.expires.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    parts = [
        words["subject"].replace("{service}", terms.service),
        f"{words[action.kind]} {words['until' if end else 'open'].replace('{end}', end)}",
        words["facts"],
        f"{words['notified' if notified else 'voluntary']} {words['automatic' if by_program else 'person']}",
        words["illegal" if terms.illegal else "ground"].replace("{ground}", terms.ground),
        terms.explanation,
        words["complaint"].replace("{complaint}", terms.complaint),
        words["dispute"].replace("{dispute}", terms.dispute) if terms.dispute else "",
        words["court"],
        words["number"].replace("{number}", number),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _transparency(
    action: Restricting, terms: Terms, number: str, notified: bool, by_program: bool
) -> dict[str, Any]:
    effect = EFFECTS[action.kind]
    day = action.at.astimezone(UTC).date().isoformat()
    made: dict[str, Any] = {
        **effect,
        "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
        "category_specification": ["KEYWORD_IMPERSONATION_ACCOUNT_HIJACKING"],
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_date": day,
        "application_date": day,
        "decision_facts": WORDS["en"]["facts"],
        "source_type": "SOURCE_TYPE_OTHER_NOTIFICATION" if notified else "SOURCE_VOLUNTARY",
        "automated_detection": "Yes",
        "automated_decision": "AUTOMATED_DECISION_FULLY" if by_program else "AUTOMATED_DECISION_PARTIALLY",
        "territorial_scope": list(terms.scope),
        "puid": number,
    }
    kind: Literal["illegal", "incompatible"] = "illegal" if terms.illegal else "incompatible"
    made["decision_ground"] = f"DECISION_GROUND_{kind.upper()}_CONTENT"
    made["illegal_content_legal_ground" if terms.illegal else "incompatible_content_ground"] = terms.ground
    made[f"{kind}_content_explanation"] = terms.explanation
    if action.expires is not None:
        made[_ENDS[next(iter(effect))]] = action.expires.astimezone(UTC).date().isoformat()
    return made


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
