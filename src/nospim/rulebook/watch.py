"""Rules that follow their folder without a restart: the last good set, until a newer good one is there."""

from __future__ import annotations

from pathlib import Path

from nospim.rulebook.load import (
    CURRENT,
    DEMOTED,
    VERSIONS,
    Loaded,
    RulesError,
    current,
    files,
    load,
    load_sound,
)
from nospim.rules import Problem, RuleSet, Written

Mark = tuple[tuple[str, int, int, int], ...]


class Watcher:
    """The rules of a folder or a rule book, read again when its files change.

    rules: the last good set, never changed in place.  version: of the rule book, empty for a plain folder.
    problems: why the newest state of the folder is not in force; empty when it is.
    Raises RulesError where the rules are not good to begin with.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mark = _mark(folder)
        self._take(load_sound(folder))
        self.problems: tuple[Problem, ...] = ()

    @property
    def rules(self) -> RuleSet:
        """The last good set."""
        return self._loaded.rules

    @property
    def written(self) -> tuple[Written, ...]:
        """The same rules as they are written."""
        return self._loaded.written

    @property
    def version(self) -> str:
        """The version that it is of."""
        return self._loaded.version

    def poll(self) -> bool:
        """Look at the folder; returns whether `rules` is another set than before.

        Call it as often as a change should take to be in force: it costs a look at each file's time.
        """
        try:
            mark = _mark(self.folder)
            if mark == self._mark:
                return False
            self._mark = mark
            loaded = load(self.folder)
        except RulesError as error:
            self.problems = (Problem(file=str(self.folder), line=0, rule="", reason=str(error)),)
            return False
        self.problems = loaded.problems
        if loaded.problems or _alike(loaded.rules, self.rules):
            return False
        self._take(loaded)
        return True

    def _take(self, loaded: Loaded) -> None:
        self._loaded = loaded


def _alike(one: RuleSet, other: RuleSet) -> bool:
    return list(one) == list(other) and one.demoted == other.demoted


def _mark(folder: Path) -> Mark:
    """What changes when the folder does: names, sizes, times and places of its files."""
    version = current(folder)
    paths = files(folder / VERSIONS / version if version else folder)
    marks = []
    for path in [*paths, folder / CURRENT, folder / DEMOTED]:
        try:
            seen = path.stat()
        except OSError:
            continue
        marks.append((path.name, seen.st_size, seen.st_mtime_ns, seen.st_ino))
    return tuple(marks)
