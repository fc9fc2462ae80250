"""A real Prosody from Debian's package, on loopback, with mod_nospim, for tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest
from guard_process import GuardProcess, free_port, wait_for_port
from xmpp_scene import Tap

MODULES: Final = Path(__file__).resolve().parents[2] / "integrations" / "prosody"
LOOPBACK_S2S: Final = Path(__file__).parent / "prosody_plugins"
NO_PROSODY: Final = "Prosody is not here (Debian: apt-get install prosody)"

MANY: Final = 20
"""Accounts beyond which the admin's tool would take minutes, and their files are written instead."""
TRIES: Final = 3
"""The admin's tool gives up at once where the machine is too busy; an admin would try again."""
CONFIGURATION: Final = """
run_as_root = {root}
data_path = "{folder}/data"; pidfile = "{folder}/prosody.pid"; certificates = "{folder}"
plugin_paths = {{ "{modules}", "{s2s}" }}
interfaces = {{ "127.0.0.1" }}; c2s_ports = {{ {c2s} }}; s2s_ports = {{ {s2s_port} }}
http_ports = {{}}; https_ports = {{}}; s2s_direct_tls_ports = {{}}; c2s_direct_tls_ports = {{}}
component_interfaces = {{ "127.0.0.1" }}; component_ports = {{ {component} }}
admin_socket = "{folder}/admin.sock"
c2s_require_encryption = false; s2s_require_encryption = false; s2s_secure_auth = false
allow_unencrypted_plain_auth = true; allow_registration = true
authentication = "internal_hashed"; storage = "internal"; default_iteration_count = 1000
limits = {{}}
log = {{ {{ levels = {{ min = "info" }}, to = "file", filename = "{folder}/prosody.log" }} }}
modules_enabled = {{ "roster", "saslauth", "disco", "carbons", "blocklist", "offline", "ping",
    "presence", "message", "iq", "mam", "smacks", "register", "admin_shell", "dialback", "s2s",
    "loopback_s2s"{guarded}{more} }}
modules_disabled = {{ "tls" }}
loopback_s2s = {{ {peers} }}
{options}
VirtualHost "{host}"
Component "bots.{host}"
    component_secret = "sesame"
Component "rooms.{host}" "muc"
    muc_room_locking = false; muc_room_default_public = true
    modules_enabled = {{ "muc_mam"{guarded} }}
"""


class Prosody:
    """One server in a folder of its own."""

    def __init__(
        self, folder: Path, guard: GuardProcess | Tap | None, options: str = "", host: str = "localhost"
    ) -> None:
        self.folder, self.guard, self.options, self.host = folder, guard, options, host
        self.port, self.s2s_port, self.component_port = free_port(), free_port(), free_port()
        self.peers: dict[str, int] = {}
        self.modules: tuple[str, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "data").mkdir(parents=True, exist_ok=True)

    @property
    def _file(self) -> Path:
        return self.folder / "prosody.cfg.lua"

    @property
    def log(self) -> str:
        """What the server wrote down so far."""
        path = self.folder / "prosody.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def register(self, names: Iterable[str]) -> None:
        """Make accounts, as the admin does; the password of ann is pw-ann."""
        self.configure()
        names = list(names)
        if len(names) <= MANY:
            for name in names:
                self.prosodyctl("register", name, self.host, f"pw-{name}")
            return
        folder = self.folder / "data" / self.host / "accounts"
        folder.mkdir(parents=True)
        for name in names:
            (folder / f"{name}.dat").write_text(f'return {{ ["password"] = "pw-{name}"; }};\n')

    def prosodyctl(self, *words: str) -> None:
        """The admin's own tool, which runs beside the server."""
        command = ["prosodyctl", "--config", str(self._file), *words]
        for _ in range(TRIES):
            done = subprocess.run(
                command, check=False, capture_output=True, stdin=subprocess.DEVNULL, text=True
            )
            if done.returncode == 0:
                return
            time.sleep(1)
        raise AssertionError(f"prosodyctl {words[0]} failed {TRIES} times: {done.stdout} {done.stderr}")

    def new_password(self, name: str, password: str) -> None:
        """Set a password as the admin does, beside the running server."""
        command = ["prosodyctl", "--config", str(self._file), "passwd", f"{name}@{self.host}"]
        typed = f"{password}\n{password}\n"
        subprocess.run(command, check=True, capture_output=True, input=typed, text=True)

    def configure(self) -> None:
        """Write the configuration."""
        options = self.options
        if self.guard is not None:
            options += f'\nnospim_url = "{self.guard.url}"; nospim_token = "{self.guard.token}"'
        text = CONFIGURATION.format(
            root=str(os.geteuid() == 0).lower(),
            folder=self.folder,
            modules=MODULES,
            s2s=LOOPBACK_S2S,
            c2s=self.port,
            s2s_port=self.s2s_port,
            component=self.component_port,
            host=self.host,
            guarded=', "nospim"' if self.guard is not None else "",
            more="".join(f', "{name}"' for name in self.modules),
            peers=", ".join(f'["{host}"] = {port}' for host, port in self.peers.items()),
            options=options,
        )
        self._file.write_text(text)

    def start(self) -> None:
        """Start it; returns when clients can connect."""
        self.configure()
        out = self.folder / "prosody.out"
        with out.open("ab") as sink:
            command = ["prosody", "--config", str(self._file), "-F"]
            self._process = subprocess.Popen(command, stdout=sink, stderr=sink)
        wait_for_port(self.port, self._process, "prosody", out)

    def meet(self, host: str, port: int) -> None:
        """Learn where another server is."""
        self.peers[host] = port
        self.stop()
        self.start()

    def stop(self) -> None:
        """Stop it in peace."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
            self._process = None


@contextlib.contextmanager
def serving(
    folder: Path,
    guard: GuardProcess | Tap | None,
    names: Iterable[str],
    options: str = "",
    host: str = "localhost",
    peer: Prosody | None = None,
    modules: tuple[str, ...] = (),
) -> Iterator[Prosody]:
    """A started Prosody with these accounts; skips where there is none.

    modules: loaded beside the usual ones (an option that is set twice is an error, once paths are long).
    peer: another server, already running; the two are told where the other one is.
    """
    if shutil.which("prosody") is None:
        pytest.skip(NO_PROSODY)
    server = Prosody(folder, guard, options, host)
    server.modules = modules
    if peer is not None:
        server.peers[peer.host] = peer.s2s_port
        peer.meet(host, server.s2s_port)
    server.register(names)
    server.start()
    try:
        yield server
    finally:
        server.stop()
