"""Space given back: what nobody can read goes, every leaf and everything else stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledger_rooms import DAY, bodies, opened, written

from nospim.ledger import CorruptError, Journal, LockedError, Retention, Scope
from nospim.ledger import journal as journal_module
from nospim.ledger.disk import alone
from nospim.ledger.emptying import LOCK, Emptied, empty_erased
from nospim.ledger.holds import Holds
from nospim.ledger.record import RECORD, RECORD_WORD
from nospim.ledger.survey import survey


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """Forty days of words and verdicts in many segments."""
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 3000)
    made = opened(tmp_path)
    for day in range(DAY, DAY + 40):
        made.append("event", b"words" * 40, day=day)
        made.append("verdict", b"verdict" * 10, day=day)
    made.commit()
    return made


def erase(journal: Journal, retention: Retention, days: range) -> None:
    journal.keys.destroy([Scope(retention, day) for day in days], on=DAY + 100)


def size(journal: Journal) -> int:
    return sum(path.stat().st_size for path in journal.folder.glob("*.jnl"))


def test_nothing_erased_is_nothing_done(journal: Journal) -> None:
    assert empty_erased(journal.folder, journal.keys) == Emptied()
    journal.close()


def test_erased_bodies_go_and_all_else_stays(journal: Journal) -> None:
    erase(journal, Retention.CONTENT, range(DAY, DAY + 30))
    leaves, said, before = [r.leaf for r in journal.read()], bodies(journal), size(journal)
    done = empty_erased(journal.folder, journal.keys)
    assert done.records == 30
    assert done.freed == before - size(journal) == 30 * (200 + 32)
    assert [r.leaf for r in journal.read()] == leaves
    assert bodies(journal) == said
    assert survey(journal.folder, journal.keys).problems == []
    assert empty_erased(journal.folder, journal.keys) == Emptied()  # once is enough

    journal.append("event", b"goes on", day=DAY + 40)
    journal.commit()
    assert bodies(journal)[-1] == b"goes on"
    journal.close()


def test_the_second_class_follows_when_its_time_comes(journal: Journal) -> None:
    erase(journal, Retention.CONTENT, range(DAY, DAY + 40))
    journal.close()
    content = empty_erased(journal.folder, journal.keys)
    erase(journal, Retention.RISK, range(DAY, DAY + 40))
    risk = empty_erased(journal.folder, journal.keys)
    assert (content.records, risk.records) == (40, 40)
    assert empty_erased(journal.folder, journal.keys) == Emptied()


def test_what_a_case_holds_stays_until_it_is_released(journal: Journal) -> None:
    lure = list(journal.read())[4]
    Holds(journal.keys).hold("case", [lure])
    journal.close()
    erase(journal, Retention.CONTENT, range(DAY, DAY + 40))
    assert empty_erased(journal.folder, journal.keys).records == 39
    again = opened(journal.folder.parent)
    assert bodies(again)[4] == lure.body
    again.close()
    Holds(journal.keys).release("case")
    assert empty_erased(journal.folder, journal.keys).records == 1


def test_a_record_that_somebody_else_emptied_is_damage(tmp_path: Path) -> None:
    journal = written(tmp_path, b"words", b"more")
    journal.close()
    path = next(journal.folder.glob("*.jnl"))
    path.chmod(0o600)
    erased = Journal.open(journal.folder, keys=journal.keys)
    erased.close()
    data = path.read_bytes()
    at = data.index(RECORD_WORD)
    from zlib import crc32

    length = int.from_bytes(data[at + 8 : at + 12], "big")
    part = bytes(4) + data[at + 12 : at + RECORD.size]
    emptied = RECORD_WORD + crc32(part).to_bytes(4, "big") + part
    path.write_bytes(data[:at] + emptied + data[at + RECORD.size + length :])
    journal = opened(tmp_path)
    with pytest.raises(CorruptError, match="was emptied, and its key is still here"):
        list(journal.read())
    journal.close()


def test_a_damaged_segment_is_left_alone(journal: Journal) -> None:
    journal.close()
    erase(journal, Retention.CONTENT, range(DAY, DAY + 40))
    path = sorted(journal.folder.glob("*.jnl"))[1]
    data = path.read_bytes()
    turned = data[:500] + bytes([data[500] ^ 1]) + data[501:]
    path.write_bytes(turned)
    with pytest.raises(CorruptError, match="the CRC of a record does not match"):
        empty_erased(journal.folder, journal.keys)
    assert path.read_bytes() == turned


def test_one_at_a_time(journal: Journal) -> None:
    with alone(journal.folder / LOCK), pytest.raises(LockedError, match="another process does this"):
        empty_erased(journal.folder, journal.keys)
    journal.close()
