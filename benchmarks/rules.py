"""What ten rules cost a message, beside the same ten questions as one plain Python function."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from benchmarks.child import last_core, stay_on
from benchmarks.concatenate import lines
from benchmarks.show import plain_table
from benchmarks.worlds import world_or_drill
from nospim.engine import Engine
from nospim.events import decode
from nospim.rulebook import Watcher
from nospim.rules import Effect, Facts, Rule, RuleSet, Written, compile_rules
from nospim.rules.fields import BY_NAME

TEN: Final = (
    "recipients.of_same > 10 && session.oddness > 3.0",
    'message.text.contains("is this you") && links.count > 0',
    'links.hosts.exists(h, h.endsWith(".example"))',
    "signals.sign_in > 4.0 && signals.links > 2.0",
    'session.client.startsWith("BulkSender/")',
    'message.kind == "direct" && recipients.strangers >= 1 && sender.age_days < 7.0',
    'message.text.matches("(?i)gift ?cards?")',
    "links.hours_known >= 0.0 && links.hours_known < 24.0 && links.senders < 2",
    'guard.score > 0.5 || (guard.action == "warn" && session.read_contacts)',
    '"video" in message.cues && !message.replying',
)
RULE: Final = """
[[rule]]
id = "gift-cards"
title = "Asks for gift cards"
author = "ann"
state = "live"
effect = {{ at_least = "hold" }}
expression = "message.plain.matches('gift ?cards?') && links.count >= {count}"
test = [{{ expect = true, given = {{ message.plain = "gift card", links.count = 1 }} }}, {{ expect = false }}]
"""
ROUNDS: Final = 5
MOST: Final = 5000
"""Messages of the world that are asked about."""
_GIFT: Final = re.compile("gift ?cards?", re.I)


def plain(v: dict[str, Any]) -> list[bool]:
    """The ten rules as a programmer would write them."""
    return [
        v["recipients.of_same"] > 10 and v["session.oddness"] > 3.0,
        "is this you" in v["message.text"] and v["links.count"] > 0,
        any(h.endswith(".example") for h in v["links.hosts"]),
        v["signals.sign_in"] > 4.0 and v["signals.links"] > 2.0,
        v["session.client"].startswith("BulkSender/"),
        v["message.kind"] == "direct" and v["recipients.strangers"] >= 1 and v["sender.age_days"] < 7.0,
        _GIFT.search(v["message.text"]) is not None,
        0.0 <= v["links.hours_known"] < 24.0 and v["links.senders"] < 2,
        v["guard.score"] > 0.5 or (v["guard.action"] == "warn" and v["session.read_contacts"]),
        "video" in v["message.cues"] and not v["message.replying"],
    ]


def rules(expressions: tuple[str, ...]) -> RuleSet:
    """Rules that label, in shadow; raises ValueError for one that is wrong."""
    written = [
        Written(rule=Rule(id=f"r{n:02}", title="t", author="a", expression=e, effect=Effect(label="x")))
        for n, e in enumerate(expressions)
    ]
    made, problems = compile_rules(written)
    if problems:
        raise ValueError(str(problems[0]))
    return made.shadowed()


class _Recorder(RuleSet):
    """Asks nothing and keeps what it was asked about."""

    def __init__(self, like: RuleSet) -> None:
        super().__init__(like.rules, lambda _: None)
        self.seen: list[Facts] = []

    def ask(self, facts: Facts, at: float) -> list[tuple[Rule, str | None]]:  # noqa: ARG002
        """Keep the facts."""
        if len(self.seen) < MOST:
            self.seen.append(facts)
        return []


def facts_of(world: Path) -> list[Facts]:
    """What rules are asked about in a world's first messages."""
    recorder = _Recorder(rules(TEN[:1]))
    engine = Engine(rules=recorder)
    for line in lines(world):
        engine.step(decode(line))
        if len(recorder.seen) == MOST:
            break
    return recorder.seen


def micros(work: Callable[[Facts], object], facts: list[Facts]) -> float:
    """Microseconds of processor time a message, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.thread_time_ns()
        for one in facts:
            work(one)
        best = min(best, (time.thread_time_ns() - started) / len(facts) / 1000)
    return best


def measured(world: Path) -> dict[str, float]:
    """Microseconds a message, by what was done; raises AssertionError where the two disagree."""
    facts = facts_of(world)
    ten, one, no_pattern = rules(TEN), rules(TEN[3:4]), rules(tuple(e for e in TEN if "matches" not in e))
    asked = sorted(frozenset().union(*(r.fields for r in ten.rules)))
    getters = [(name, BY_NAME[name].get) for name in asked]

    def values(f: Facts) -> dict[str, Any]:
        return {name: get(f) for name, get in getters}

    for f in facts[:: max(1, len(facts) // 500)]:
        said = {rule.id for rule, _ in ten.ask(f, 0.0)}
        assert said == {f"r{n:02}" for n, hit in enumerate(plain(values(f))) if hit}
    return {
        "ten rules": micros(lambda f: ten.ask(f, 0.0), facts),
        "nine rules, none with a pattern": micros(lambda f: no_pattern.ask(f, 0.0), facts),
        "one rule": micros(lambda f: one.ask(f, 0.0), facts),
        "the ten as one Python function": micros(lambda f: plain(values(f)), facts),
        "of both: looking up the fields": micros(values, facts),
    }


def steps(world: Path, folder: Path) -> dict[str, float]:
    """Seconds of each command that takes a rule into force and back, processes' starts included."""
    written, book = folder / "written", folder / "book"
    written.mkdir()
    file = written / "gift-cards.toml"
    file.write_text(RULE.format(count=0), encoding="utf-8")
    events = str(next(world.glob("events.jsonl*")))
    found = {"check": _run("check", str(written)), "back-test": _run("backtest", str(file), events)}
    found["deploy"] = _run("deploy", str(written), str(book))
    watcher = Watcher(book)
    file.write_text(RULE.format(count=1), encoding="utf-8")
    found["deploy the next version"] = _run("deploy", str(written), str(book))
    started = time.perf_counter()
    assert watcher.poll()
    found["a running program takes it up"] = time.perf_counter() - started
    found["roll back"] = _run("rollback", str(book))
    assert watcher.poll()
    return found


def _run(*words: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "nospim", "rules", *words], check=True, capture_output=True)
    return time.perf_counter() - started


def main(*, world: Path | None = None) -> None:
    """Measure what ten rules cost a message, and how long a rule takes into force and back.

    Parameters
    ----------
    world
        Folder with events.jsonl or events.jsonl.gz; without it a drill is made on the spot.
    """
    stay_on(last_core())
    with tempfile.TemporaryDirectory() as folder:
        place = world_or_drill(world, Path(folder))
        found, taken = measured(place), steps(place, Path(folder))
    table = plain_table("Rules", "what is asked", "microseconds a message")
    for name, spent in found.items():
        table.add_row(name, f"{spent:.1f}")
    Console().print(table)
    way = plain_table("From a file into force and back", "step", "seconds")
    for name, spent in taken.items():
        way.add_row(name, f"{spent:.2f}")
    Console().print(way)
