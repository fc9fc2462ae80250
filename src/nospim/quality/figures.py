"""The figures of one scored scan, as they are written in JSON (field order is the order of keys)."""

from __future__ import annotations

from msgspec import Struct


class TacticShare(Struct, frozen=True):
    """Lures of one tactic: how many, and the shares stopped and flagged (four decimals)."""

    n: int
    stopped: float
    flagged: float


class KindCount(Struct, frozen=True):
    """Benign messages of one kind (`chat`, or a look-alike): how many, stopped and flagged."""

    n: int
    stopped: int
    flagged: int


class Spread(Struct, frozen=True):
    """Lures delivered per entered account."""

    median: int
    p95: int
    max: int


class InfectionFigures(Struct, frozen=True):
    """Edges (who infected whom): in truth, found, and how many of each are right."""

    true: int
    found: int
    precision: float
    recall: float


class AccountFigures(Struct, frozen=True):
    """Accounts judged; `kind_right` is the share of the rightly found whose state is right too."""

    true: int
    found: int
    precision: float
    recall: float
    kind_right: float


class CampaignFigures(Struct, frozen=True):
    """Campaigns, with B-cubed precision and recall over messages (see `score.campaign_figures`)."""

    true: int
    found: int
    bcubed_precision: float
    bcubed_recall: float


class Figures(Struct, frozen=True, kw_only=True):
    """Everything that scoring says about one scan of one world.

    Rates of false stops are per million benign messages; the upper bound is the one-sided 95 % bound
    of a Poisson count, NaN (null in JSON) where there is no benign message.
    """

    messages: int
    spim: int
    recall_stopped: float
    recall_flagged: float
    fp_stopped: int
    fp_flagged: int
    benign: int
    fp_stopped_per_million: float
    fp_stopped_per_million_upper95: float
    tactics: dict[str, TacticShare]
    benign_kinds: dict[str, KindCount]
    lures_delivered_per_account: Spread
    stopped_after_20th: dict[str, float]
    benign_held_briefly: int
    infections: InfectionFigures
    accounts: AccountFigures
    campaigns: CampaignFigures
