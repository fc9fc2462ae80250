"""Which episodes belong to one campaign: joined by destination, wording, infrastructure and infection."""

from __future__ import annotations

from typing import Final

from nospim.campaigns.episodes import Episode
from nospim.campaigns.lures import Lures
from nospim.campaigns.seeds import Gathered
from nospim.casework import Settings

BY_DESTINATION: Final = "destination"
BY_NETWORK: Final = "wording and network"
BY_CLIENT: Final = "wording and rare client"
BY_TIME: Final = "wording and time"
BY_SIGN_IN: Final = "network and time"
BY_CLICK: Final = "infection (opened link)"
BY_RECEIPT: Final = "infection (received lure)"
REASONS: Final = (BY_DESTINATION, BY_NETWORK, BY_CLIENT, BY_TIME, BY_SIGN_IN, BY_CLICK, BY_RECEIPT)

Holders = dict[tuple[str, ...], list[int]]


class Groups:
    """Union-find over the episodes' numbers; remembers by what each group was joined."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))
        self._why: list[set[str]] = [set() for _ in range(size)]

    def find(self, node: int) -> int:
        """The smallest number of a node's group, with path halving (Tarjan and van Leeuwen 1984)."""
        parent = self._parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def join(self, a: int, b: int, why: str) -> None:
        """Make one group of two; the smaller number leads, so that the order of joins cannot matter."""
        a, b = sorted((self.find(a), self.find(b)))
        self._why[a].add(why)
        if a != b:
            self._parent[b] = a
            self._why[a] |= self._why[b]

    def groups(self) -> list[tuple[list[int], tuple[str, ...]]]:
        """Each group's members in order and what joined them, by smallest member."""
        members: dict[int, list[int]] = {}
        for node in range(len(self._parent)):
            members.setdefault(self.find(node), []).append(node)
        return [(nodes, tuple(r for r in REASONS if r in self._why[lead])) for lead, nodes in members.items()]


def join(episodes: list[Episode], lures: Lures, gathered: Gathered, settings: Settings) -> Groups:
    """Group the episodes.

    The same rare destination joins.  Gangs buy the same kits and one gang runs many campaigns from one
    network, so the same wording joins only with the same strange network, or the same rare client, or
    (without sign-ins) nothing else; and all of them only what is adjacent in time (`_adjacent`).  An
    episode that has neither wording nor destination, as where texts are encrypted, goes by network and
    time.  Then infections join.
    """
    groups = Groups(len(episodes))
    by_destination, by_wording, by_network = _holders(episodes, gathered, settings)
    _adjacent(groups, episodes, by_destination, BY_DESTINATION, settings.destination_gap)
    _adjacent(groups, episodes, by_network, BY_NETWORK, settings.network_gap)
    _adjacent(
        groups, episodes, _clients(by_wording, episodes, gathered, settings), BY_CLIENT, settings.wording_gap
    )
    blind = {key: [node for node in nodes if episodes[node].blind] for key, nodes in by_wording.items()}
    _adjacent(groups, episodes, blind, BY_TIME, settings.wording_gap)
    _adjacent(groups, episodes, _keyless(episodes, gathered, settings), BY_SIGN_IN, settings.wording_gap)
    _by_infection(groups, episodes, lures, settings)
    return groups


def crowded(network: str, gathered: Gathered, settings: Settings) -> bool:
    """Whether so many honest accounts use a network that sharing it means nothing."""
    return len(gathered.network_users.get(network, ())) > settings.crowded_network


def _telling(episode: Episode, gathered: Gathered, settings: Settings) -> str | None:
    """The network of an episode, where it is strange to the owner and not crowded."""
    network = episode.network
    return None if network is None or crowded(network, gathered, settings) else network


def _holders(
    episodes: list[Episode], gathered: Gathered, settings: Settings
) -> tuple[Holders, Holders, Holders]:
    """Which episodes have each destination, each wording, each wording from one strange network."""
    destination: Holders = {}
    wording: Holders = {}
    with_network: Holders = {}
    for node, episode in enumerate(episodes):
        network = _telling(episode, gathered, settings)
        for kind, name in episode.keys:
            if kind == "destination":
                destination.setdefault((name,), []).append(node)
                continue
            wording.setdefault((name,), []).append(node)
            if network is not None:
                with_network.setdefault((name, network), []).append(node)
    return destination, wording, with_network


def _clients(by_wording: Holders, episodes: list[Episode], gathered: Gathered, settings: Settings) -> Holders:
    holders: Holders = {}
    for (name,), nodes in by_wording.items():
        for node in nodes:
            client = episodes[node].client
            if client is not None and len(gathered.client_users.get(client, ())) <= settings.rare_client:
                holders.setdefault((name, client), []).append(node)
    return holders


def _keyless(episodes: list[Episode], gathered: Gathered, settings: Settings) -> Holders:
    holders: Holders = {}
    for node, episode in enumerate(episodes):
        network = _telling(episode, gathered, settings)
        if not episode.keys and network is not None:
            holders.setdefault((network,), []).append(node)
    return holders


def _adjacent(groups: Groups, episodes: list[Episode], holders: Holders, why: str, gap: float) -> None:
    """Join what shares a key and is adjacent: a silence of at most `gap`, or the shorter stretch, between.

    The stretch tells a campaign's tempo: a slow one is silent for hours, and a fast one of last week is over.
    """
    for nodes in holders.values():
        pieces: dict[int, tuple[float, float]] = {}
        for node in nodes:
            lead, first, last = groups.find(node), episodes[node].first, episodes[node].last
            known = pieces.get(lead, (first, last))
            pieces[lead] = (min(known[0], first), max(known[1], last))
        before: tuple[float, float, int] | None = None
        for first, last, lead in sorted((first, last, lead) for lead, (first, last) in pieces.items()):
            if before is not None and first - before[1] <= max(gap, min(before[1] - before[0], last - first)):
                groups.join(before[2], lead, why)
                before = (before[0], max(before[1], last), lead)
            else:
                before = (first, last, lead)


def _by_infection(groups: Groups, episodes: list[Episode], lures: Lures, settings: Settings) -> None:
    """Join a takeover to the campaign whose lure the owner had just opened, or (without clicks) received.

    From the same strange network, or where there is no key to compare, one such step joins.  Else it takes a
    share of the smaller campaign's accounts (one, if it is new): the first person who meets two campaigns
    of the same hours would bridge them, and the more easily when both bought the same kit.
    """
    steps: list[tuple[int, int, str]] = []
    for node, episode in enumerate(episodes):
        opened = lures.opened(node, settings.click_proof)
        akin = next((lure for lure in opened if _akin(episodes[lure.episode], episode)), None)
        if akin is not None:
            groups.join(akin.episode, node, BY_CLICK)
        elif opened:
            kit = next((lure for lure in opened if _same_words(episodes[lure.episode], episode)), opened[0])
            steps.append((kit.episode, node, BY_CLICK))
        received = lures.received(node, settings.click_proof)
        for lure in reversed([lure for lure in received if lure.episode not in lures.clicked]):
            if _akin(episodes[lure.episode], episode):
                groups.join(lure.episode, node, BY_RECEIPT)
                break
            if _same_words(episodes[lure.episode], episode):
                steps.append((lure.episode, node, BY_RECEIPT))
                break
    _bridge(groups, episodes, steps, settings)


def _akin(a: Episode, b: Episode) -> bool:
    """Whether two episodes look like one hand: same strange network, or, without keys, same way in."""
    if a.network is not None and a.network == b.network:
        return True
    return not (a.keys or b.keys) and a.taken == b.taken and (a.taken != "sign_in" or a.client == b.client)


def _same_words(a: Episode, b: Episode) -> bool:
    return any(key in a.keys for key in b.keys)


def _bridge(
    groups: Groups, episodes: list[Episode], steps: list[tuple[int, int, str]], settings: Settings
) -> None:
    """Join the groups between which enough of the smaller one's accounts were infected."""
    accounts: dict[int, set[str]] = {}
    for node, episode in enumerate(episodes):
        accounts.setdefault(groups.find(node), set()).add(episode.account)
    crossed: dict[tuple[int, int], set[str]] = {}
    words: dict[tuple[int, int], bool] = {}
    whys: dict[tuple[int, int], str] = {}
    for a, b, why in steps:
        pair = (min(groups.find(a), groups.find(b)), max(groups.find(a), groups.find(b)))
        crossed.setdefault(pair, set()).add(episodes[b].account)
        words[pair] = words.get(pair, False) or _same_words(episodes[a], episodes[b])
        whys.setdefault(pair, why)
    for (a, b), infected in sorted(crossed.items()):
        share = settings.bridge_with_words if words[a, b] else settings.bridge
        if a != b and len(infected) >= share * min(len(accounts[a]), len(accounts[b])):
            groups.join(a, b, whys[a, b])
