"""What the guard costs and does on a real Synapse: time that a message waits, and how soon a thief is out.

The Synapse and the guard are those that the tests start.  A thief signs in from elsewhere, sends lures that
are let through, then one that the guard knows; the clock runs from the refusal of that one.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console

from benchmarks.show import plain_table

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "servers"))

from synapse_guard import GuardBeside, guarding, matrix_side  # noqa: E402
from synapse_server import Certificates, Person, Synapse, free_port, synapse  # noqa: E402

from nospim.client import AsyncClient  # noqa: E402
from nospim.matrix.canonical import ROOM_VERSIONS, Json, content_hash, redacted, sign, unpadded  # noqa: E402
from nospim.matrix.decisions import Decisions  # noqa: E402
from nospim.matrix.federation import Federation  # noqa: E402
from nospim.matrix.guard import Guard  # noqa: E402
from nospim.matrix.keys import make_keys  # noqa: E402
from nospim.matrix.policy import Choices, PolicyServer  # noqa: E402

MODULE: Final = ROOT / "integrations" / "synapse"
POLICY: Final = """
[thresholds]
hold = 0.99999
block = 0.99999
[lists]
deny_destinations = ["lure.example"]
[enforcement]
per_minute = 100000
share = 1.0
"""
"""Everything is let through but what is known, so that there is something to take back."""
KNOWN: Final = "look at this https://lure.example/photo"
LURES: Final = 3
"""Lures of each thief that are let through before the one that the guard knows."""
SIGN_INS: Final = 6
"""Sign-ins of each owner, so that another's is strange."""
LONGEST: Final = 60.0


def main(*, messages: int = 300, thieves: int = 20, events: int = 2000) -> None:
    """Measure what a message waits and how soon a thief is out, on a real Synapse.

    Parameters
    ----------
    messages
        Messages sent one after the other, for the time that each waits.
    thieves
        Accounts that are taken.
    events
        Events that the policy server is asked to sign.
    """
    console = Console()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificates = Certificates(folder / "tls")
        waits = {}
        with synapse(folder / "plain", certificates) as home:
            waits["Synapse alone"] = send(home, messages)
        with guarded(folder, certificates) as (guard, home):
            waits["with the guard"] = send(home, messages)
            console.print(table_of_waits(waits))
            console.print(table_of_thieves([take(home, number) for number in range(thieves)]))
            rate = asyncio.run(sign_many(guard, folder, events))
        console.print(f"The policy server signs {rate:,.0f} events a second, each judged by the guard.")


@contextmanager
def guarded(folder: Path, certificates: Certificates) -> Iterator[tuple[GuardBeside, Synapse]]:
    """A Synapse with the module, its guard, and what carries out its actions."""
    with ExitStack() as stack:
        guard = stack.enter_context(guarding(folder / "guard", POLICY))
        url = f"http://127.0.0.1:{guard.port}"
        modules = [{"module": "nospim_synapse.Nospim", "config": {"url": url, "token": guard.token}}]
        home = stack.enter_context(synapse(folder / "guarded", certificates, modules, [MODULE]))
        admin = home.register("admin", admin=True)
        (folder / "token").write_text(guard.token)
        (folder / "admin-token").write_text(admin.token)
        port = free_port()
        settings = f"""
[guard]
url = "{url}"
token_file = "token"
[listen]
port = {port}
[synapse]
url = "http://127.0.0.1:{home.port}"
name = "{home.name}"
admin_token_file = "admin-token"
module_token_file = "token"
"""
        stack.enter_context(matrix_side(folder, settings, port))
        yield guard, home


def send(home: Synapse, messages: int) -> list[float]:
    """Seconds that each of many messages between two friends takes."""
    ann, bo = home.register("ann"), home.register("bo")
    room = ann.create_room(bo)
    bo.join(room)
    took = []
    for number in range(messages):
        before = time.perf_counter()
        sent = ann.send(room, f"message {number} about lunch")
        took.append(time.perf_counter() - before)
        if sent.status != 200:
            raise ValueError(f"a message was not sent: {sent}")
    return took


class Taken:
    """What became of one stolen account: seconds until each thing had happened, None where it did not."""

    def __init__(self) -> None:
        self.delivered = self.recalled = 0
        self.out: float | None = None
        self.back: float | None = None
        self.told: float | None = None


def take(home: Synapse, number: int) -> Taken:
    """Take one account and watch what happens."""
    owner, friend = home.register(f"owner{number}"), home.register(f"friend{number}")
    for _ in range(SIGN_INS):
        owner = home.new_session(f"owner{number}", initial_device_display_name="her phone")
    room = owner.create_room(friend, preset="trusted_private_chat", is_direct=True)
    friend.join(room)
    owner.send(room, "lunch at noon?")
    address = f"203.0.113.{number % 250 + 1}"
    thief = home.new_session(f"owner{number}", address, "Bot/2", initial_device_display_name="x")
    lures = [f"is this you? https://watch{number}-{each}.example/clip" for each in range(LURES)]
    taken = Taken()
    delivered = [lure for lure in lures if thief.send(room, lure).status == 200]
    taken.delivered = len(delivered)
    if thief.send(room, KNOWN).status != 403:
        raise ValueError("the guard let through what it knows")
    watch(thief, friend, room, delivered, taken)
    return taken


def watch(thief: Person, friend: Person, room: str, delivered: list[str], taken: Taken) -> None:
    """Look until everything has happened, or for a minute."""
    start = time.perf_counter()
    while (now := time.perf_counter() - start) < LONGEST:
        if taken.out is None and thief.client("GET", "/account/whoami").status == 401:
            taken.out = now
        if taken.back is None:
            left = set(friend.sees(room)) & set(delivered)
            taken.recalled = len(delivered) - len(left)
            taken.back = None if left else now
        if taken.told is None and any("was used by somebody else" in said for said in friend.notices()):
            taken.told = now
        if None not in (taken.out, taken.back, taken.told):
            return
        time.sleep(0.05)


async def sign_many(guard: GuardBeside, folder: Path, events: int) -> float:
    """Events a second that a policy server signs, fifty at a time."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    keys = make_keys(folder / "keys.json")

    async def none(_: str) -> list[tuple[str, int]]:
        return []

    federation = Federation("policy.example", keys, none)
    public = key.public_key().public_bytes_raw()
    federation.trust("a.example", {"ed25519:k": {"key": unpadded(public)}})
    decisions = Decisions(folder / "decisions.sqlite")
    judge = Guard(AsyncClient(f"http://127.0.0.1:{guard.port}", guard.token))
    await judge.start()
    server = PolicyServer(federation, keys, decisions, judge, Choices(source="matrix:p"), time.time)
    made = [message(number, key) for number in range(events)]
    turns = asyncio.Semaphore(50)

    async def ask(number: int, event: Json) -> None:
        async with turns:
            await server.sign(f"asker{number // 1000}.example", event)

    before = time.perf_counter()
    await asyncio.gather(*(ask(number, event) for number, event in enumerate(made)))
    took = time.perf_counter() - before
    await judge.stop()
    await federation.close()
    decisions.close()
    return events / took


def message(number: int, key: Ed25519PrivateKey) -> Json:
    """A signed message event."""
    rules = ROOM_VERSIONS["11"]
    event: Json = {
        "room_id": f"!r{number % 50}:a.example",
        "sender": f"@user{number % 200}:a.example",
        "type": "m.room.message",
        "content": {"msgtype": "m.text", "body": f"message {number} about lunch"},
        "origin_server_ts": int(time.time() * 1000),
        "prev_events": [],
        "auth_events": [],
        "depth": number,
    }
    event["hashes"] = {"sha256": content_hash(event, rules)}
    return event | {"signatures": {"a.example": {"ed25519:k": sign(redacted(event, rules), key)}}}


def table_of_waits(waits: dict[str, list[float]]) -> Any:
    """How long messages take."""
    table = plain_table("A message, sent one after the other", "", "messages", "median ms", "95 % ms")
    for name, took in waits.items():
        cuts = statistics.quantiles(took, n=20)
        table.add_row(name, str(len(took)), f"{1000 * statistics.median(took):.1f}", f"{1000 * cuts[18]:.1f}")
    return table


def table_of_thieves(taken: list[Taken]) -> Any:
    """How soon thieves are out."""
    table = plain_table(f"{len(taken)} stolen accounts", "", "of", "happened", "median s", "slowest s")
    for name, times in (
        ("the thief's session ended", [each.out for each in taken]),
        ("his delivered lures taken back", [each.back for each in taken]),
        ("who got them was told", [each.told for each in taken]),
    ):
        known = sorted(each for each in times if each is not None)
        middle = f"{statistics.median(known):.2f}" if known else "-"
        table.add_row(name, str(len(times)), str(len(known)), middle, f"{known[-1]:.2f}" if known else "-")
    delivered, recalled = sum(each.delivered for each in taken), sum(each.recalled for each in taken)
    table.caption = f"{recalled} of {delivered} delivered lures were taken back."
    return table
