"""All of the guard's memory as one value, and its exact saving and restoring."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from nospim.memory.account import Account
from nospim.memory.clock import Clock
from nospim.memory.cluster import Cluster, Hold, Memo, Network, Wording
from nospim.memory.generations import Generations

FORMAT: Final = 2
"""Version of the saved form; another version is refused."""
ASSUMED: Final = 400
"""Sign-ins that the assumed rates of new devices and places are worth against what was seen."""
TICK: Final = 60.0
"""Seconds of event time between two looks at the age of the maps; their ages are days."""


class SavedMemoryError(ValueError):
    """Saved memory that cannot be restored: damaged, or written by another version."""


class Memory(Struct, kw_only=True):
    """Everything the guard knows between two events.

    decoys: SHA-256 of each decoy's account name, and the destination whose page took it.
    burnt: addresses and blocks from which a decoy was used, and when last.
    """

    accounts: Generations[str, Account]
    destinations: Generations[str, Cluster]
    wordings: Generations[str, Wording]
    aliases: Generations[int, str]
    bands: Generations[int, str]
    networks: Generations[str, Network]
    messages: Generations[int, Memo]
    labels: Generations[str, tuple[str, float]]
    clock: Clock
    numbers: int = 0
    sign_ins: int = 0
    novel: dict[str, int] = {}
    harmless: int = 0
    harmless_odd: int = 0
    passed: int = 0
    disguised: int = 0
    harmless_fresh: int = 0
    ticked: float = 0.0
    holds: dict[str, Hold] = {}
    canaries: dict[str, float] = {}
    decoys: dict[str, str] = {}
    burnt: dict[str, float] = {}
    broken: dict[str, int] = {}

    def tick(self, at: float) -> float:
        """Take note of an event's time and let every map age; returns the clock."""
        now = self.clock.observe(at)
        if not 0.0 <= now - self.ticked < TICK:
            self.ticked = now
            self.accounts.tick(now)
            self.destinations.tick(now)
            self.wordings.tick(now)
            self.aliases.tick(now)
            self.bands.tick(now)
            self.networks.tick(now)
            self.messages.tick(now)
            self.labels.tick(now)
        return now

    def share_of_new(self, feature: str, before: float) -> float:
        """Share (0..1) of this service's sign-ins in which a feature was new to the account.

        before: the share that is assumed until there is history; it counts as `ASSUMED` sign-ins.
        """
        return (self.novel.get(feature, 0) + before * ASSUMED) / (self.sign_ins + ASSUMED)

    def share_of_fresh(self, before: float) -> float:
        """Share (0..1) of harmless messages that come from a session on a device new to its account.

        before: the share assumed until this service has shown its own.
        """
        return (self.harmless_fresh + before * ASSUMED) / (self.harmless + ASSUMED)

    def share_of_odd(self, before: float) -> float:
        """Share (0..1) of harmless messages that come from a strange session: how often the honest look so.

        before: the share that is assumed until there is history; it counts as `ASSUMED` messages.
        """
        return (self.harmless_odd + before * ASSUMED) / (self.harmless + ASSUMED)

    def share_of_disguised(self, account: Account, before: float, worth: int) -> float:
        """Share (0..1) of what passes from this account that is disguised, or of what passes from everybody.

        The larger of the two: where many do it, who begins to is no stranger for that.

        before: the share that is assumed until there is history; it counts as `ASSUMED` messages.  worth: as
        how many of the account's own messages everybody's share counts.  What an account does in this sitting
        is no habit yet.
        """
        everybody = (self.disguised + before * ASSUMED) / (self.passed + ASSUMED)
        return max(
            everybody, (account.disguised + everybody * worth) / (account.sent - account.lately + worth)
        )

    def account(self, key: str) -> Account:
        """The account of `key`, made on first sight."""
        account = self.accounts.get(key)
        if account is None:
            self.numbers += 1
            account = Account(self.numbers, key)
            self.accounts.put(key, account)
        return account

    def resize(
        self,
        accounts: int,
        destinations: int,
        wordings: int,
        networks: int,
        messages: int,
        account_age: float,
        cluster_age: float,
        message_age: float,
    ) -> None:
        """From here on keep other limits (as in `empty`); what is over them goes as new things come."""
        for kept, cap, span in (
            (self.accounts, accounts, account_age),
            (self.destinations, destinations, cluster_age),
            (self.wordings, wordings, cluster_age),
            (self.aliases, 2 * wordings, cluster_age),
            (self.bands, 8 * wordings, cluster_age),
            (self.networks, networks, cluster_age),
            (self.messages, messages, message_age),
            (self.labels, accounts, account_age),
        ):
            kept.cap, kept.span = cap, span

    @staticmethod
    def empty(
        accounts: int,
        destinations: int,
        wordings: int,
        networks: int,
        messages: int,
        account_age: float,
        cluster_age: float,
        message_age: float,
    ) -> Memory:
        """Fresh memory with the given limits (entries per generation, seconds)."""
        return Memory(
            accounts=Generations(cap=accounts, span=account_age),
            destinations=Generations(cap=destinations, span=cluster_age),
            wordings=Generations(cap=wordings, span=cluster_age),
            aliases=Generations(cap=2 * wordings, span=cluster_age),
            bands=Generations(cap=8 * wordings, span=cluster_age),
            networks=Generations(cap=networks, span=cluster_age),
            messages=Generations(cap=messages, span=message_age),
            labels=Generations(cap=accounts, span=account_age),
            clock=Clock(),
        )


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[int, Memory])


def save(memory: Memory) -> bytes:
    """The memory as bytes (MessagePack); `restore` gives back an equal memory, to the last bit."""
    return _encoder.encode((FORMAT, memory))


def restore(saved: bytes) -> Memory:
    """The memory that `save` wrote.

    Raises SavedMemoryError where the bytes are damaged or of another format version.
    """
    try:
        version, memory = _decoder.decode(saved)
    except (msgspec.DecodeError, ValueError) as error:
        raise SavedMemoryError(f"the saved memory cannot be read: {error}") from None
    if version != FORMAT:
        raise SavedMemoryError(f"the saved memory has format {version}, this program reads {FORMAT}")
    return memory
