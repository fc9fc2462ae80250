"""What is said to systemd, where it runs the service: ready, and stopping (sd_notify(3))."""

from __future__ import annotations

import os
import socket
from typing import Final

VARIABLE: Final = "NOTIFY_SOCKET"


def tell(state: str) -> None:
    """Tell the supervisor a state such as ``READY=1``; without one, or where it does not listen, nothing."""
    address = os.environ.get(VARIABLE)
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # an abstract socket
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
            supervisor.sendto(state.encode(), address)
    except OSError:
        return
