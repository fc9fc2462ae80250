"""Episodes: stretches of time in which somebody else (or nobody honest) wrote with an account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from nospim.campaigns.seeds import Gathered, Key, keys_of
from nospim.campaigns.waves import waves
from nospim.casework import Settings
from nospim.sightings import MessageSeen, SignInSeen
from nospim.verdicts import STOPPED

T = TypeVar("T")
Taken = Literal["sign_in", "resumed", "session"]
"""How it began: a strange sign-in, a strange resumption (stolen token), or in the owner's own session."""

STRANGE_TO: Final = 2
"""Accounts to whose owners a network was strange, from which it is a thief's for others too."""
MOSTLY: Final = 0.1
"""Share of a strange session's messages that was stopped, from which all of it counts as the thief's."""


class Episode(Struct, frozen=True, kw_only=True):
    """One account's messages under another hand, in order.

    start: when the takeover began; first, last: first and last bad message.  oddness: the sign-in's,
    or None.  place: the network it was written from; network: the same, only where it is a stranger's.
    keys: what joins it to others.
    """

    account: str
    taken: Taken
    start: float
    messages: tuple[MessageSeen, ...]
    stopped: int
    recipients: tuple[str, ...]
    oddness: int | None
    network: str | None
    place: str | None
    client: str | None
    sessions: tuple[str, ...]
    keys: tuple[Key, ...]

    @property
    def first(self) -> float:
        """Time of the first bad message."""
        return self.messages[0].at

    @property
    def last(self) -> float:
        """Time of the last bad message."""
        return self.messages[-1].at

    @property
    def blind(self) -> bool:
        """Whether there is no sign-in to look at."""
        return not self.sessions


def cut(gathered: Gathered, settings: Settings) -> list[Episode]:
    """All episodes, by takeover and then account; an account may have several.

    A session that was opened by a strange sign-in is one episode from its start.  In the owner's own
    session, or without sessions, bad messages are cut into waves.
    """
    by_account: dict[str, list[MessageSeen]] = {}
    for seen in gathered.messages:
        by_account.setdefault(seen.account, []).append(seen)
    episodes: list[Episode] = []
    for account, messages in by_account.items():
        sign_ins = gathered.sign_ins.get(account, [])
        for stretch in _stretches(messages, sign_ins, gathered, settings):
            episode = _episode(account, stretch, sign_ins, gathered, settings)
            if episode is not None:
                episodes.append(episode)
    episodes = _strangers(episodes, gathered, settings)
    episodes.sort(key=lambda e: (e.start, e.first, e.account, e.messages[0].message))
    return episodes


def _strangers(episodes: list[Episode], gathered: Gathered, settings: Settings) -> list[Episode]:
    """Let a network that nobody honest uses be strange to all, where it was to two.

    An account without history has no habits that a sign-in could be unlike; it counts as one of the two.
    """
    strange: dict[str, set[str]] = {}
    for episode in episodes:
        name = episode.place if episode.oddness is None else episode.network
        if name is not None:
            strange.setdefault(name, set()).add(episode.account)
    known = {
        name
        for name, accounts in strange.items()
        if len(accounts) >= STRANGE_TO and len(gathered.network_users.get(name, ())) <= settings.popular_floor
    }
    return [replace(e, network=e.place) if e.network is None and e.place in known else e for e in episodes]


def is_odd(seen: MessageSeen, settings: Settings) -> bool:
    """Whether the message's session was signed in unlike the owner."""
    return seen.oddness is not None and seen.oddness >= settings.odd


def _stretches(
    messages: list[MessageSeen], sign_ins: list[SignInSeen], gathered: Gathered, settings: Settings
) -> Iterator[list[MessageSeen]]:
    resumed = {s.session for s in sign_ins if s.resumed}
    foreign: dict[str, list[MessageSeen]] = {}
    own: list[MessageSeen] = []
    for seen in messages:
        if seen.session is not None and is_odd(seen, settings) and seen.session not in resumed:
            foreign.setdefault(seen.session, []).append(seen)
        else:
            own.append(seen)
    for session in foreign.values():
        stopped = sum(seen.action in STOPPED for seen in session)
        whole = stopped >= MOSTLY * len(session)
        yield session if whole else [seen for seen in session if _bad(seen, gathered)]
    yield from waves(own, gathered, settings)


def _bad(seen: MessageSeen, gathered: Gathered) -> bool:
    return seen.action in STOPPED or any(gathered.live(key) for key in keys_of(seen))


def _episode(
    account: str,
    messages: list[MessageSeen],
    sign_ins: list[SignInSeen],
    gathered: Gathered,
    settings: Settings,
) -> Episode | None:
    """The episode of a stretch, or None when there is too little in it to say that anything happened."""
    if not messages:
        return None
    recipients = _unique(other for seen in messages for other in seen.to)
    stopped = sum(seen.action in STOPPED for seen in messages)
    odd = any(is_odd(seen, settings) for seen in messages)
    few = len(recipients) < settings.few_recipients and len(messages) < settings.few_recipients
    if stopped == 0 and (few or not _unmistakable(messages, odd, gathered)):
        return None
    if few and not odd:
        return None
    first = messages[0]
    taken, start = _takeover(messages, sign_ins, odd, settings)
    return Episode(
        account=account,
        taken=taken,
        start=min(start, first.at),
        messages=tuple(messages),
        stopped=stopped,
        recipients=recipients,
        oddness=max((seen.oddness for seen in messages if seen.oddness is not None), default=None),
        network=_most([seen.network for seen in messages if is_odd(seen, settings)]),
        place=_most([seen.network for seen in messages]),
        client=_most([seen.client for seen in messages]),
        sessions=_unique(seen.session for seen in messages if seen.session is not None),
        keys=_unique(key for seen in messages for key in keys_of(seen) if gathered.live(key)),
    )


def _unmistakable(messages: list[MessageSeen], odd: bool, gathered: Gathered) -> bool:
    """Whether allowed messages alone tell: a campaign's destination with its wording or a strange sign-in."""
    live = [{kind for kind, name in keys_of(seen) if gathered.live((kind, name))} for seen in messages]
    lures = [kinds for kinds in live if "destination" in kinds and (odd or "wording" in kinds)]
    return 2 * len(lures) > len(messages)


def _takeover(
    messages: list[MessageSeen], sign_ins: list[SignInSeen], odd: bool, settings: Settings
) -> tuple[Taken, float]:
    first = messages[0]
    if not odd:
        return "session", first.at
    sessions = {seen.session for seen in messages}
    strange = [
        s for s in sign_ins if s.session in sessions and s.at <= first.at and s.oddness >= settings.odd
    ]
    if strange and strange[-1].resumed:
        return "resumed", strange[-1].at
    if strange:
        return "sign_in", strange[-1].at
    return "sign_in", first.session_opened if first.session_opened is not None else first.at


def _most(names: list[str | None]) -> str | None:
    """The commonest name, the earliest of equals."""
    counts: dict[str, int] = {}
    for name in names:
        if name is not None:
            counts[name] = counts.get(name, 0) + 1
    return max(counts, key=lambda name: counts[name]) if counts else None


def _unique(things: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(things))
