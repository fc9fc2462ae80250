"""The commands ``nospim token``: who may call the service, and what for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from nospim.cli.serve import DATA
from nospim.errors import NospimError, UsageError

if TYPE_CHECKING:
    from nospim.service.tokens import TokenFile

Scope = Literal["check", "report", "admin"]
DEFAULT_NAME: Final = "unnamed"


def new(*, data: Path = DATA, scope: list[Scope], name: str = DEFAULT_NAME) -> None:
    """Make a token for the service, and print it once.

    The service need not be restarted. Only a hash of the token is kept.

    Parameters
    ----------
    data
        The service's folder.
    scope
        What it may be used for: check (ask for verdicts), report (send events, fetch actions and answer
        them), admin (everything, also what only a person decides). May be repeated.
    name
        A name by which it can be revoked.
    """
    from nospim.service.tokens import TokenFile  # noqa: PLC0415 - only those who use tokens wait for it

    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    print(TokenFile(data).add(name, tuple(dict.fromkeys(scope))))


def show(*, data: Path = DATA) -> None:
    """List the tokens by name, with their scopes and the day that they were made.

    Parameters
    ----------
    data
        The service's folder.
    """
    for token in _file(data).all():
        print(f"{token.created:%Y-%m-%d}  {','.join(token.scopes):<20}  {token.name}")


def revoke(name: str, /, *, data: Path = DATA) -> None:
    """Make the tokens of a name worthless, at once.

    Parameters
    ----------
    name
        The name that they were made with.
    data
        The service's folder.
    """
    if not _file(data).remove(name):
        raise NospimError(f"{data}: no token is called {name!r}; nospim token list names them")


def _file(data: Path) -> TokenFile:
    from nospim.service.tokens import TokenFile  # noqa: PLC0415

    if not data.is_dir():
        raise UsageError(f"{data}: there is no such folder; name the one of the service with --data")
    return TokenFile(data)
