"""The description of the HTTP API (OpenAPI 3.1), made from the types that the calls themselves use."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from nospim import __version__
from nospim.events import KnownEvent, MessageSent
from nospim.findings import AccountFinding, Campaign
from nospim.service.app import Accepted
from nospim.service.calls import Decided
from nospim.service.desk import Item
from nospim.service.handing import Handed, Result
from nospim.service.problems import MEDIA_TYPE, Problem
from nospim.service.state import Decision

TYPES: Final = (
    KnownEvent,
    MessageSent,
    Decision,
    Accepted,
    Handed,
    Item,
    Result,
    Decided,
    Problem,
    AccountFinding,
    Campaign,
)
REF: Final = "#/components/schemas/{name}"


def build() -> dict[str, Any]:
    """The description as an object."""
    schemas, components = msgspec.json.schema_components(TYPES, ref_template=REF)
    events, message, *_ = schemas
    components["Event"] = events
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "nospim",
            "version": __version__,
            "summary": "Judges messages before they are delivered, and asks for what helps the victims.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}],
        "paths": dict(_paths(message)),
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def render() -> str:
    """The description as the text of its published file, the same bytes each time."""
    return json.dumps(build(), indent=1, ensure_ascii=False) + "\n"


def _ref(kind: type) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _content(schema: dict[str, Any], *media: str) -> dict[str, Any]:
    return {name: {"schema": schema} for name in media or ("application/json",)}


def _answer(text: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"description": text} | ({} if schema is None else {"content": _content(schema)})


def _call(
    summary: str,
    scope: str | None,
    status: str,
    answer: dict[str, Any],
    *,
    errors: Iterable[int] = (),
    **more: Any,
) -> dict[str, Any]:
    """One call.  scope: what its token must allow, None for a call without one."""
    told = (
        {}
        if scope is None
        else {401: "No token, or one that is not known.", 403: f"Needs the scope {scope}."}
    )
    told |= {number: ERRORS[number] for number in errors}
    refused = {
        str(number): {"description": text, "content": _content(_ref(Problem), MEDIA_TYPE)}
        for number, text in sorted(told.items())
    }
    made: dict[str, Any] = {"summary": summary, **more, "responses": {status: answer, **refused}}
    if scope is None:
        made["security"] = []
    return made


ERRORS: Final[dict[int, str]] = {
    400: "The request is malformed.",
    404: "There is no such thing here.",
    408: "The body came too slowly.",
    409: "It contradicts what was said before.",
    413: "The body is too large.",
    415: "The body is of another kind.",
    422: "The body is not what this call takes; the detail says where.",
    429: "Too much is waiting; Retry-After says when to try again.",
    500: "The message could not be judged.",
    503: "The service cannot answer now; Retry-After says when to try again.",
}


def _parameter(name: str, text: str, schema: dict[str, Any], *, place: str = "query") -> dict[str, Any]:
    needed = place == "path" or name.endswith("!")
    return {
        "name": name.rstrip("!"),
        "in": place,
        "required": needed,
        "description": text,
        "schema": schema,
    }


ID: Final = _parameter("id", "The action's id.", {"type": "string", "minLength": 1}, place="path")
STRING: Final = {"type": "string", "minLength": 1}
WRITES: Final = (400, 408, 413, 415, 422, 429, 503)


def _paths(message: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    event = {"$ref": "#/components/schemas/Event"}
    structured = ("application/cloudevents+json", "application/json")
    batch = {"type": "array", "items": event, "maxItems": 1000}
    pair = [
        _parameter("source!", "The service that it happened on.", STRING),
        _parameter("id!", "Its id there.", STRING),
    ]
    yield (
        "/v1/check",
        {
            "post": _call(
                "Judge one message before it is delivered; once answered, it is recorded.",
                "check",
                "200",
                _answer("Its verdict.", _ref(Decision)),
                errors=(*WRITES, 409, 500),
                requestBody={"required": True, "content": _content(message, *structured)},
            )
        },
    )
    yield (
        "/v1/events",
        {
            "post": _call(
                "Take in one event or a batch; once answered, they are recorded.",
                "report",
                "202",
                _answer("How many were taken in, and why others were not.", _ref(Accepted)),
                errors=(*WRITES, 409),
                requestBody={
                    "required": True,
                    "content": _content(event, *structured)
                    | _content(batch, "application/cloudevents-batch+json")
                    | _content({"type": "string"}, "application/jsonl"),
                },
            )
        },
    )
    yield from _action_paths()
    yield (
        "/v1/verdicts",
        {
            "get": _call(
                "The verdict that a message got.",
                "check or report",
                "200",
                _answer("The verdict.", _ref(Decision)),
                errors=(400, 404),
                parameters=pair,
            )
        },
    )
    account = {
        "type": "object",
        "description": "As AccountFinding, with the actions about it; `state` is null where there is none.",
        "required": ["account", "source", "state", "actions"],
        "properties": {
            "account": {"type": "string"},
            "source": {"type": "string"},
            "state": {"enum": ["hijacked", "fake", "abusive", None]},
            "actions": {"type": "array", "items": _ref(Item)},
        },
    }
    yield (
        "/v1/accounts",
        {
            "get": _call(
                "What is held against an account, and what was asked for about it.",
                "admin",
                "200",
                _answer("The account.", account),
                errors=(400, 404),
                parameters=pair,
            )
        },
    )
    listed = {
        "type": "object",
        "properties": {"campaigns": {"type": "array", "items": _ref(Campaign)}},
    }
    yield (
        "/v1/campaigns",
        {
            "get": _call(
                "The campaigns seen with hindsight, or one of them.",
                "admin",
                "200",
                _answer("All campaigns; with `id`, that one alone.", {"anyOf": [listed, _ref(Campaign)]}),
                errors=(400, 404),
                parameters=[_parameter("id", "A campaign's id.", STRING)],
            )
        },
    )
    yield from _other_paths()


def _action_paths() -> Iterable[tuple[str, dict[str, Any]]]:
    number = {"type": "integer", "minimum": 0}
    yield (
        "/v1/actions",
        {
            "get": _call(
                "What there is to carry out, in order; waits a while for something to come.",
                "report",
                "200",
                _answer("Open actions, and the cursor to ask with next time.", _ref(Handed)),
                errors=(400,),
                parameters=[
                    _parameter(
                        "after", "The cursor of the last answer; without it, everything open.", number
                    ),
                    _parameter("source", "Only actions of this service.", STRING),
                    _parameter("wait", "Seconds to wait, at most 60.", {"type": "number", "minimum": 0}),
                    _parameter(
                        "limit", "Actions in one answer, at most 500.", {"type": "integer", "minimum": 1}
                    ),
                ],
            )
        },
    )
    yield (
        "/v1/actions/{id}",
        {
            "parameters": [ID],
            "get": _call(
                "One action with its trail.",
                "report",
                "200",
                _answer("The action.", _ref(Item)),
                errors=(404,),
            ),
        },
    )
    small = (400, 404, 408, 409, 413, 422, 429, 503)
    yield (
        "/v1/actions/{id}/result",
        {
            "parameters": [ID],
            "post": _call(
                "Say how an action went; saying it again changes nothing.",
                "report",
                "200",
                _answer("The action.", _ref(Item)),
                errors=small,
                requestBody={"required": True, "content": _content(_ref(Result))},
            ),
        },
    )
    yield (
        "/v1/actions/{id}/undo",
        {
            "parameters": [ID],
            "post": _call(
                "Take an action back; what was carried out gets an action of kind `undo`.",
                "admin",
                "200",
                _answer("The action.", _ref(Item)),
                errors=small,
                requestBody={"content": _content(_ref(Decided))},
            ),
        },
    )


def _other_paths() -> Iterable[tuple[str, dict[str, Any]]]:
    state = {
        "type": "object",
        "required": ["shadow"],
        "properties": {
            "shadow": {"enum": ["", "policy", "breaker"]},
            "tripped": {"type": ["string", "null"], "format": "date-time"},
        },
    }
    yield (
        "/v1/enforcement",
        {
            "get": _call(
                "Whether anything is enforced, and how much of the budget is used.",
                "admin",
                "200",
                _answer("The state of enforcement.", state),
            )
        },
    )
    yield (
        "/v1/enforcement/reset",
        {
            "post": _call(
                "Enforce again after the circuit breaker has tripped.",
                "admin",
                "200",
                _answer("The state of enforcement.", state),
                errors=(400, 408, 413, 422, 503),
                requestBody={"content": _content(_ref(Decided))},
            )
        },
    )
    text = {
        "description": "Metrics in Prometheus' text form.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
    yield "/metrics", {"get": _call("Metrics.", "check or report", "200", text)}
    yield (
        "/openapi.json",
        {
            "get": _call(
                "This description.", "check or report", "200", _answer("OpenAPI 3.1.", {"type": "object"})
            )
        },
    )
    status = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}
    yield "/healthz", {"get": _call("Whether the process runs.", None, "200", _answer("It runs.", status))}
    yield (
        "/readyz",
        {
            "get": _call(
                "Whether the service takes events in.",
                None,
                "200",
                _answer("It does.", status),
                errors=(503,),
            )
        },
    )
