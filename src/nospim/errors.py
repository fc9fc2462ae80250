"""The two errors that a person causes and can mend; the command line prints them as one clear line.

Whatever else is raised is a fault of the program.  This module imports nothing of ours.
"""

from __future__ import annotations


class NospimError(Exception):
    """Something outside the program is wrong; the message says what, where, and what to do."""


class UsageError(NospimError):
    """The command was called wrongly, or with values that do not go together."""
