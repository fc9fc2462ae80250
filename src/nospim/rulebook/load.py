"""Rules read from a folder: the newest deployed version of a rule book, or a plain folder of files."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from nospim.errors import NospimError
from nospim.rules import Problem, RuleSet, Written, compile_rules
from nospim.rules.reading import MAX_BYTES, read_rules

CURRENT: Final = "current"
"""The file of a rule book that names the version in force."""
VERSIONS: Final = "versions"
"""The folder of a rule book that keeps every version."""
DEPLOYED: Final = "deployed.json"
"""In a version's folder: who deployed it, and its files' hashes."""
DEMOTED: Final = "demoted.json"
"""In a rule book: live rules that an alarm turned to shadow, with the version that did."""
MAX_FILES: Final = 500
"""Files of rules in a folder."""


class RulesError(NospimError):
    """Rules that cannot be used; the message says which, where, and what to do."""


class Deployed(Struct, frozen=True, kw_only=True):
    """A version's deployed.json.  sha256: of each rule file, in hex."""

    at: datetime
    by: str
    sha256: dict[str, str]
    why: str = ""


class Loaded(Struct, frozen=True, eq=False):
    """A folder of rules as read.  problems: what is wrong; the rules are those that are good.

    version: of the rule book, empty for a plain folder.
    """

    rules: RuleSet
    written: tuple[Written, ...]
    problems: tuple[Problem, ...]
    version: str = ""


def load(folder: Path) -> Loaded:
    """Read every rule of a folder (``*.toml``, by name); where it is a rule book, of its version in force.

    Raises RulesError for a folder that cannot be read, rules.RulesExtraError without the extra ``rules``.
    """
    version = current(folder)
    place = folder / VERSIONS / version if version else folder
    hashes = _hashes(place) if version else None
    written: list[Written] = []
    problems: list[Problem] = []
    for path in files(place):
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            problems.append(Problem(file=path.name, line=0, rule="", reason=error.strerror or str(error)))
            continue
        if hashes is not None and hashes.pop(path.name, "") != hashlib.sha256(content).hexdigest():
            why = "is not what was deployed; deploy changes, or roll back"
            problems.append(Problem(file=path.name, line=0, rule="", reason=why))
            continue
        good, wrong = read_rules(content, path.name)
        written += good
        problems += wrong
    rules, found = compile_rules(written)
    for missing in hashes or ():
        problems.append(Problem(file=missing, line=0, rule="", reason="was deployed and is not there"))
    if version:
        rules = rules.demote(_demoted(folder, rules))
    return Loaded(rules, tuple(written), (*problems, *found), version)


def _hashes(place: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode((place / DEPLOYED).read_bytes(), type=Deployed).sha256
    except (OSError, msgspec.DecodeError):
        raise RulesError(f"{place / DEPLOYED} cannot be read; roll back to another version") from None


def _demoted(book: Path, rules: RuleSet) -> list[str]:
    """Ids of rules that an alarm put into shadow in the version that is in force."""
    try:
        kept = msgspec.json.decode((book / DEMOTED).read_bytes(), type=dict[str, dict[str, str]])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError):
        raise RulesError(f"{book / DEMOTED} cannot be read; remove it to let live rules act again") from None
    return [rule.id for rule in rules if kept.get(rule.id, {}).get("version") == rule.version]


def load_sound(folder: Path) -> Loaded:
    """The same, but raises RulesError at the first problem: half a set of rules is not what was written."""
    loaded = load(folder)
    if loaded.problems:
        more = len(loaded.problems) - 1
        also = f" (and {more} more; see: nospim rules check {folder})" if more else ""
        raise RulesError(f"{folder}: {loaded.problems[0]}{also}")
    return loaded


def files(folder: Path) -> list[Path]:
    """The files of rules in a folder, by name; a file is one by itself.

    Raises RulesError where there is no such folder.
    """
    if folder.is_file():
        return [folder]
    try:
        found = sorted(p for p in folder.iterdir() if p.suffix == ".toml" and not p.name.startswith("."))
    except OSError as error:
        raise RulesError(f"{folder}: {error.strerror}; name a folder of rules (*.toml)") from None
    if len(found) > MAX_FILES:
        raise RulesError(f"{folder}: more than {MAX_FILES} files of rules; put some together")
    return found


def current(folder: Path) -> str:
    """The version in force of a rule book, empty where the folder is none."""
    try:
        name = (folder / CURRENT).read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError):
        name = "?"
    if not name.isdigit():
        raise RulesError(f"{folder / CURRENT} does not name a version; see: nospim rules rollback --help")
    return name
