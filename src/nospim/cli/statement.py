"""The command ``nospim statement``: why something was restricted, for each action, in people's languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from nospim.errors import UsageError
from nospim.reporting.statement import Restricting, needs_statement, read_terms, statement


class _Handed(Struct):
    actions: tuple[Restricting, ...]


def state(files: list[Path], /, *, terms: Path, out: Path) -> None:
    """Write statements of reasons for actions: what was decided, why, by whom, and how to appeal.

    Parameters
    ----------
    files
        actions.jsonl of a scan, or answers of the service about actions.
    terms
        File in TOML with what the operator says in each: its terms, where to complain, languages.
    out
        Folder for a file in JSON and one text a language for each action; nothing may be in it yet.
    """
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty; name a new folder")
    said = read_terms(terms.read_text(encoding="utf-8"), str(terms))
    last = {(one.source, one.action): one for path in files for one in _actions(path)}
    made = [statement(one, said) for one in last.values() if needs_statement(one)]
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    for one in made:
        content = msgspec.json.format(msgspec.json.encode(one), indent=1) + b"\n"
        (out / f"{one.number}.json").write_bytes(content)
        for language, text in one.texts.items():
            (out / f"{one.number}.{language}.txt").write_text(text, encoding="utf-8")
    print(f"{out}: {len(made)} statements; {len(last) - len(made)} actions restrict nobody")


def _actions(path: Path) -> Iterator[Restricting]:
    data = path.read_bytes()
    if data.lstrip()[:11].replace(b" ", b"").startswith(b'{"actions"'):
        try:
            yield from msgspec.json.decode(data, type=_Handed).actions
        except msgspec.DecodeError as error:
            raise UsageError(f"{path} is no answer about actions: {error}") from None
        return
    for number, line in enumerate(data.splitlines(), 1):
        try:
            yield msgspec.json.decode(line, type=Restricting)
        except msgspec.DecodeError as error:
            raise UsageError(f"{path}, line {number}: this is no action: {error}") from None
