"""Scoring a scan against a labelled world: messages, accounts, infections and campaigns.

A message is *stopped* when its final action is hold or block, *flagged* when it is at least warned.
Only scoring reads the truth; the same files always give the same figures.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from nospim.quality.figures import (
    AccountFigures,
    CampaignFigures,
    Figures,
    InfectionFigures,
    KindCount,
    Spread,
    TacticShare,
)
from nospim.quality.outcome import Joined, Outcome, final_actions, read_outcome
from nospim.quality.rows import QualityError, named
from nospim.quality.truth import Spim, Truth, read_sent, read_truth
from nospim.verdicts import STOPPED, Rung

FLAGGED: Final[frozenset[Rung]] = STOPPED | {"warn"}
SEEN_FIRST: Final = 20
"""Lures of a campaign that may pass before it is expected to be known."""
REACTION_S: Final = 5.0
"""Seconds after the last of those before stopping is measured: time for what was learned to travel."""

Ends = Mapping[str, Rung]


def score_folder(world: Path, out: Path) -> Figures:
    """Figures of the scan written to `out` against the labels in `world`.

    world: holds ``events.jsonl`` and ``truth.jsonl``; out: holds ``verdicts.jsonl``, ``accounts.jsonl``,
    ``campaigns.jsonl`` and perhaps ``resolutions.jsonl``; each plain or ``.gz``.
    Raises QualityError with one line that says what is missing, broken or doubled.
    """
    truth = read_truth(world)
    sent = read_sent(world)
    known = frozenset(sent)
    lost = [ident for ident in truth.spim if ident not in known]
    if lost:
        raise QualityError(f"the truth of {world} labels messages that its events lack: {named(lost)}")
    return score(truth, sent, read_outcome(out, sent))


def score(truth: Truth, sent: Collection[str], outcome: Outcome) -> Figures:
    """Figures of one outcome; `sent` are the ids of all messages, each once."""
    final, briefly = final_actions(sent, outcome, truth)
    benign = [ident for ident in sent if ident not in truth.spim and ident not in truth.thief]
    wrong = _count(final, benign, STOPPED)
    return Figures(
        messages=len(sent),
        spim=len(truth.spim),
        recall_stopped=_ratio(_count(final, truth.spim, STOPPED), len(truth.spim)),
        recall_flagged=_ratio(_count(final, truth.spim, FLAGGED), len(truth.spim)),
        fp_stopped=wrong,
        fp_flagged=_count(final, benign, FLAGGED),
        benign=len(benign),
        fp_stopped_per_million=_ratio(wrong, len(benign)) * 1e6,
        fp_stopped_per_million_upper95=upper_per_million(wrong, len(benign)),
        tactics=tactic_shares(truth, final),
        benign_kinds=kind_counts(truth, benign, final),
        lures_delivered_per_account=lures_delivered(truth, final),
        stopped_after_20th=stopped_late(truth, final),
        benign_held_briefly=briefly,
        infections=infection_figures(truth, outcome.campaigns),
        accounts=account_figures(truth, outcome),
        campaigns=campaign_figures(truth, outcome.campaigns),
    )


def upper_per_million(seen: int, of: int) -> float:
    """One-sided 95 % upper bound of a rate per million, from `seen` in `of`; NaN of none.

    Poisson: the rule of three for none seen (Hanley, Lippman-Hand 1983), else a normal approximation,
    k + 1.645 sqrt(k) + 1.35.  It is below the exact bound (Garwood 1936) by 16 % for one seen, 7 % for
    three and 2 % for ten; `intervals.poisson` is exact, and what our own tables print.
    """
    if of == 0:
        return math.nan
    bound = seen + 1.645 * math.sqrt(seen) + 1.35 if seen else 3.0
    return bound / of * 1e6


def tactic_shares(truth: Truth, final: Ends) -> dict[str, TacticShare]:
    """Shares of each tactic's lures that were stopped and flagged, tactics in alphabetical order."""
    lures: dict[str, list[str]] = defaultdict(list)
    for ident, lure in truth.spim.items():
        lures[lure.tactic].append(ident)
    return {
        tactic: TacticShare(
            len(ids),
            round(_count(final, ids, STOPPED) / len(ids), 4),
            round(_count(final, ids, FLAGGED) / len(ids), 4),
        )
        for tactic, ids in sorted(lures.items())
    }


def kind_counts(truth: Truth, benign: Iterable[str], final: Ends) -> dict[str, KindCount]:
    """Benign messages by look-alike (`chat` where they are none), stopped and flagged."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for ident in benign:
        kinds[truth.control.get(ident, "chat")].append(ident)
    return {
        kind: KindCount(len(ids), _count(final, ids, STOPPED), _count(final, ids, FLAGGED))
        for kind, ids in sorted(kinds.items())
    }


def lures_delivered(truth: Truth, final: Ends) -> Spread:
    """How many lures got through from each account that was entered (containment)."""
    through = dict.fromkeys(truth.entries, 0)
    for ident, lure in truth.spim.items():
        through[lure.account] = through.get(lure.account, 0) + (final[ident] not in STOPPED)
    # An account that only the lures name counts once something of its got through.
    counts = sorted(n for account, n in through.items() if n or account in truth.entries)
    return Spread(_quantile(counts, 0.5), _quantile(counts, 0.95), counts[-1] if counts else 0)


def stopped_late(truth: Truth, final: Ends) -> dict[str, float]:
    """Per campaign, the share stopped from `REACTION_S` after its 20th lure on; short ones are left out."""
    campaigns: dict[str, list[Spim]] = defaultdict(list)
    for lure in sorted(truth.spim.values(), key=lambda lure: lure.time):
        campaigns[lure.campaign].append(lure)
    shares = {}
    for campaign, lures in sorted(campaigns.items()):
        if len(lures) <= SEEN_FIRST:
            continue
        known = _seconds(lures[SEEN_FIRST - 1].time) + REACTION_S
        late = [lure.id for lure in lures if _seconds(lure.time) >= known]
        if late:
            shares[campaign] = round(_count(final, late, STOPPED) / len(late), 4)
    return shares


def infection_figures(truth: Truth, campaigns: Iterable[Joined]) -> InfectionFigures:
    """Edges of the infection trees that were found, over all campaigns together."""
    found = {
        (infection.infected_by, infection.account)
        for campaign in campaigns
        for infection in campaign.infections
        if infection.infected_by
    }
    right = len(truth.edges & found)
    return InfectionFigures(
        len(truth.edges), len(found), _ratio(right, len(found)), _ratio(right, len(truth.edges))
    )


def account_figures(truth: Truth, outcome: Outcome) -> AccountFigures:
    """Accounts judged against accounts entered, and whether hijacked was told from fake."""
    right = [account for account in outcome.judged if account in truth.entries]
    same = sum(outcome.judged[account] == truth.entries[account].state for account in right)
    return AccountFigures(
        len(truth.entries),
        len(outcome.judged),
        _ratio(len(right), len(outcome.judged)),
        _ratio(len(right), len(truth.entries)),
        _ratio(same, len(right)),
    )


def campaign_figures(truth: Truth, campaigns: Iterable[Joined]) -> CampaignFigures:
    """B-cubed precision and recall (Bagga, Baldwin 1998) of campaigns over messages.

    Precision averages over the messages that were put in a campaign (a benign one scores 0), recall
    over all lures (one in no campaign scores 0).  A message named twice counts where it came first;
    what a thief wrote that is no lure is left out.
    """
    put: dict[str, str] = {}
    for campaign in campaigns:
        for ident in campaign.messages:
            if ident not in truth.thief:
                put.setdefault(ident, campaign.id)
    sizes = Counter(put.values())
    true_sizes = Counter(lure.campaign for lure in truth.spim.values())
    shared = Counter((c, truth.spim[ident].campaign) for ident, c in put.items() if ident in truth.spim)

    precision = [
        shared[c, truth.spim[ident].campaign] / sizes[c] if ident in truth.spim else 0.0
        for ident, c in put.items()
    ]
    recall = [
        shared[put[ident], lure.campaign] / true_sizes[lure.campaign] if ident in put else 0.0
        for ident, lure in truth.spim.items()
    ]
    return CampaignFigures(len(true_sizes), len(sizes), _mean(precision), _mean(recall))


def _count(final: Ends, ids: Iterable[str], rungs: frozenset[Rung]) -> int:
    return sum(final[ident] in rungs for ident in ids)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _quantile(ordered: list[int], q: float) -> int:
    """The value at rank floor(q * n) of an ascending list, its last at most; 0 of none."""
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else 0


def _seconds(time: str) -> float:
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        raise QualityError(f"the truth holds a time that is not RFC 3339: {time!r}") from None
