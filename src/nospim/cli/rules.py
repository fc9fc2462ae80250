"""The commands ``nospim rules ...``: operators' rules checked, tried, deployed and rolled back."""

from __future__ import annotations

from pathlib import Path

from nospim.rulebook import load
from nospim.rulebook.load import Loaded


def check(folder: Path) -> int:
    """Check a folder of rules: their form, types, cost and tests.

    Parameters
    ----------
    folder
        Folder of rule files (*.toml), or a rule book.

    Returns the exit status: 0, or 3 when something is wrong.
    """
    loaded = load(folder)
    for problem in loaded.problems:
        print(problem)
    print(f"{folder}: {_counted(loaded)}, {len(loaded.problems)} problems")
    return 3 if loaded.problems else 0


def list_(folder: Path) -> int:
    """List the rules of a folder with their state, effect, cost and owner.

    Parameters
    ----------
    folder
        Folder of rule files (*.toml), or a rule book.

    Returns the exit status: 0, or 3 when rules are left out because something is wrong with them.
    """
    loaded = load(folder)
    for one in loaded.rules.rules:
        rule = one.rule
        until = f"until {rule.expires}" if rule.expires else "without end"
        print(
            f"{rule.id}  {rule.state}  {rule.effect.told}  {until}  version {rule.version}  "
            f"{one.cost} units  by {rule.author}, answers {rule.owner or rule.author}: {rule.title}"
        )
    return 3 if loaded.problems else 0


def test(folder: Path) -> int:
    """Run the tests that stand in rule files, and say which rule gave something else.

    Parameters
    ----------
    folder
        Folder of rule files (*.toml), or a rule book.

    Returns the exit status: 0, or 3 when a test failed or a rule is wrong.
    """
    loaded = load(folder)
    wrong = {(p.file, p.rule) for p in loaded.problems}
    for one in loaded.written:
        rule = one.rule
        good = (one.file, rule.id) not in wrong
        print(f"{'ok' if good else 'NO'}  {rule.id}: {len(rule.test)} tests")
    for problem in loaded.problems:
        print(problem)
    return 3 if loaded.problems else 0


def _counted(loaded: Loaded) -> str:
    states = [rule.state for rule in loaded.rules]
    told = ", ".join(f"{states.count(state)} {state}" for state in ("live", "shadow", "draft"))
    return f"{len(states)} good rules ({told})"
