"""What the module answers Synapse for each verdict and each choice of the operator, in its environment."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest
from synapse_server import ROOT, synapse_python

MODULE = ROOT / "integrations" / "synapse"
INSIDE = """
import asyncio, json, sys, time
from dataclasses import replace
from synapse.module_api import NOT_SPAM
from synapse.module_api.errors import Codes, ConfigError
from nospim_synapse.limits import Limits
from nospim_synapse.module import Nospim
from nospim_synapse.settings import parse

def shown(answer):
    if answer == NOT_SPAM:
        return "sent"
    assert isinstance(answer, tuple) and isinstance(answer[0], Codes) and isinstance(answer[1], dict), answer
    return answer[0].value

def module(**choices):
    made = Nospim.__new__(Nospim)
    made._settings = replace(parse({"token": "t"}), **choices)
    made._warned = {}
    return made

def verdicts(local, **choices):
    return {a: shown(module(**choices)._answer("$e", a, local)) for a in ("allow", "warn", "hold", "block")}

class Event:
    def __init__(self, at):
        self.origin_server_ts = int(at * 1000)

def refused_configuration(config):
    try:
        Nospim.parse_config(config)
    except ConfigError as error:
        return str(error)

limits = Limits()
limits.set("@a:b", time.time() + 60)
told = {
    "local": verdicts(True),
    "local hold refused": verdicts(True, on_hold="refuse"),
    "remote": verdicts(False),
    "remote hold refused": verdicts(False, on_hold="refuse"),
    "remote shown": verdicts(False, on_block_remote="deliver", on_hold="refuse"),
    "without": [shown(module()._without_verdict(local)) for local in (True, False)],
    "without, refused": [
        shown(module(on_failure="refuse", on_failure_remote="refuse")._without_verdict(local))
        for local in (True, False)
    ],
    "local refused only": [
        shown(module(on_failure="refuse")._without_verdict(local)) for local in (True, False)
    ],
    "history": [module()._is_history(Event(time.time() - age)) for age in (0, 600, 7200)],
    "limits": [limits.may_send("@a:b") for _ in range(5)] + [limits.may_send("@c:b")],
    "wrong": refused_configuration({"token": "t", "tiemout": 3}),
}
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    done = subprocess.run(
        [synapse_python(), "-c", INSIDE],
        env=os.environ | {"PYTHONPATH": str(MODULE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answers


SENT = dict.fromkeys(("allow", "warn", "hold", "block"), "sent")
BLOCKED = SENT | {"block": "M_FORBIDDEN"}
STRICT = BLOCKED | {"hold": "M_FORBIDDEN"}


@pytest.mark.parametrize(
    ("case", "answers"),
    [
        ("local", BLOCKED),
        ("local hold refused", STRICT),
        ("remote", BLOCKED),
        ("remote hold refused", BLOCKED),
        ("remote shown", SENT),
        ("without", ["sent", "sent"]),
        ("without, refused", ["M_FORBIDDEN", "M_FORBIDDEN"]),
        ("local refused only", ["M_FORBIDDEN", "sent"]),
        ("history", [False, False, True]),
        ("limits", [True, True, True, False, False, True]),
    ],
)
def test_the_answer_is_what_the_operator_chose(told: dict[str, Any], case: str, answers: Any) -> None:
    assert told[case] == answers


def test_a_wrong_configuration_keeps_synapse_from_starting_and_names_the_key(told: dict[str, Any]) -> None:
    assert "no setting 'tiemout'" in told["wrong"]
