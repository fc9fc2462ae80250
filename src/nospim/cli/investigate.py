"""The command ``nospim investigate``: a long history in, campaigns and operators out, whatever was judged."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from nospim.errors import NospimError, UsageError
from nospim.events import AnyEvent, InvalidEventError, decode

LEAST: Final = 10
"""As `nospim.history.archive.LEAST_RECIPIENTS`."""


def investigate(
    history: list[str],
    /,
    *,
    out: Path,
    least: Annotated[int, Parameter(validator=Number(gte=1, lte=1_000_000))] = LEAST,
) -> int:
    """Group a long history in batch: near-duplicates, shared infrastructure, and what is too common.

    Parameters
    ----------
    history
        Event logs (JSON Lines, plain, .gz or .zst), or folders of ledgers, in order. They are read twice.
    out
        Folder for campaigns.jsonl, operators.jsonl, caps.jsonl and summary.json.
    least
        Distinct recipients from which a group is told.

    Returns the exit status: 3 when some lines were refused.
    """
    from nospim.history.archive import investigate as run  # noqa: PLC0415 - only where it is asked for
    from nospim.signals.sign_in import network_of  # noqa: PLC0415

    if not history:
        raise UsageError("name event logs or ledgers")
    reader = _Reader(history)
    found = run(reader.events, network_of, least)
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, rows in (
        ("campaigns.jsonl", found.campaigns),
        ("operators.jsonl", found.operators),
        ("caps.jsonl", found.caps),
    ):
        (out / name).write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    counts = found.counts | {"refused": reader.refused, "caps": len(found.caps)}
    (out / "summary.json").write_bytes(msgspec.json.format(msgspec.json.encode({"counts": counts})) + b"\n")
    print(
        f"{counts['messages']:,} messages in {counts['wordings']:,} wordings: "
        f"{counts['campaigns']:,} campaigns of {counts['operators']:,} operators; "
        f"{counts['caps']:,} things were too common to join by: {out}"
    )
    if reader.refused:
        print(f"nospim: {reader.refused:,} lines are no events and were left out", file=sys.stderr)
    return 3 if reader.refused else 0


class _Reader:
    """The events of logs and ledgers, as often as they are asked for."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self.refused = 0

    def events(self) -> Iterator[AnyEvent]:
        """The events from the beginning, each once; counts what is refused."""
        from nospim.adapters.repeats import Repeats  # noqa: PLC0415 - only where it is asked for

        self.refused, repeats = 0, Repeats()
        for raw, event in self._all():
            if repeats.check(event, raw) == "new":
                yield event

    def _all(self) -> Iterator[tuple[bytes, AnyEvent]]:
        from nospim.adapters.files import EventFiles  # noqa: PLC0415
        from nospim.adapters.interface import Refusal  # noqa: PLC0415

        for name in self._names:
            if Path(name).is_dir():
                yield from _ledger(Path(name))
                continue
            for item in EventFiles([name]):
                if isinstance(item, Refusal):
                    self.refused += 1
                else:
                    yield item[1], item[2]


def _ledger(folder: Path) -> Iterator[tuple[bytes, AnyEvent]]:
    """The events of a ledger whose content is still there."""
    from nospim.ledger.folder import records, require  # noqa: PLC0415 - needs an extra

    for one in records(require(folder)):
        if one.kind == "event" and one.body is not None:
            try:
                yield one.body, decode(one.body)
            except InvalidEventError as error:
                raise NospimError(f"record {one.seq} of {folder} is no event: {error}") from None
