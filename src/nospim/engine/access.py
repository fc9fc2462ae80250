"""What other ways in and out of an account do to memory: failed sign-ins, apps, an account's end."""

from __future__ import annotations

from typing import Final

from nospim.engine import decoys, holds
from nospim.engine.room import Room
from nospim.events import AccountDisabled, AppGranted, AppRevoked, SignInFailed, key
from nospim.memory import Account, Network, Session, touch
from nospim.memory.account import MAX_APPS, MAX_GUESSES
from nospim.memory.cluster import MAX_USERS
from nospim.signals import sign_in

LOCKED: Final = frozenset({"locked", "account_locked", "rate_limited", "disabled", "expired"})
"""Reasons of a failed sign-in that say nothing of the password tried."""


def failed(room: Room, event: SignInFailed) -> None:
    """Somebody did not get in: remember where from, unless the owner is at home there.

    The owner mistypes at home; whoever guesses, or tries passwords that leaked elsewhere, does it from his
    own place, on many accounts (Thomas et al., "Data Breaches, Phishing, or Malware?", CCS 2017).
    """
    decoys.failed(room, event)
    data, at = event.data, event.time.timestamp()
    network = None if data.ip is None else sign_in.network_of(data.ip)
    if network is None or data.reason in LOCKED:
        return
    account = room.memory.accounts.get(key(event.source, event.subject))
    if account is None or (account.known is not None and network in account.known.networks):
        return  # names that are tried and do not exist must not fill memory
    if len(account.guesses) >= MAX_GUESSES:
        del account.guesses[0]
    account.guesses.append((at, network))
    place = room.memory.networks.get(f"net {network}")
    if place is None:
        place = Network()
        room.memory.networks.put(f"net {network}", place)
    touch(place.failed, account.number, at, MAX_USERS)


def app_granted(room: Room, event: AppGranted) -> None:
    """An app may write in the account's name from now on: what it sends is its own doing, no session's.

    An app that was let in during a strange session is as strange as that.
    """
    at = event.time.timestamp()
    account = room.memory.account(key(event.source, event.subject))
    app = Session(at, since=at)
    latest = _latest(account)
    if latest is not None and sign_in.strangeness(latest, at) >= sign_in.ODD:
        app.odd, app.shared = latest.odd, latest.shared
        app.network, app.asn, app.country = latest.network, latest.asn, latest.country
    touch(account.apps, event.data.app, app, MAX_APPS)


def app_revoked(room: Room, event: AppRevoked) -> None:
    """The app may no longer write; what it did is forgotten with it."""
    room.memory.account(key(event.source, event.subject)).apps.pop(event.data.app, None)


def disabled(room: Room, event: AccountDisabled) -> None:
    """The account is closed: what waits from it is dropped, and nothing of its sessions becomes a habit."""
    name = key(event.source, event.subject)
    holds.drop_of(room, name, event.time.timestamp())
    account = room.memory.account(name)
    account.pending = {}
    account.sessions = {}
    account.apps = {}


def _latest(account: Account) -> Session | None:
    return account.sessions[next(reversed(account.sessions))] if account.sessions else None
