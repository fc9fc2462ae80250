"""Marks of an operator that a campaign shows: networks, clients, wordings, kinds of host, victims, days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from nospim.campaigns.assemble import Effort
from nospim.campaigns.episodes import Episode
from nospim.campaigns.join import crowded
from nospim.campaigns.seeds import Gathered
from nospim.casework import Settings

Kind = Literal["decoy", "network", "client", "wording", "hosting", "victim"]
KINDS: Final[tuple[Kind, ...]] = ("decoy", "network", "client", "wording", "hosting", "victim")


class Mark(Struct, frozen=True, order=True):
    """One thing that campaigns may share."""

    kind: Kind
    value: str


def marks_of(effort: Effort, gathered: Gathered, settings: Settings) -> dict[Mark, int]:
    """What one campaign shows of its operator, with the number of episodes that show each mark.

    Networks count only where the sign-in was strange to the owner and few honest accounts use them;
    clients only when rare; of a destination, the host that anyone may rent a name under.
    """
    marks: dict[Mark, int] = {}
    for episode in effort.episodes:
        for mark in dict.fromkeys(_shown(episode, gathered, settings)):
            marks[mark] = marks.get(mark, 0) + 1
    return marks


def _shown(episode: Episode, gathered: Gathered, settings: Settings) -> Iterator[Mark]:
    if episode.network is not None and not crowded(episode.network, gathered, settings):
        yield Mark("network", episode.network)
    if (
        episode.client is not None
        and len(gathered.client_users.get(episode.client, ())) <= settings.rare_client
    ):
        yield Mark("client", episode.client)
    yield Mark("victim", episode.account)
    yield from _decoys(episode, gathered)
    for kind, name in episode.keys:
        if kind == "wording":
            yield Mark("wording", name)
        else:
            host = hosting(name)
            if host is not None:
                yield Mark("hosting", host)


def common_of(effort: Effort, gathered: Gathered, settings: Settings) -> set[Mark]:
    """What one campaign shows that too many honest accounts show as well: it says nothing of its operator."""
    common = set()
    for episode in effort.episodes:
        if episode.network is not None and crowded(episode.network, gathered, settings):
            common.add(Mark("network", episode.network))
        if (
            episode.client is not None
            and len(gathered.client_users.get(episode.client, ())) > settings.rare_client
        ):
            common.add(Mark("client", episode.client))
    return common


def _decoys(episode: Episode, gathered: Gathered) -> Iterator[Mark]:
    """Where decoys were used that this campaign's pages took, or by which its thief came in.

    The block's crowd does not matter: nobody but a thief has a decoy to use there.
    """
    places = {name for kind, name in episode.keys if kind == "destination"}
    for destination, network in gathered.decoys:
        if destination in places or episode.network == network:
            yield Mark("decoy", network)


def hosting(destination: str) -> str | None:
    """Where anyone may publish: of ``bit.ly/x`` bit.ly, of ``x.duckdns.org`` duckdns.org, else None."""
    host, slash, _ = destination.partition("/")
    if slash:
        return host
    parent = host.partition(".")[2]
    return parent if "." in parent else None
