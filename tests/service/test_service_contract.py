"""The description against the running service: every answer is one that it knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from service_server import Served, event, message, serving

from nospim.service.openapi import build

API = build()
CALLS = [
    (method, path)
    for path, methods in API["paths"].items()
    for method in methods
    if method != "parameters" and path != "/metrics"
]
DENIED = """
[lists]
deny_accounts = ["thief"]
"""
VALIDATORS: dict[tuple[str, str, str], jsonschema.Draft202012Validator] = {}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("contract") / "data", DENIED) as served:
        served.check(message("m1", subject="thief"))
        yield served


def validator(method: str, path: str, status: str) -> jsonschema.Draft202012Validator:
    """What an answer must be; fails where the description knows of no such status."""
    key = (method, path, status)
    if key not in VALIDATORS:
        told = API["paths"][path][method]["responses"]
        assert status in told, f"{method} {path} answered {status}, which the description does not know"
        (content,) = told[status]["content"].values()
        schema = content["schema"] | {"components": API["components"]}
        VALIDATORS[key] = jsonschema.Draft202012Validator(schema)
    return VALIDATORS[key]


def known(service: Served) -> list[str]:
    """Ids of actions that there are."""
    account = service.ask("GET", "/v1/accounts?source=im.example&id=thief").json
    return [a["action"] for a in account["actions"]]


values = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.floats(allow_nan=False))
objects = st.recursive(
    values,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=10,
)
sound = st.sampled_from(
    [
        message("x1"),
        message("x2", subject="thief"),
        event("x3", "session.opened", session="s"),
        {"outcome": "done"},
        {"outcome": "failed", "detail": "why"},
        {"by": "eve", "reason": "because"},
    ]
)
spoilt = st.builds(
    lambda base, key, value: base | {key: value},
    sound,
    st.sampled_from(["id", "type", "time", "source", "data", "specversion", "outcome", "subject", "more"]),
    values,
)
bodies = st.one_of(sound, spoilt, objects, st.lists(st.one_of(sound, spoilt), max_size=4))
queries = st.dictionaries(
    st.sampled_from(["after", "limit", "wait", "source", "id", "other"]),
    st.one_of(st.sampled_from(["im.example", "thief", "0", "1", "-1", "x", ""]), st.text(max_size=10)),
    max_size=4,
)


@pytest.mark.parametrize(("method", "path"), CALLS, ids=str)
@settings(max_examples=25)
@given(
    body=bodies,
    query=queries,
    place=st.integers(0, 5),
    wild=st.text(min_size=1, max_size=12),
    odds=st.integers(0, 3),
)
def test_every_answer_is_one_that_is_described(
    service: Served,
    method: str,
    path: str,
    body: Any,
    query: dict[str, str],
    place: int,
    wild: str,
    odds: int,
) -> None:
    if method == "post":
        query = {}
    if path == "/v1/actions":
        query["wait"] = "0"
    ids = known(service) if "{id}" in path else []
    ident = ids[place % len(ids)] if ids and odds else wild
    target = path.replace("{id}", quote(ident, safe="")) + (
        "?" + "&".join(f"{k}={quote(v, safe='')}" for k, v in query.items()) if query else ""
    )
    sent = json.dumps(body).encode() if method == "post" else None

    answer = service.ask(method.upper(), target, sent, headers={"content-type": "application/json"})

    if answer.status in (404, 405) and path not in target:
        return  # the id had a slash or nothing in it, so that this was another call
    validator(method, path, str(answer.status)).validate(answer.json)


def test_the_description_names_the_calls_that_there_are(service: Served) -> None:
    for method, path in CALLS:
        asked = service.ask(method.upper(), path.replace("{id}", "a-0"), token=None)
        assert asked.status in ((401,) if API["paths"][path][method].get("security") != [] else (200,))
    assert service.ask("GET", "/openapi.json").json == json.loads(json.dumps(API))


def test_every_reference_in_the_description_leads_somewhere() -> None:
    text = json.dumps(API)
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in API["components"]["schemas"]
