"""The policy file: every setting, its default, its bounds and its reason, in one place."""

from __future__ import annotations

import hashlib
import math
from datetime import date
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from nospim.casework import Settings as CaseworkSettings
from nospim.policy.live import (
    EnforcementSettings,
    PrivacySettings,
    RecoverySettings,
    RetentionSettings,
    ServiceSettings,
)

Probability = Annotated[float, Meta(gt=0.0, lt=1.0)]
Seconds = Annotated[float, Meta(gt=0.0, le=366 * 86400.0)]
Cap = Annotated[int, Meta(ge=16, le=100_000_000)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
FeedForm = Literal["hosts", "csv", "hashes", "hash_prefixes", "misp", "rtbl", "matrix_policy", "nospim_list"]
LIVE: Final = frozenset({"service", "enforcement", "recovery", "retention", "privacy"})
"""Tables that no verdict depends on: a running service and the commands read them."""
MAX_BRANDS: Final = 1000
"""Each costs about a microsecond for every host that was not seen before."""


MAX_DECOYS: Final = 10_000
"""Each is one account name that an operator reserved."""


class PolicyError(ValueError):
    """A policy that cannot be used; the message names the key and what to do."""


class Thresholds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which score (probability of spim) each rung of the ladder begins; allow is below `warn`.

    What a rung costs the honest decides: a warning is a line in the conversation, a hold is half a minute, a
    block loses the message.
    """

    warn: Probability = 0.08
    hold: Probability = 0.2
    block: Probability = 0.97


class HoldSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a held message may wait for what comes next.

    seconds: a benign message that waited up to 30 s is an inconvenience, longer is a false stop, so
    the default ends a hold before that.
    """

    seconds: Annotated[float, Meta(gt=0.0, le=3600.0)] = 25.0


class Lists(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person has decided beforehand; it beats every signal.

    Destinations are registrable domains (``example.org``) or, for a host where anyone may publish,
    host and path; accounts are ids as the service writes them.  canaries: contacts run by the
    operator to which no one writes.  own_names: the service's own domains, never a lure's
    destination by themselves.  brands: names or domains of others that lures here dress up as.
    decoys: SHA-256 (hex) of the account names that were given to lures' pages and to nobody else.
    """

    allow_destinations: tuple[str, ...] = ()
    deny_destinations: tuple[str, ...] = ()
    allow_accounts: tuple[str, ...] = ()
    deny_accounts: tuple[str, ...] = ()
    canaries: tuple[str, ...] = ()
    own_names: tuple[str, ...] = ()
    brands: Annotated[tuple[str, ...], Meta(max_length=MAX_BRANDS)] = ()
    decoys: Annotated[tuple[Sha256, ...], Meta(max_length=MAX_DECOYS)] = ()


class FeedSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One list feed, read from a file when a scan begins; there is none unless it is named.

    path: relative to the policy's folder.  kind: whether what it lists is bad or known and harmless.
    weight_bits: what a fresh entry is worth.  expires: seconds after its date from which an entry counts
    nothing; it fades from half that time on.  dated: when the list was made, where the file does not say.
    column, date_column: for the form `csv`.  key: for the form `nospim_list`, the public Ed25519 key (hex)
    that must have signed it.
    """

    name: Annotated[str, Meta(pattern=r"^[\w. -]{1,64}$")]
    form: FeedForm
    path: Annotated[str, Meta(min_length=1)]
    kind: Literal["bad", "good"] = "bad"
    weight_bits: Annotated[float, Meta(gt=0.0, le=4.0)] = 2.0
    expires: Seconds = 30 * 86400.0
    dated: date | None = None
    column: str | None = None
    date_column: str | None = None
    key: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None

    def __post_init__(self) -> None:
        if (self.form == "csv") != (self.column is not None):
            raise ValueError(f"feed {self.name}: `column` is for the form csv, which needs it")
        if self.date_column is not None and self.form != "csv":
            raise ValueError(f"feed {self.name}: `date_column` is for the form csv")
        if self.key is not None and self.form != "nospim_list":
            raise ValueError(f"feed {self.name}: `key` is for the form nospim_list")


class ActionSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be asked for about accounts, and for how long (seconds) an action lasts.

    capture: ask for the page behind a link that makes a message wait; off, for somebody must run captures.
    """

    end_sessions: bool = True
    require_password: bool = True
    limit: bool = True
    notify: bool = True
    recall: bool = True
    step_up: bool = True
    suspend: bool = True
    capture: bool = False
    lasts: Seconds = 7 * 86400.0


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much the guard remembers: entries per generation (two are kept) and their age in event time.

    With its share of everything else an account costs about 2 kB saved and 13 to 20 kB in memory
    (`./dev bench scan` measures it), so the default holds some 3 GB at most.
    """

    accounts: Cap = 100_000
    destinations: Cap = 50_000
    wordings: Cap = 50_000
    networks: Cap = 50_000
    messages: Cap = 65_536
    account_age: Seconds = 180 * 86400.0
    cluster_age: Seconds = 30 * 86400.0
    message_age: Seconds = 14 * 86400.0


class RuleSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may put rules into force."""

    author_may_deploy: bool = True


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything an operator may set.

    prior: share of messages that are spim on this service before anything is known of one.  One in a
    hundred is a service under attack; in peace it is far lower.  It moves every score.
    signals: switches by signal name; a signal that is not named is on.
    feeds: lists of others, off unless named here.
    service, enforcement, recovery, retention, privacy: no scan depends on them.
    """

    prior: Probability = 0.01
    thresholds: Thresholds = Thresholds()
    hold: HoldSettings = HoldSettings()
    lists: Lists = Lists()
    actions: ActionSettings = ActionSettings()
    limits: Limits = Limits()
    casework: CaseworkSettings = CaseworkSettings()
    signals: dict[str, bool] = {}
    service: ServiceSettings = ServiceSettings()
    enforcement: EnforcementSettings = EnforcementSettings()
    recovery: RecoverySettings = RecoverySettings()
    rules: RuleSettings = RuleSettings()
    retention: RetentionSettings = RetentionSettings()
    privacy: PrivacySettings = PrivacySettings()
    feeds: tuple[FeedSettings, ...] = ()

    def __post_init__(self) -> None:
        t = self.thresholds
        if not t.warn <= t.hold <= t.block:
            raise ValueError(
                "thresholds must rise: warn <= hold <= block, "
                f"but warn = {t.warn}, hold = {t.hold}, block = {t.block}"
            )
        names = [feed.name for feed in self.feeds]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two feeds are called {twice!r}; a reason must say which one it means")

    @property
    def prior_millibits(self) -> int:
        """The prior's log-odds in thousandths of a bit: log2(p / (1 - p))."""
        return millibits(self.prior)

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of what judges messages, in canonical form: policies that judge alike hash alike."""
        judging = {name: value for name, value in msgspec.structs.asdict(self).items() if name not in LIVE}
        return hashlib.sha256(msgspec.json.encode(judging, order="sorted")).hexdigest()


DEFAULT_POLICY: Final = Policy()


def millibits(probability: float) -> int:
    """Log-odds of a probability in thousandths of a bit."""
    return round(1000 * math.log2(probability / (1.0 - probability)))


def parse_policy(text: str, name: str = "policy", signal_names: tuple[str, ...] = ()) -> Policy:
    """Read a policy from TOML.

    text: the file's content.  name: what to call it in an error.  signal_names: the signals that may
    be switched; empty means any.
    Returns the policy; absent keys have their defaults.
    Raises PolicyError that says which key is wrong and how.
    """
    try:
        policy = msgspec.toml.decode(text, type=Policy)
    except (msgspec.DecodeError, ValueError) as error:
        raise PolicyError(f"{name}: {error}") from None
    unknown = [s for s in policy.signals if signal_names and s not in signal_names]
    if unknown:
        raise PolicyError(
            f"{name}: no signal is called {unknown[0]!r} - at `$.signals`; "
            f"there are {', '.join(signal_names)}"
        )
    return policy
