"""The command ``nospim``: which commands there are, and what its exit statuses mean.

A command is a function in a module of its own, imported only when it is asked for, so that
``nospim --help`` starts fast.  It returns an exit status, or None for 0.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

from cyclopts import App, Parameter
from cyclopts.exceptions import CycloptsError

from nospim import __version__
from nospim.cli.commands import COMMANDS, GROUPS
from nospim.errors import NospimError, UsageError

DONE: Final = 0
FAILED: Final = 1
WRONG_USAGE: Final = 2
SOME_REFUSED: Final = 3
INTERRUPTED: Final = 130
"""128 + SIGINT, as shells report a process that Ctrl-C ended."""
READER_GONE: Final = 141
"""128 + SIGPIPE, as shells report a process whose reader went away."""

TRACEBACK: Final = "NOSPIM_TRACEBACK"
"""Environment variable: when it is set, faults of the program show where they happened."""


def _no_option(_: object, value: object) -> None:
    """Refuse what was meant as an option: where ``-`` is a value, cyclopts takes any hyphen for one."""
    for each in value if isinstance(value, list | tuple) else [value]:
        if str(each).startswith("-") and str(each) != "-":
            raise ValueError(f"there is no option {each} (a file of that name is ./{each})")


DASH: Final = Parameter(allow_leading_hyphen=True, validator=_no_option)


def application() -> App:
    """The command line as an object, its commands registered by name and not imported yet."""
    app = App(
        name="nospim",
        help="Find, stop, uncover and prove spim: spam by instant message, sent as a friend.",
        version=f"nospim {__version__}",
        help_format="plaintext",
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    groups = {"": app}
    for name, summary in GROUPS.items():
        groups[name] = App(name=name, help=summary, sort_key=_place(name))
        app.command(groups[name])
    for place, command in enumerate(COMMANDS):
        groups[command.group].command(
            command.function,
            name=command.name,
            help=command.summary,
            sort_key=place,
            default_parameter=DASH if command.dash else None,
        )
    return app


def _place(group: str) -> int:
    """Where a group stands in ``--help``: at its first command."""
    return next(place for place, command in enumerate(COMMANDS) if command.group == group)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process.

    arguments: the words after the program's name; None takes them from the process.
    """
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit status, having said on standard error why it is not 0."""
    try:
        result = application()(list(arguments), exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        error.verbose = False
        chain = " ".join(["nospim", *(error.command_chain or ())])
        return _say(f"{str(error).rstrip('.')}; see: {chain} --help", WRONG_USAGE)
    except UsageError as error:
        return _say(str(error), WRONG_USAGE)
    except NospimError as error:
        return _say(str(error), FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return READER_GONE
    except OSError as error:
        return _say(_describe(error), FAILED)
    except Exception as error:  # noqa: BLE001  the last line of defence: a person never meets a traceback
        return _fault(error)
    return _status(result)


def _status(result: object) -> int:
    if result is None:
        return DONE
    if isinstance(result, int):
        return int(result)
    return _say(f"a command returned {type(result).__name__} instead of an exit status", FAILED)


def _describe(error: OSError) -> str:
    what = error.strerror or str(error)
    return f"{error.filename}: {what}" if error.filename is not None else what


def _fault(error: Exception) -> int:
    if os.environ.get(TRACEBACK):
        raise error
    first = error.__cause__ or error  # a command that cannot be imported hides the reason one step down
    told = f"{type(first).__name__}: {first}"
    return _say(f"a fault in nospim, please report it ({told}); {TRACEBACK}=1 shows where", FAILED)


def _say(text: str, status: int) -> int:
    """Print one line on standard error, whatever line ends or control characters the text holds."""
    line = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
    print(f"nospim: {line}", file=sys.stderr)
    return status


def _drop_output() -> None:
    """Point standard output at nothing, so that the interpreter's last flush stays quiet."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
