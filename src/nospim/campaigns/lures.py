"""Who received and who opened the lures of which episode: the material of infections."""

from __future__ import annotations

from bisect import bisect_left

from msgspec import Struct

from nospim.campaigns.episodes import Episode
from nospim.campaigns.seeds import Gathered
from nospim.sightings import ClickSeen


class Lure(Struct, frozen=True):
    """A bad message in somebody's hands: when it arrived or was opened there, which one, of which episode."""

    at: float
    message: str
    episode: int


class Lures:
    """Per suspect, the lures received and opened, in order of time."""

    def __init__(self, episodes: list[Episode], gathered: Gathered) -> None:
        self._episodes = episodes
        self._received: dict[str, list[Lure]] = {}
        self._opened: dict[str, list[Lure]] = {}
        self.clicked: set[int] = set()
        suspects = {episode.account for episode in episodes}
        lure_of: dict[str, Lure] = {}
        for node, episode in enumerate(episodes):
            for seen in episode.messages:
                lure = lure_of[seen.message] = Lure(seen.at, seen.message, node)
                for account in seen.to:
                    if account in suspects and account != episode.account:
                        self._received.setdefault(account, []).append(lure)
        for lures in self._received.values():
            lures.sort(key=_order)
        self._open(gathered, suspects, lure_of)
        for lures in self._opened.values():
            lures.sort(key=_order)

    def _open(self, gathered: Gathered, suspects: set[str], lure_of: dict[str, Lure]) -> None:
        for click in gathered.clicks:
            lure = lure_of.get(click.message) if click.message is not None else self._guess(click)
            if lure is None:
                continue
            self.clicked.add(lure.episode)
            if click.account in suspects and click.account != self._episodes[lure.episode].account:
                self._opened.setdefault(click.account, []).append(Lure(click.at, lure.message, lure.episode))

    def _guess(self, click: ClickSeen) -> Lure | None:
        """The last lure of an episode with one of the click's destinations that this account had received."""
        wanted = {("destination", name) for name in click.destinations}
        for lure in reversed(_before(self._received.get(click.account, []), click.at)):
            if not wanted.isdisjoint(self._episodes[lure.episode].keys):
                return lure
        return None

    def opened(self, node: int, window: float) -> list[Lure]:
        """The lures that an episode's owner opened within `window` seconds before it began, last first."""
        episode = self._episodes[node]
        earlier = _before(self._opened.get(episode.account, []), episode.start)
        return [lure for lure in reversed(earlier) if episode.start - lure.at <= window]

    def received(self, node: int, window: float) -> list[Lure]:
        """The lures that an episode's owner received within `window` seconds before it began, in order."""
        episode = self._episodes[node]
        lures = self._received.get(episode.account, [])
        return lures[
            bisect_left(lures, episode.start - window, key=_time) : bisect_left(
                lures, episode.start, key=_time
            )
        ]

    def opened_within(self, node: int, members: set[int], window: float) -> Lure | None:
        """As `opened`, counting only lures of the given episodes."""
        return next((lure for lure in self.opened(node, window) if lure.episode in members), None)


def _time(lure: Lure) -> float:
    return lure.at


def _order(lure: Lure) -> tuple[float, str]:
    return lure.at, lure.message


def _before(lures: list[Lure], at: float) -> list[Lure]:
    return lures[: bisect_left(lures, at, key=_time)]
