"""``./dev bench recall``: how many delivered lures a real Prosody can take back.

The guard is stopped, so that every lure of every thief is delivered; then it is started again.  It hears of
the sign-ins and the lures, and asks for the rest itself.  A lure counts as taken back once its recipient's
client got the retraction (XEP-0424); all recipients are online and have such a client.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from rich.console import Console

SERVERS: Final = Path(__file__).resolve().parent.parent / "tests" / "servers"
FRIENDS: Final = 16
"""People whom each thief writes to."""
LOOK: Final = 0.1
OPTIONS: Final = 'nospim_timeout = 1\nnospim_on_failure = { message = "deliver" }\n'


class Recalls(Struct):
    """What became of the lures.

    seconds: from the start of the guard's process to the last retraction.  out: thieves who were put out.
    """

    thieves: int
    delivered: int = 0
    taken_back: int = 0
    out: int = 0
    seconds: float = 0.0


def main(*, thieves: int = 13, patience: float = 120.0) -> None:
    """Deliver lures while the guard is stopped, start it, and count what is taken back.

    Parameters
    ----------
    thieves
        Stolen accounts; each writes to sixteen friends.
    patience
        Seconds to wait for the deliveries, and for the retractions.
    """
    sys.path.insert(0, str(SERVERS))  # the real servers and clients live with the tests that use them most
    from guard_process import running  # noqa: PLC0415 - a test's helper
    from prosody_server import serving  # noqa: PLC0415
    from xmpp_history import past  # noqa: PLC0415
    from xmpp_scene import BASE  # noqa: PLC0415

    stolen = [f"stolen{n}" for n in range(thieves)]
    online = [f"friend{n}" for n in range(FRIENDS)]
    friends = dict.fromkeys(stolen, online) | {one: [online[0]] for one in online[1:]}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            running(folder / "guard", BASE) as guard,
            serving(folder / "server", guard, [*stolen, *online], OPTIONS) as server,
        ):
            guard.tell(past(friends, "xmpp"))
            seen = Recalls(thieves)
            asyncio.run(play(seen, guard, server.port, friends, patience))
    Console().print(seen)


async def play(seen: Recalls, guard: Any, port: int, friends: dict[str, list[str]], patience: float) -> None:
    """Let the thieves write to everybody while the guard is gone, then let it find out."""
    from xmpp_people import lures_of, people  # noqa: PLC0415 - a test's helper
    from xmpp_scene import LURE, thief_of  # noqa: PLC0415

    online = sorted({one for group in friends.values() for one in group})
    stolen = [name for name in friends if name.startswith("stolen")]
    async with people(port, *online) as crowd:
        guard.kill()
        thieves = [await thief_of(name, port).enter() for name in stolen]
        for name, thief in zip(stolen, thieves, strict=True):
            for friend in friends[name]:
                thief.say(f"{friend}@localhost", LURE.format(name=name))
        sent = sum(len(friends[name]) for name in stolen)
        await wait(lambda: sum(len(lures_of(one)) for one in crowd) == sent, patience)
        seen.delivered = sum(len(lures_of(one)) for one in crowd)
        began = time.monotonic()
        guard.start()

        def back() -> int:
            return sum(len(set(one.taken_back) & set(lures_of(one))) for one in crowd)

        await wait(lambda: back() == seen.delivered, patience)
        seen.seconds, seen.taken_back = round(time.monotonic() - began, 1), back()
        await wait(lambda: all(thief.gone.is_set() for thief in thieves), patience)
        seen.out = sum(thief.gone.is_set() for thief in thieves)


async def wait(true: Callable[[], bool], patience: float) -> None:
    """Wait until something is true, or for as long as one may."""
    end = time.monotonic() + patience
    while not true() and time.monotonic() < end:
        await asyncio.sleep(LOOK)
