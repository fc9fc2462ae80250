"""What happened, told from the figures: one plain paragraph, the key figures, and what a figure means."""

from __future__ import annotations

from collections import Counter
from typing import Final

from msgspec import Struct

from nospim.events import named
from nospim.findings import Campaign, Findings, Summary
from nospim.reports.words import count, listing, moment, number, plain, share, stretch

STEADY: Final = 0.1
"""Half-width around 1 within which a reproduction number is called steady: few accounts make it no surer."""

JOINED: Final = {
    "destination": "where their links lead",
    "wording and network": "the same wording from the same network",
    "wording and rare client": "the same wording from the same rare program",
    "wording and time": "the same wording at the same time",
    "network and time": "the same network at the same time",
    "infection (opened link)": "one account opening the other's link before it was taken",
    "infection (received lure)": "one account getting the other's lure before it was taken",
}
"""How messages came to be joined, in words; another name is shown as it is."""


class Figure(Struct, frozen=True, kw_only=True):
    """One key figure: its value, what it counts and a line on how to read it."""

    value: str
    label: str
    note: str
    tone: str = ""


def stopped_in(summary: Summary) -> int:
    """Messages that were held or blocked and not let go again."""
    counts = summary.counts
    return max(0, counts.get("hold", 0) + counts.get("block", 0) - counts.get("released", 0))


def in_state(findings: Findings, state: str) -> int:
    """How many accounts were judged to be in a state."""
    return sum(account.state == state for account in findings.accounts)


def by_size(findings: Findings) -> list[Campaign]:
    """The campaigns, the one with most messages first."""
    return sorted(findings.campaigns, key=lambda c: (-len(c.messages), c.first_seen, c.source, c.id))


def title(findings: Findings, summary: Summary) -> str:
    """The page's heading: how many campaigns, and when."""
    found = count(len(findings.campaigns), "campaign").capitalize() + " of spim"
    if summary.first is None or summary.last is None:
        return found
    return f"{found}, {stretch(summary.first, summary.last)}"


def paragraph(findings: Findings, summary: Summary) -> str:
    """What happened in a few plain sentences, for a reader who reads nothing else."""
    messages = summary.counts.get("messages", 0)
    if not messages:
        return "No message was read, so there is nothing to report."
    when = ""
    if summary.first is not None and summary.last is not None:
        when = f" from {stretch(summary.first, summary.last)}"
    read = f"nospim read {count(messages, 'message')}{when}"
    stopped = stopped_in(summary)
    if not findings.campaigns:
        found = f"and stopped {number(stopped)} of them" if stopped else "and stopped none"
        return f"{read} {found}. It found no campaign of spim among them.{_taken(findings)}"
    part = f"stopped {number(stopped)} of them ({share(stopped, messages)})" if stopped else "stopped none"
    return f"{read} and {part}. {_campaigns(findings)}{_taken(findings)}{_passed(findings)}"


def _campaigns(findings: Findings) -> str:
    campaigns = by_size(findings)
    largest = campaigns[0]
    total = sum(len(campaign.messages) for campaign in campaigns)
    if len(campaigns) == 1:
        text = f"One campaign sent {count(total, 'message')} "
        text += f"from {count(len(largest.accounts), 'account')}"
    else:
        text = f"{number(len(campaigns))} campaigns sent {count(total, 'message')}; the largest sent "
        text += f"{number(len(largest.messages))} from {count(len(largest.accounts), 'account')}"
    if largest.patient_zero is not None:
        text += f" and began with {plain(named(largest.patient_zero))} on {moment(largest.first_seen)} UTC"
    return text + "."


def _taken(findings: Findings) -> str:
    hijacked, fake, abusive = (in_state(findings, state) for state in ("hijacked", "fake", "abusive"))
    text = ""
    if hijacked:
        owners = "Its owner is a victim" if hijacked == 1 else "Their owners are victims"
        were = "account was" if hijacked == 1 else "accounts were"
        text += f" {number(hijacked)} {were} taken over. {owners} and can be helped today."
    others = [f"{number(n)} {word}" for n, word in ((fake, "fake"), (abusive, "abusive")) if n]
    if others:
        text += f" {listing(others)} {'account' if fake + abusive == 1 else 'accounts'} took part as well."
    return text


def _passed(findings: Findings) -> str:
    sent = sum(len(campaign.messages) for campaign in findings.campaigns)
    passed = sent - sum(campaign.stopped for campaign in findings.campaigns)
    if passed <= 0:
        return " All of their messages were held or blocked."
    return f" {number(passed)} of the campaigns' messages ({share(passed, sent)}) reached people at once."


def figures(findings: Findings, summary: Summary) -> tuple[Figure, ...]:
    """The key figures in the order in which people ask for them."""
    counts = Counter(summary.counts)
    messages, stopped, hijacked = counts["messages"], stopped_in(summary), in_state(findings, "hijacked")
    held = counts["hold"]
    return (
        Figure(
            value=number(messages),
            label="messages read",
            note=f"{number(counts['warn'])} delivered with a warning",
        ),
        Figure(
            value=number(stopped),
            label="stopped",
            note=f"{share(stopped, messages)} of all; {number(counts['block'])} blocked at once",
            tone="stopped",
        ),
        Figure(
            value=number(held),
            label="held for a check",
            note=f"{number(counts['released'])} let go, {number(counts['dropped'])} dropped",
        ),
        Figure(
            value=number(hijacked),
            label="accounts to help",
            note="taken over; their owners are victims",
            tone="victims",
        ),
        Figure(
            value=number(len(findings.campaigns)),
            label="campaign" if len(findings.campaigns) == 1 else "campaigns",
            note=_linked(findings),
        ),
    )


def _linked(findings: Findings) -> str:
    several = sum(len(operator.campaigns) > 1 for operator in findings.operators)
    return f"{count(several, 'operator')} behind more than one" if several else "none linked to another"


def meaning(reproduction: float | None) -> tuple[str, str]:
    """What a reproduction number says: a word for a label, and a sentence."""
    if reproduction is None:
        return "spread not measured", "How many others each account led to could not be told."
    value = f"{reproduction:.2f}".rstrip("0").rstrip(".")
    if reproduction == 0:
        return "not spreading", "No account that it took is known to have led to another."
    if reproduction < 1 - STEADY:
        return (
            "dying out",
            f"Each account taken led on average to {value} others: fewer than one, so it dies out.",
        )
    if reproduction <= 1 + STEADY:
        return (
            "holding steady",
            f"Each account taken led on average to {value} others: it neither grows nor ends.",
        )
    return (
        "growing",
        f"Each account taken led on average to {value} others: more than one, so it grows if left alone.",
    )


def joined(campaign: Campaign) -> str:
    """How a campaign's messages were joined, in words."""
    return listing(JOINED.get(name, plain(name)) for name in campaign.joined_by)
