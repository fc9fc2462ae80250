"""The command ``nospim serve``: the guard beside a running server, over HTTP."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from cyclopts.validators import Number

from nospim.cli.matrix import beside
from nospim.cli.scan import feeds_of, read_policy
from nospim.errors import UsageError
from nospim.listings import FeedIndex
from nospim.policy import Policy

PORT: Final = 8420
DATA: Final = Path("nospim-data")


def serve(
    *,
    data: Path = DATA,
    policy: Path | None = None,
    rules: Path | None = None,
    host: str = "127.0.0.1",
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65535))] = PORT,
    keys: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    behind_proxy: Annotated[bool, Parameter(negative="")] = False,
    matrix: Path | None = None,
) -> None:
    """Serve the HTTP API: judge messages before they are delivered, and hand out what to do.

    Starts with nothing configured: it makes its folder and a first token, and says how to go on. Stop
    it with Ctrl-C or SIGTERM; nothing that was acknowledged is lost, not even by a crash.

    Parameters
    ----------
    data
        Folder for the journal, the saved state and the tokens; made for its owner only.
    policy
        Policy file in TOML; without it the defaults hold (see: nospim policy show).
    rules
        Folder of rule files (*.toml), or a rule book; changes in it are taken up while the service runs.
    host
        Address to listen on; other machines need a certificate, or a proxy that has one.
    port
        Port to listen on; 0 takes a free one.
    keys
        Folder of the keys that the journal is written under; by default within the data folder.
    certificate
        File with the TLS certificate and its chain, in PEM.
    key
        File with the certificate's private key, in PEM.
    behind_proxy
        A proxy on the way encrypts, so plain HTTP may be served to other machines.
    matrix
        Configuration of nospim matrix serve, to be run in this process too.
    """
    if (certificate is None) != (key is None):
        raise UsageError("--certificate and --key go together")
    if certificate is None and not behind_proxy and not _is_here(host):
        raise UsageError(
            f"{host} can be reached by other machines, and tokens and messages would travel in the clear; "
            "give --certificate and --key, or --behind-proxy where a proxy encrypts"
        )

    def read() -> tuple[Policy, FeedIndex | None]:
        settings = read_policy(policy)
        return settings, feeds_of(settings, policy)

    settings, feeds = read()
    try:
        from nospim.service.run import Options  # noqa: PLC0415 - an extra, and slow to import
        from nospim.service.run import serve as run  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{error.name} is not installed; this command needs: pip install 'nospim[server]'"
        ) from None
    run(
        data,
        settings,
        feeds,
        Options(host, port, certificate, key, None if matrix is None else beside(matrix)),
        lambda text: print(text, flush=True),
        keys,
        rules,
        read,
    )


def _is_here(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
