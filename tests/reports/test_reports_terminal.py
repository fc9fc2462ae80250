"""The terminal: a few lines for people, plain ones for logs, and a bar that keeps quiet in a pipe."""

from __future__ import annotations

import io

import msgspec
import pytest
import report_sample as sample
from rich.console import Console

from nospim.findings import Findings, Lure, Summary
from nospim.reports.terminal import progress, summarise

FOUND = sample.findings()


def printed(
    findings: Findings, summary: Summary, *, terminal: bool = False, width: int = 100, encoding: str = "utf-8"
) -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=file, force_terminal=terminal, width=width, color_system="truecolor")
    summarise(findings, summary, console)
    file.seek(0)
    return file.read()


def test_plain_lines_hold_one_fact_each() -> None:
    lines = printed(FOUND, sample.summary(FOUND)).splitlines()

    assert lines[0].startswith("nospim read 59,412 messages from 2 to 12 March 2026 and stopped 749 of them")
    assert "accounts to help: 86 (taken over; their owners are victims)" in lines
    assert "campaigns: 3 (1 operator behind more than one)" in lines
    assert sum(line.startswith("campaign ") for line in lines) == 3
    assert lines[-1] == "2 lines were refused (see rejected.jsonl)"
    assert all("\x1b" not in line for line in lines)


def test_a_terminal_gets_a_table() -> None:
    shown = printed(FOUND, sample.summary(FOUND), terminal=True)

    assert "\x1b[1m3 campaigns of spim, 2 to 12 March 2026" in shown
    assert "omg [name] is this you" in shown


def test_a_narrow_terminal_does_without_examples() -> None:
    shown = printed(FOUND, sample.summary(FOUND), terminal=True, width=60)

    assert "omg [name]" not in shown
    assert "messages" in shown


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
def test_many_campaigns_are_cut_short(terminal: bool) -> None:
    campaigns = tuple(msgspec.structs.replace(FOUND.campaigns[2], id=f"c{number}") for number in range(20))
    findings = msgspec.structs.replace(FOUND, campaigns=campaigns)

    assert "and 12 more campaigns (see campaigns.jsonl)" in printed(
        findings, sample.summary(findings), terminal=terminal
    )


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
@pytest.mark.parametrize("text", ["\x1b]0;title\x07\x1b[2J", "[bold]x[/bold] [/]", "\u202egnp.exe", "\r\n\n"])
def test_a_hostile_name_moves_no_cursor_and_is_no_markup(text: str, terminal: bool) -> None:
    campaign = msgspec.structs.replace(
        FOUND.campaigns[2], id=text, patient_zero=f"x{text}", lures=(Lure(example=text, messages=1),)
    )
    findings = msgspec.structs.replace(FOUND, campaigns=(campaign,))
    summary = msgspec.structs.replace(sample.summary(findings), lacking=(text,))

    shown = printed(findings, summary, terminal=terminal)

    assert "\x07" not in shown
    assert "\x1b[2J" not in shown
    assert "\x1b]" not in shown
    assert "\u202e" not in shown
    assert "\r" not in shown
    if "bold" in text:
        assert "[bold]x[/bold]" in shown


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
def test_an_old_encoding_is_respected(terminal: bool) -> None:
    campaign = msgspec.structs.replace(FOUND.campaigns[2], patient_zero="żółw…")
    findings = msgspec.structs.replace(FOUND, campaigns=(campaign,))

    shown = printed(findings, sample.summary(findings), terminal=terminal, encoding="ascii")

    assert "began with ???w?" in shown
    assert "(0.07 %)" in shown


def test_nothing_found_is_said() -> None:
    shown = printed(sample.empty_findings(), sample.empty_summary())

    assert shown.startswith("No message was read, so there is nothing to report.\n")


def test_progress_is_silent_in_a_pipe() -> None:
    file = io.StringIO()

    with progress(Console(file=file)) as report:
        report(10, 100, 3)

    assert file.getvalue() == ""


@pytest.mark.parametrize("total", [2_000_000, None], ids=["known", "unknown"])
def test_progress_is_drawn_on_a_terminal_and_gone_afterwards(total: int | None) -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=120)

    with progress(console) as report:
        report(1_000_000, total, 1234)

    shown = file.getvalue()
    assert "1,234 events" in shown
    assert ("50%" in shown) == (total is not None)
    assert shown.endswith("\x1b[2K")


def test_progress_ends_with_the_block_however_it_ends() -> None:
    file = io.StringIO()

    with pytest.raises(OSError, match="gone"), progress(Console(file=file, force_terminal=True)):
        raise OSError("gone")

    assert "\x1b[?25h" in file.getvalue(), "the cursor is shown again"
