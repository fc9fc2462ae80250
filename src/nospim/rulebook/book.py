"""A rule book: a folder that keeps every version of a service's rules, and names the one in force.

    current             the number of the version in force
    versions/0001/      the rule files of a version, and deployed.json: who, when, why, and their hashes
    history.jsonl       every deployment and every rollback, one line each
    demoted.json        live rules that an alarm turned to shadow

The version in force changes by renaming one file over another, so a reader sees the old one or the new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from nospim.rulebook.load import (
    CURRENT,
    DEMOTED,
    DEPLOYED,
    VERSIONS,
    Deployed,
    RulesError,
    current,
    files,
    load,
    load_sound,
)
from nospim.rules import Alarm, RuleSet

HISTORY: Final = "history.jsonl"


class Step(Struct, frozen=True, kw_only=True):
    """A line of history.jsonl.  before: the version that was in force, or empty.  by: whose doing it was."""

    at: datetime
    did: Literal["deploy", "rollback"]
    version: str
    before: str
    by: str
    why: str = ""


def deploy(
    folder: Path, book: Path, *, by: str, at: datetime, why: str = "", author_may_deploy: bool = True
) -> Step:
    """Check a folder of rules and put it into force as the next version of a rule book.

    by: who deploys.  at: when.  author_may_deploy: False where live rules need a second person.
    Raises RulesError where a rule is wrong, nothing has changed, or the author deploys and must not.
    """
    loaded = load_sound(folder)
    if loaded.version:
        raise RulesError(f"{folder} is a rule book; name the folder that rules are written in")
    with _alone(book):
        before = current(book)
        was = load(book).rules if before else None
        if was is not None and _same(was, loaded.rules):
            raise RulesError(f"nothing has changed since version {before}, which is in force")
        if not author_may_deploy:
            _two_people(loaded.rules, was, by)
        name = f"{max([0, *(int(p.name) for p in _versions(book))]) + 1:04d}"
        content = {path.name: path.read_bytes() for path in files(folder)}
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
        _write_version(book, name, content, Deployed(at=at, by=by, why=why, sha256=hashes))
        return _put(book, Step(at=at, did="deploy", version=name, before=before, by=by, why=why))


def rollback(book: Path, *, by: str, at: datetime, why: str = "", to: str = "") -> Step:
    """Put an earlier version into force: the one before the current one, or the one that is named.

    Raises RulesError where there is none.
    """
    with _alone(book):
        before = current(book)
        if not before:
            raise RulesError(f"{book} is no rule book; nospim rules deploy makes one")
        there = sorted(p.name for p in _versions(book))
        wanted = to or max((n for n in there if int(n) < int(before)), default="", key=int)
        if wanted not in there:
            what = f"version {to}" if to else f"version before {before}"
            raise RulesError(f"{book} has no {what}; there are {', '.join(there)}")
        return _put(book, Step(at=at, did="rollback", version=wanted, before=before, by=by, why=why))


def history(book: Path) -> tuple[Step, ...]:
    """Every deployment and rollback of a rule book, in order; a torn last line is left out."""
    try:
        lines = (book / HISTORY).read_bytes().splitlines()
    except FileNotFoundError:
        return ()
    found = []
    for line in lines:
        try:
            found.append(msgspec.json.decode(line, type=Step))
        except msgspec.DecodeError:
            continue
    return tuple(found)


def record_demotions(book: Path, rules: RuleSet, alarms: tuple[Alarm, ...]) -> None:
    """Keep live rules in shadow that an alarm put there, until a version of theirs decides otherwise."""
    versions = {rule.id: rule.version for rule in rules}
    with _alone(book):
        path = book / DEMOTED
        kept = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, str]]) if path.exists() else {}
        for one in alarms:
            if one.rule not in versions:
                continue  # it was taken out of the book since
            kept[one.rule] = {"version": versions[one.rule], "why": one.why}
        _replace(path, msgspec.json.encode(kept, order="sorted"))


def _two_people(now: RuleSet, was: RuleSet | None, by: str) -> None:
    known = {(r.id, r.version) for r in was or () if r.state == "live"}
    for rule in now:
        if rule.state == "live" and (rule.id, rule.version) not in known and _name(rule.author) == _name(by):
            raise RulesError(
                f"rule {rule.id} was written by {rule.author}, and the policy asks for somebody else to "
                "deploy it ([rules] author_may_deploy = false)"
            )


def _name(person: str) -> str:
    return " ".join(person.casefold().split())


def _same(was: RuleSet, now: RuleSet) -> bool:
    return list(was) == list(now)


def _versions(book: Path) -> list[Path]:
    folder = book / VERSIONS
    return [p for p in folder.iterdir() if p.name.isdigit()] if folder.is_dir() else []


def _write_version(book: Path, name: str, content: dict[str, bytes], told: Deployed) -> None:
    """Write a version's folder whole, or not at all."""
    draft = book / VERSIONS / f".{name}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for file, data in content.items():
        (draft / file).write_bytes(data)
    (draft / DEPLOYED).write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")
    draft.rename(book / VERSIONS / name)


def _put(book: Path, step: Step) -> Step:
    with (book / HISTORY).open("ab") as file:
        file.write(msgspec.json.encode(step) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    _replace(book / CURRENT, step.version.encode() + b"\n")
    return step


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def _alone(book: Path) -> Iterator[None]:
    """While it lasts, nobody else changes the book."""
    book.mkdir(parents=True, exist_ok=True)
    with (book / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # closing the file lets it go
        yield
