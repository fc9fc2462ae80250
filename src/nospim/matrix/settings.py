"""The configuration of what stands between Matrix and the guard, as TOML."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from nospim.capture.addresses import Network
from nospim.errors import UsageError
from nospim.matrix.names import is_server_name

Seconds = Annotated[float, Meta(gt=0.0, le=30.0)]


class GuardSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the guard is.  timeout: seconds that a message may wait for its verdict."""

    url: str = "http://127.0.0.1:8420"
    token_file: str | None = None
    authorities: str | None = None
    timeout: Seconds = 5.0


class ListenSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to listen; with a certificate and its key over TLS, otherwise for a proxy that has them."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8449
    certificate: str | None = None
    key: str | None = None


class PolicyServerSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The policy server.  See `policy.Choices` for rooms, on_hold, on_failure and refusal.

    name: its Matrix server name.  keys: the file of `nospim matrix keys`.  decisions: what it decided.
    source: the CloudEvents source of its events.  delegate: what /.well-known/matrix/server says, if this
    process serves it.  authorities: certificate authorities to trust instead of the system's.
    allowed_networks: networks that other servers may be in although they are not of the public Internet.
    """

    name: str
    keys: str
    decisions: str = "policy-decisions.sqlite"
    source: str | None = None
    rooms: tuple[str, ...] = ()
    on_hold: Literal["sign", "refuse"] = "sign"
    on_failure: Literal["sign", "refuse"] = "sign"
    refusal: str | None = None
    delegate: str | None = None
    authorities: str | None = None
    allowed_networks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not is_server_name(self.name):
            raise ValueError(f"{self.name!r} is no Matrix server name")
        for name in self.allowed_networks:
            ipaddress.ip_network(name)

    @property
    def networks(self) -> tuple[Network, ...]:
        """`allowed_networks` as networks."""
        return tuple(ipaddress.ip_network(name) for name in self.allowed_networks)


class SynapseSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Synapse of ours.

    url: where its client and admin API is.  name: its server name.  source: as its module says it.
    admin_token_file: token of an administrator; without it nothing is carried out.  state: file of what
    that has to remember.  notices: `server` sends server notices, `bot` messages from the account of the
    admin token.  texts: file of notices in TOML.  require_password: `reset` voids the password, `lock`
    locks the account, `auto` resets where the account has an address for electronic mail.
    module_token_file: the token that our module in Synapse has.  reports: whether people's reports of
    messages are read.  antispam_token_file: token that synapse-http-antispam has to show; without it its
    endpoints are closed.  on_hold, on_failure, refusal: for them.
    """

    url: str = "http://127.0.0.1:8008"
    name: str
    source: str | None = None
    admin_token_file: str | None = None
    state: str = "synapse-actions.sqlite"
    notices: Literal["server", "bot"] = "server"
    require_password: Literal["auto", "reset", "lock"] = "auto"  # noqa: S105 - no password
    module_token_file: str | None = None
    reports: bool = True
    antispam_token_file: str | None = None
    on_hold: Literal["deliver", "refuse"] = "deliver"
    on_failure: Literal["deliver", "refuse"] = "deliver"
    refusal: str = "Not sent: this looks like the lures that are sent from stolen accounts."
    texts: str | None = None


class MatrixSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    guard: GuardSettings = GuardSettings()
    listen: ListenSettings = ListenSettings()
    policy_server: PolicyServerSettings | None = None
    synapse: SynapseSettings | None = None


def read_settings(path: Path) -> MatrixSettings:
    """The settings in a file.  Raises UsageError that names the file and the key."""
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=MatrixSettings)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from None
    if settings.policy_server is None and settings.synapse is None:
        raise UsageError(f"{path} has neither [policy_server] nor [synapse], so there is nothing to do")
    return settings


def read_token(folder: Path, name: str) -> str:
    """The one word in a token file, whose name is relative to `folder`.  Raises UsageError."""
    path = folder / name
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the token file {path} cannot be read: {error}") from None
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(f"{path} holds no token; it must have one word on one line")
    return token
