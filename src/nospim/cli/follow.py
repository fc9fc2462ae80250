"""The command ``nospim follow``: a growing log, handed to a service or judged here."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter
from cyclopts.validators import Number

from nospim.cli.scan import asked_to_stop, feeds_of, read_policy
from nospim.errors import UsageError
from nospim.verdicts import Rung

if TYPE_CHECKING:
    from nospim.follow.deliver import Delivery
    from nospim.follow.guarding import Guarding
    from nospim.follow.state import StateFile

TOKEN: Final = "NOSPIM_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable with the bearer token; a command line can be read by every user of the machine."""


def follow(
    log: Path,
    /,
    *,
    to: str | None = None,
    token_file: Path | None = None,
    policy: Path | None = None,
    rules: Path | None = None,
    least: Rung = "allow",
    state: Path | None = None,
    rejected: Path | None = None,
    new_only: bool = False,
    once: bool = False,
    every: Annotated[float, Parameter(validator=Number(gt=0, lte=3600))] = 0.5,
) -> int:
    """Follow a growing event log: hand its events to a service, or judge them here.

    Parameters
    ----------
    log
        File of CloudEvents, one JSON object a line; it may be rotated, and need not exist yet.
    to
        Address of a nospim service, such as http://127.0.0.1:8420; without it verdicts, ends of holds,
        actions and rules' hits are printed, one JSON object a line.
    token_file
        File with the service's bearer token; without it the variable NOSPIM_TOKEN is used.
    policy
        Policy file in TOML for judging here; without it the defaults hold.
    rules
        Folder of rule files or a rule book for judging here; changes in it are taken up while it runs.
    least
        The lowest rung that is printed: allow, warn, hold or block.
    state
        File that remembers how far the log was read; without it one in the user's state folder.
    rejected
        File for lines that are no events or that the service refuses; without it one beside the state.
    new_only
        Begin at the end of a log that was not followed before.
    once
        Stop at the end of the log.
    every
        Seconds between two looks at a log that does not grow.

    Returns the exit status: 0, or 3 when some input was refused.
    """
    if to is not None and (policy is not None or rules is not None):
        raise UsageError("--policy and --rules are for judging here; a service has its own")
    from nospim.follow.loop import follow as run  # noqa: PLC0415 - numbers and lists load only when needed
    from nospim.follow.state import StateFile, usual_path  # noqa: PLC0415
    from nospim.follow.tail import Tail  # noqa: PLC0415

    where = usual_path(log, to) if state is None else state
    letters = where.with_name(where.name + ".rejected.jsonl") if rejected is None else rejected
    with closing(StateFile(where, log)) as kept:
        saved = kept.read()
        tail = Tail(log, None if saved is None else saved.place, _notice, at_end=new_only)
        made: AbstractContextManager[Delivery | Guarding] = (
            _guarding(log, policy, rules, kept, letters, least)
            if to is None
            else _delivery(log, to, _token(token_file), kept, letters)
        )
        with made as taker, asked_to_stop() as stop:
            run(str(log), tail, taker, stop, every, once=once)
    if taker.refused:
        _notice(f"{taker.refused} lines were refused; {letters} says why")
        return 3
    return 0


@contextmanager
def _delivery(log: Path, to: str, token: str | None, state: StateFile, rejected: Path) -> Iterator[Delivery]:
    try:
        from nospim.client import Client  # noqa: PLC0415 - an extra
        from nospim.follow.deliver import PATIENCE, Delivery  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(str(error)) from None
    with Client(to, token, patience=PATIENCE) as client:
        yield Delivery(client, state, rejected, str(log), _notice)


@contextmanager
def _guarding(
    log: Path, policy: Path | None, rules: Path | None, state: StateFile, rejected: Path, least: Rung
) -> Iterator[Guarding]:
    from nospim.follow.guarding import Guarding  # noqa: PLC0415 - numbers and lists load only when needed

    settings = read_policy(policy)
    feeds = feeds_of(settings, policy)
    watcher = None
    if rules is not None:
        from nospim.rulebook import Watcher  # noqa: PLC0415 - only those who use rules wait for them

        watcher = Watcher(rules)
    rejected.parent.mkdir(parents=True, exist_ok=True)
    with rejected.open("ab") as letters:
        yield Guarding(str(log), state, settings, feeds, sys.stdout.buffer, letters, least, watcher=watcher)


def _token(file: Path | None) -> str | None:
    """The bearer token from a file or the environment.  Raises UsageError where the file has none."""
    if file is None:
        return os.environ.get(TOKEN) or None
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the token file {file} cannot be read: {error}") from None
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(f"{file} holds no token; it must have one word on one line")
    return token


def _notice(text: str) -> None:
    print(f"nospim: {text}", file=sys.stderr, flush=True)
