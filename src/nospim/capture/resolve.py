"""Names into addresses: the system's resolver, held to a time limit, behind a type that tests replace."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable

Resolver = Callable[[str, int, float], tuple[str, ...]]
"""Host, port, seconds -> IP addresses in the order to try.  Raises OSError (a TimeoutError included)."""


def system_resolver(host: str, port: int, seconds: float) -> tuple[str, ...]:
    """The addresses of a host by the machine's own resolver (getaddrinfo), each once.

    It has no time limit of its own, so it runs in a thread that is left behind when it takes too long.
    """
    answer: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as error:
            answer.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        told = answer.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError("the name's server did not answer in time") from None
    if isinstance(told, OSError):
        raise told
    return tuple(dict.fromkeys(told))
