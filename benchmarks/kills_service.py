"""A whole service killed at random moments under load, and held to its answers and its actions.

A drill's events are posted over several connections, actions are fetched and answered meanwhile, then
SIGKILL.  The next service on the same folder is asked again: each answer must be the one that was given,
each action that was handed out must be known, and none may be there twice or be handed out again once it
was answered.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Final

from msgspec import Struct, field

from benchmarks.load import endless, port_of
from benchmarks.worlds import drill
from nospim.drill import Plan
from nospim.ledger import KeyRing
from nospim.ledger.folder import records
from nospim.ledger.survey import JOURNAL, survey

ROOT: Final = Path(__file__).resolve().parent.parent
SMALL: Final = Plan(seed=5, accounts=120, days=4, hijacked_per_campaign=6, operators=1)
POLICY: Final = """[service]
event_time = "trust"
snapshot_events = 1500
[enforcement]
per_minute = 10000000
"""
"""A snapshot every few lives: some kills meet one being made, and no start has to replay all lives before."""
FIRST: Final = 1000
"""Events to a batch where nobody is killed yet."""
CONNECTIONS: Final = 3
ASKED_AGAIN: Final = 100
"""Answers of each life, of either kind, and actions of all lives, that are asked for again in the next."""
LONGEST: Final = 0.8
"""Seconds of load after which a service is killed at the latest."""
LOOKED_AT: Final = 10
"""Lives after which the whole journal is looked through, and every action asked for; at the end again."""

Answer = dict[str, Any]


class ServiceKills(Struct):
    """What a series of kills did.

    answered: events that were acknowledged.  actions: that were handed out.  carried_out: and answered.
    written: verdicts in the journal.  lost, changed, doubled, problems: must be 0.
    """

    kills: int = 0
    answered: int = 0
    asked_again: int = 0
    actions: int = 0
    carried_out: int = 0
    written: int = 0
    lost: int = 0
    changed: int = 0
    doubled: int = 0
    problems: int = 0


class Life(Struct):
    """What one life of a service acknowledged: verdicts by the event's bytes, and whatever else."""

    verdicts: list[tuple[bytes, Answer]] = field(default_factory=list)
    others: list[bytes] = field(default_factory=list)
    unanswered: list[bytes] = field(default_factory=list)


class Client:
    """One connection to the service."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._token = token

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
        """One call; status and JSON.  Raises OSError, HTTPException where the service has died."""
        media = "application/cloudevents+json"
        if path.endswith("/result"):
            media = "application/json"
        elif body is not None and body.startswith(b"["):
            media = "application/cloudevents-batch+json"
        headers = {"authorization": f"Bearer {self._token}", "content-type": media}
        self._connection.request(method, path, body, headers)
        got = self._connection.getresponse()
        return got.status, json.loads(got.read())


@contextmanager
def serving(data: Path) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """A service on the folder: its process, port and token."""
    policy = data.with_suffix(".toml")
    policy.parent.mkdir(parents=True, exist_ok=True)
    policy.write_text(POLICY, encoding="utf-8")
    command = [sys.executable, "-m", "nospim", "serve", "--data", str(data), "--policy", str(policy)]
    with subprocess.Popen(
        [*command, "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    ) as process:
        try:
            port = port_of(process)
            yield process, port, (data / "first-token").read_text(encoding="utf-8").strip()
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(30)


class Torment:
    """A folder with services that live and die in it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._rng = random.Random(seed)
        self._data = folder / "data"
        self._events = endless(drill(folder / "world", SMALL))
        self._taking = Lock()
        self._last = Life()
        self._handed: dict[str, tuple[str, str, str]] = {}
        self._done: set[str] = set()
        self._given: dict[str, Answer] = {}
        self.seen = ServiceKills()
        self._begin()

    def _begin(self) -> None:
        """A drill begins with everybody's accounts and contacts; let them in at once."""
        batch: list[bytes] = []
        with serving(self._data) as (_, port, token):
            client = Client(port, token)
            for line in self._events:
                if b'"im.message.sent"' in line:
                    break
                batch.append(line)
            for start in range(0, len(batch), FIRST):
                client.ask("POST", "/v1/events", b"[" + b",".join(batch[start : start + FIRST]) + b"]")
            client.close()

    def live_and_die(self) -> None:
        """One life: ask again what was answered before, post on, and be killed."""
        with serving(self._data) as (process, port, token):
            life = Life()
            clients = [Client(port, token) for _ in range(CONNECTIONS + 2)]
            self._ask_again(clients[0])
            threads = [Thread(target=self._post, args=(client, life)) for client in clients[2:]]
            threads.append(Thread(target=self._carry_out, args=(clients[1],)))
            for thread in threads:
                thread.start()
            time.sleep(self._rng.uniform(0.02, LONGEST))
            process.send_signal(signal.SIGKILL)
            for thread in threads:
                thread.join()
            for client in clients:
                client.close()
        self._last = life
        self.seen.kills += 1
        self.seen.answered += len(life.verdicts) + len(life.others)
        self._given |= {answer["source"] + " " + answer["id"]: answer for _, answer in life.verdicts}
        if self.seen.kills % LOOKED_AT == 0:
            self.look()

    def look(self) -> None:
        """Look the journal through as it lies there: whole, each verdict in it once and as it was given."""
        found = survey(self._data / JOURNAL, KeyRing.open(self._data / "keys"))
        self.seen.problems += len(found.problems) + len(found.without_key)
        written: dict[str, Answer] = {}
        for record in records(self._data):
            if record.kind == "verdict" and record.body is not None:
                for line in record.body.split(b"\n"):
                    verdict = json.loads(line)
                    name = verdict["source"] + " " + verdict["id"]
                    self.seen.doubled += name in written
                    written[name] = verdict
        self.seen.written = len(written)
        self.seen.lost += sum(name not in written for name in self._given)
        self.seen.changed += sum(written.get(name, answer) != answer for name, answer in self._given.items())

    def _post(self, client: Client, life: Life) -> None:
        while True:
            with self._taking:
                line = next(self._events)
            try:
                if b'"im.message.sent"' in line:
                    status, answer = client.ask("POST", "/v1/check", line)
                    if status == 200:
                        life.verdicts.append((line, answer))
                elif client.ask("POST", "/v1/events", line)[0] == 202:
                    life.others.append(line)
            except (OSError, http.client.HTTPException, ValueError):
                life.unanswered.append(line)
                return

    def _carry_out(self, client: Client) -> None:
        """Fetch actions and answer half of them, as an adapter does, until the service dies."""
        cursor = "0"
        try:
            while True:
                _, answer = client.ask("GET", f"/v1/actions?after={cursor}&wait=0.1")
                cursor = answer["cursor"]
                for item in answer["actions"]:
                    self._hand_out(item)
                    if self._rng.random() < 0.5:
                        body = json.dumps({"outcome": "done"}).encode()
                        status, _ = client.ask("POST", f"/v1/actions/{item['action']}/result", body)
                        if status == 200:
                            self._done.add(item["action"])
        except (OSError, http.client.HTTPException, ValueError):
            return

    def _hand_out(self, item: Answer) -> None:
        ident = item["action"]
        self.seen.doubled += ident in self._done
        self._handed[ident] = (item["kind"], item["target"], item["cause"])

    def _ask_again(self, client: Client) -> None:
        """Hold the service to what the one before it said."""
        life = self._last
        chosen = self._rng.sample(life.verdicts, min(ASKED_AGAIN, len(life.verdicts)))
        for line, before in chosen:
            status, answer = client.ask("POST", "/v1/check", line)
            self.seen.lost += status != 200
            self.seen.changed += status == 200 and answer != before
        for line in self._rng.sample(life.others, min(ASKED_AGAIN, len(life.others))):
            status, answer = client.ask("POST", "/v1/events", line)
            self.seen.lost += status != 202 or answer["repeats"] != 1
        for line in life.unanswered:  # a sender tries again; it counts once, whether it was recorded or not
            path = "/v1/check" if b'"im.message.sent"' in line else "/v1/events"
            self.seen.problems += client.ask("POST", path, line)[0] not in (200, 202)
        self.seen.asked_again += len(chosen)
        every = self.seen.kills % LOOKED_AT == 0
        handed = list(self._handed)
        for ident in handed if every else self._rng.sample(handed, min(ASKED_AGAIN, len(handed))):
            status, item = client.ask("GET", f"/v1/actions/{ident}")
            self.seen.lost += status != 200 or (ident in self._done and item["state"] == "open")
        causes: dict[tuple[str, str, str], int] = defaultdict(int)
        for cause in self._handed.values():
            causes[cause] += 1
        self.seen.doubled += sum(count - 1 for count in causes.values())
        self.seen.actions, self.seen.carried_out = len(self._handed), len(self._done)


def run(folder: Path, kills: int, seed: int) -> ServiceKills:
    """Kill `kills` services on one folder, each going on where the last one died."""
    torment = Torment(folder, seed)
    for _ in range(kills):
        torment.live_and_die()
    torment.look()
    return torment.seen
