"""The commands ``nospim matrix``: the policy server, and what stands between Synapse and the guard."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from nospim.errors import UsageError

if TYPE_CHECKING:
    from nospim.client.http import Application
    from nospim.matrix.run import Process

_ROOM = re.compile(r"![^\s:]+(:\S+)?")


def keys(file: Path, /) -> None:
    """Make the keys of a Matrix policy server, and print what rooms have to know.

    Parameters
    ----------
    file
        File for the keys; it must not exist yet, for rooms know what is in it.
    """
    with _extra():
        from nospim.matrix.keys import make_keys  # noqa: PLC0415 - an extra
    print(f"public key for m.room.policy: {make_keys(file).policy_public}")


def serve(config: Path, /) -> None:
    """Run the Matrix side: the policy server, the endpoints for Synapse, the carrying out of actions.

    Parameters
    ----------
    config
        Configuration in TOML; paths in it are relative to its folder.
    """
    process = _process(config)
    asyncio.run(process.serve())


def beside(config: Path) -> Callable[[Application], AbstractAsyncContextManager[None]]:
    """What `nospim serve` runs beside itself for a configuration of the Matrix side."""
    _process(config)  # what is wrong with it is told before anything listens

    def running(service: Application) -> AbstractAsyncContextManager[None]:
        from nospim.matrix.run import Process  # noqa: PLC0415 - an extra
        from nospim.matrix.settings import read_settings  # noqa: PLC0415

        return Process(read_settings(config), config.parent, service).beside()

    return running


def join(config: Path, room: str, /, *, via: str) -> None:
    """Join a room as the policy server, so that the room can name it.

    Parameters
    ----------
    config
        Configuration in TOML, with [policy_server].
    room
        The room's id, such as !abc:example.org; the room must be open, or its policy server invited.
    via
        A Matrix server that is in the room.
    """
    if _ROOM.fullmatch(room) is None:
        raise UsageError(f"{room!r} is no room id; it begins with ! (an alias beginning with # is not one)")
    process = _process(config, needs_policy_server=True)
    print(f"{asyncio.run(process.join(room, via))} has joined {room}")


def _process(config: Path, *, needs_policy_server: bool = False) -> Process:
    with _extra():
        from nospim.matrix.run import Process  # noqa: PLC0415 - an extra
        from nospim.matrix.settings import read_settings  # noqa: PLC0415
    settings = read_settings(config)
    if needs_policy_server and settings.policy_server is None:
        raise UsageError(f"{config} has no [policy_server]")
    return Process(settings, config.parent)


class _extra:  # noqa: N801 - reads as a word
    """Says which extra is missing."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ImportError):
            raise UsageError("this command needs the extra matrix: pip install 'nospim[matrix]'") from None
