"""The table of look-alikes: how it is derived, and that what is shipped has its form."""

from __future__ import annotations

import pytest

from nospim.quality.lookalikes import derive, digest_of, parse_confusables
from nospim.text.skeleton import lookalikes, parse, undo_lookalikes

CONFUSABLES = """\ufeff# confusables.txt
# Version: 17.0.0

0430 ;\t0061 ;\tMA\t# ( а → a ) CYRILLIC SMALL LETTER A → LATIN SMALL LETTER A\t#
0435 ;\t0065 ;\tMA\t#
0451 ;\t00EB ;\tMA\t#
043D ;\t043D ;\tMA\t#
029C ;\t043D ;\tMA\t# the small capital H looks like a Cyrillic letter
00F8 ;\t006F 0338 ;\tMA\t#
05D5 ;\t006C ;\tMA\t#
4E00 ;\t30FC ;\tMA\t#
""".splitlines()


def test_version_and_mappings_are_read() -> None:
    version, mapping = parse_confusables(CONFUSABLES)
    assert version == "17.0.0"
    assert mapping["а"] == "a"
    assert mapping["ø"] == "o\u0338"
    assert len(mapping) == 8


def test_only_mappings_to_ascii_are_kept_each_in_its_section() -> None:
    tables = parse(derive(*parse_confusables(CONFUSABLES)))
    assert tables.lookalike["а"] == "a"
    assert tables.weak["ё"] == "e"
    assert tables.weak["н"] == "h"
    assert tables.latin["ø"] == "o"
    assert tables.styled["𝐚"] == "a"
    assert tables.styled["🅰"] == "a"
    assert "一" not in {**tables.lookalike, **tables.weak}


def test_the_hash_depends_on_mappings_not_on_comments_or_order() -> None:
    _, mapping = parse_confusables(CONFUSABLES)
    _, other = parse_confusables(["# Version: 17.0.0", *reversed(CONFUSABLES[3:])])
    assert digest_of(mapping) == digest_of(other)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["0430 ; 0061 ; MA"], "names no '# Version:'"),
        (["# Version: 1"], "holds no mapping"),
        (["# Version: 1", "zz ; 0061 ; MA"], "line 2 is not 'hex ; hex ; MA'"),
    ],
)
def test_a_file_of_another_form_is_refused(lines: list[str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_confusables(lines)


def test_the_shipped_table_names_the_current_unicode_and_has_only_plain_targets() -> None:
    tables = lookalikes()
    for table in (tables.styled, tables.latin, tables.lookalike, tables.weak):
        assert table
        assert all(len(source) == 1 and not source.isascii() for source in table)
        assert all(
            target.isascii() and target.isalnum() and target == target.lower() for target in table.values()
        )
    assert not tables.lookalike.keys() & tables.weak.keys()


def test_a_table_with_a_broken_line_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse("[styled]\nno tab here")


def test_a_loan_with_an_ending_is_one_switch_and_stays() -> None:
    assert undo_lookalikes("SMSки") == ("SMSки", 0)


def test_many_switches_are_a_disguise_whatever_is_left_over() -> None:
    text, changed = undo_lookalikes("pаsswжоrd")
    assert (text, changed) == ("passwжord", 1)
