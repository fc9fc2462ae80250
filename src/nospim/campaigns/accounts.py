"""Which accounts were hijacked, which were made to spim, which are abused by their own owners, and why.

The bits are set by hand, from what is dear for an attacker (the sign-in, the reach, the chain); they are
hindsight's own and do not repeat the verdicts' bits one by one.
"""

from __future__ import annotations

from math import log2
from statistics import median
from typing import Final, Literal

from nospim.campaigns.assemble import Assembled, Effort
from nospim.campaigns.episodes import Episode
from nospim.campaigns.infections import Spread
from nospim.campaigns.seeds import Gathered
from nospim.campaigns.times import moment
from nospim.casework import Settings
from nospim.events import split_key
from nospim.findings import AccountFinding
from nospim.findings import Episode as EpisodeRow
from nospim.verdicts import STOPPED, Reason, score_of

State = Literal["hijacked", "fake", "abusive"]

PRIOR: Final = -6.0
"""Bits before evidence: about one account in sixty of those with a stopped message is taken over."""
JUDGED: Final = 0.9
"""Score from which an account is listed: it will be locked or asked to change a password."""
MOST: Final = {"verdicts": 6.0, "sign_in": 6.0, "burst": 6.0, "campaign": 6.0, "reports": 3.0}
"""Bits that one kind of evidence can give at most, so that none decides alone."""
ODDLY: Final = 1000
"""Oddness in millibits from which a sign-in leaves a doubt, and nobody is called abusive."""
ALONE: Final = -4.0
"""Bits for a campaign of one account: thieves take many, and an eager owner who was stopped is alone."""
SUSTAINED: Final = 4.0
"""Bits for going on for days, alone, after being stopped: makes up for `ALONE`."""
OPENED: Final = 5.0
RECEIVED: Final = 1.0
NEW_ACCOUNT: Final = 3.0


def judge(assembled: Assembled, settings: Settings) -> tuple[AccountFinding, ...]:
    """Every account of every campaign that reaches `JUDGED`, by first takeover."""
    found: dict[str, list[tuple[Episode, Effort]]] = {}
    for effort in assembled.efforts:
        for episode in effort.episodes:
            found.setdefault(episode.account, []).append((episode, effort))
    findings = [_finding(account, parts, assembled.gathered, settings) for account, parts in found.items()]
    judged = [finding for finding in findings if finding.score >= JUDGED]
    return tuple(sorted(judged, key=lambda f: (f.since, f.source, f.account)))


def _finding(
    account: str, parts: list[tuple[Episode, Effort]], gathered: Gathered, settings: Settings
) -> AccountFinding:
    parts = sorted(parts, key=lambda part: (part[0].start, part[1].row.id))
    source, ident = split_key(account)
    state = _state(parts, gathered, settings)
    best = max((_reasons(episode, effort, gathered, settings) for episode, effort in parts), key=_sum)
    if state == "abusive":
        best = (*best, Reason("sustained", SUSTAINED, "stopped messages went on for days"))
    return AccountFinding(
        account=ident,
        source=source,
        state=state,
        since=moment(parts[0][0].start),
        score=round(score_of(round(1000 * _sum(best))), 6),
        reasons=best,
        campaigns=tuple(dict.fromkeys(effort.row.id for _, effort in parts)),
        episodes=tuple(
            EpisodeRow(
                from_=moment(episode.start),
                to=moment(episode.last),
                sessions=tuple(episode.sessions),
                campaign=effort.row.id,
            )
            for episode, effort in parts
        ),
    )


def _sum(reasons: tuple[Reason, ...]) -> float:
    return sum(reason.bits for reason in reasons)


def _reasons(episode: Episode, effort: Effort, gathered: Gathered, settings: Settings) -> tuple[Reason, ...]:
    stopped = [seen.bits for seen in episode.messages if seen.action in STOPPED]
    others = len(effort.row.accounts) - 1
    reports = sum(gathered.reports.get(seen.message, 0) for seen in episode.messages)
    spread = next((one for one in effort.spread if one.account == episode.account), None)
    reasons = [Reason("prior", PRIOR, "most accounts with a stopped message are not taken over")]
    if stopped:
        reasons.append(
            _reason(
                "verdicts",
                median(stopped) / 1000,
                f"messages stopped: {len(stopped)} of {len(episode.messages)}",
            )
        )
    if episode.oddness is not None and episode.oddness > 0:
        reasons.append(
            _reason("sign_in", episode.oddness / 1000, "the session was signed in unlike the owner")
        )
    reach = len(episode.recipients)
    reasons.append(_reason("burst", log2(1 + reach), f"{len(episode.messages)} messages to {reach} people"))
    if others:
        plural = "s" if others > 1 else ""
        reasons.append(
            _reason(
                "campaign", log2(1 + others) + 1, f"{others} other account{plural} sent for the same campaign"
            )
        )
    else:
        reasons.append(Reason("campaign", ALONE, "no other account sent for the same campaign"))
    reasons.extend(_chain(spread, episode))
    if reports:
        reasons.append(
            _reason("reports", log2(1 + reports), f"recipients reported {reports} of its messages")
        )
    if _young(episode, settings):
        reasons.append(Reason("new_account", NEW_ACCOUNT, "the account was new when it sent its first lure"))
    return tuple(reasons)


def _reason(signal: str, bits: float, detail: str) -> Reason:
    return Reason(signal, round(max(0.0, min(MOST[signal], bits)), 3), detail)


def _chain(spread: Spread | None, episode: Episode) -> list[Reason]:
    if spread is None or spread.infected_by is None or spread.at != episode.start:
        return []
    if spread.opened:
        return [Reason("chain", OPENED, "the owner opened a lure of the same campaign shortly before")]
    return [Reason("chain", RECEIVED, "the owner received a lure of the same campaign shortly before")]


def _young(episode: Episode, settings: Settings) -> bool:
    age = episode.messages[0].account_age
    return age is not None and age <= settings.fake_age


def _state(parts: list[tuple[Episode, Effort]], gathered: Gathered, settings: Settings) -> State:
    episode, effort = parts[0]
    phished = any(one.account == episode.account and one.infected_by is not None for one in effort.spread)
    if not phished and _is_fake(episode, gathered, settings):
        return "fake"
    return "abusive" if _is_abuse(parts, settings) else "hijacked"


def _is_fake(episode: Episode, gathered: Gathered, settings: Settings) -> bool:
    """A young account without a life before its first lure, writing to strangers.

    Where the log never says when accounts were made, one that it did not show before, if it is long: 97 % of
    the accounts that send malicious posts are hijacked (Gao 2010), so that doubt is the owner's.
    """
    age, lately = episode.messages[0].account_age, episode.first - settings.fake_warm_up
    if age is None:
        if gathered.ages_known:
            return False
        begin = gathered.begin if gathered.begin is not None else episode.first
        watched = episode.first - begin >= settings.fake_age / 2
        return watched and gathered.first_seen.get(episode.account, episode.first) >= lately
    met = gathered.correspondents.get(episode.account, {})
    friends = sum(at < lately for at in met.values())
    contacts = episode.messages[0].own_contacts
    strangers = contacts <= settings.fake_contact_share * len(episode.recipients)
    return _young(episode, settings) and friends < settings.fake_correspondents and strangers


def _is_abuse(parts: list[tuple[Episode, Effort]], settings: Settings) -> bool:
    """Sustained bad sending in the owner's own sessions, alone, with no lure before: else a victim."""
    for episode, effort in parts:
        alone = len(effort.row.accounts) == 1
        own = episode.taken == "session" and episode.oddness is not None and episode.oddness < ODDLY
        if not (alone and own and episode.keys) or episode.network is not None:
            return False
    stopped = sum(episode.stopped for episode, _ in parts)
    span = parts[-1][0].last - parts[0][0].first
    return stopped >= settings.abuse_messages and span >= settings.abuse_span
