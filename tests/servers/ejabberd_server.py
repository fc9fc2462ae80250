"""A real ejabberd from Debian's package with mod_nospim, on loopback, without Erlang's distribution."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from guard_process import GuardProcess, free_port, wait_for_port
from prosody_server import Prosody
from xmpp_scene import Tap

SOURCES: Final = Path(__file__).resolve().parents[2] / "integrations" / "ejabberd"
NO_EJABBERD: Final = "ejabberd is not here (Debian: apt-get install ejabberd)"
LIBRARIES: Final = sorted(Path("/usr/lib").glob("*/ejabberd-*/ebin"))

CONFIGURATION: Final = """
hosts: [{host}]
loglevel: info
log_rotate_count: 0
listen:
  - {{port: {c2s}, ip: "127.0.0.1", module: ejabberd_c2s, starttls: false, access: c2s}}
  - {{port: {api}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {{/api: mod_http_api}}}}
  - {{port: {component}, ip: "127.0.0.1", module: ejabberd_service,
      hosts: {{bots.{host}: {{password: sesame}}}}}}
  - {{port: {s2s}, ip: "127.0.0.1", module: ejabberd_s2s_in}}
s2s_use_starttls: false
outgoing_s2s_port: {peer_port}
access_rules: {{c2s: {{allow: all}}}}
acl: {{loopback: {{ip: ["127.0.0.0/8"]}}}}
api_permissions:
  "loopback":
    from: [mod_http_api]
    who: {{ip: "127.0.0.0/8"}}
    what: ["*", "!stop", "!start"]
auth_method: internal
auth_password_format: scram
shaper_rules: {{}}
modules:
  mod_admin_extra: {{}}
  mod_blocking: {{}}
  mod_carboncopy: {{}}
  mod_disco: {{}}
  mod_http_api: {{}}
  mod_mam: {{default: always}}
  mod_muc: {{host: rooms.{host}, default_room_options: {{mam: true, public: true}}}}
  mod_muc_admin: {{}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_privacy: {{}}
  mod_register: {{ip_access: all}}
  mod_roster: {{}}
  mod_s2s_dialback: {{}}
  mod_stream_mgmt: {{}}
{guarded}
"""


class Ejabberd:
    """One server in a folder of its own."""

    def __init__(
        self, folder: Path, guard: GuardProcess | Tap | None, options: str, ebin: Path | None = None
    ) -> None:
        """ebin: the folder of the compiled module; None compiles it here."""
        self.folder, self.guard, self.options, self.host = folder, guard, options, "localhost"
        self.port, self.api_port, self.s2s_port = free_port(), free_port(), free_port()
        self.component_port, self.peer_port = free_port(), 5269
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("spool", "modules"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.ebin = ebin or folder / "modules"
        if ebin is None:
            sources = [str(path) for path in sorted(SOURCES.glob("*.erl"))]
            compiler = shutil.which("erlc")
            assert compiler is not None
            subprocess.run([compiler, "-o", str(self.ebin), *sources], check=True, capture_output=True)

    @property
    def log(self) -> str:
        """What the server wrote down so far."""
        path = self.folder / "ejabberd.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def api(self, command: str, **arguments: str) -> Any:
        """An admin's command."""
        connection = http.client.HTTPConnection("127.0.0.1", self.api_port, timeout=30)
        try:
            connection.request("POST", f"/api/{command}", json.dumps(arguments))
            reply = connection.getresponse()
            text = reply.read()
        finally:
            connection.close()
        assert reply.status == 200, (command, reply.status, text)
        return json.loads(text)

    def new_password(self, name: str, password: str) -> None:
        """Set a password as the admin does."""
        self.api("change_password", user=name, host=self.host, newpass=password)

    def register(self, names: Iterable[str]) -> None:
        """Make accounts; the password of ann is pw-ann."""
        for name in names:
            self.api("register", user=name, host=self.host, password=f"pw-{name}")

    def start(self) -> None:
        """Start it; returns when clients can connect."""
        guarded = ""
        if self.options.startswith("mod_nospim:"):  # all of it, as a person writes it
            guarded = "".join(f"  {line}\n" for line in self.options.splitlines() if line)
        elif self.guard is not None:
            guarded = f'  mod_nospim:\n    url: "{self.guard.url}"\n    token: "{self.guard.token}"\n'
            guarded += "".join(f"    {line}\n" for line in self.options.splitlines() if line)
        (self.folder / "ejabberd.yml").write_text(
            CONFIGURATION.format(
                host=self.host,
                c2s=self.port,
                api=self.api_port,
                component=self.component_port,
                s2s=self.s2s_port,
                peer_port=self.peer_port,
                guarded=guarded,
            )
        )
        environment = dict(os.environ)
        environment |= {
            "EJABBERD_CONFIG_PATH": str(self.folder / "ejabberd.yml"),
            "EJABBERD_LOG_PATH": str(self.folder / "ejabberd.log"),
            "ERL_LIBS": str(LIBRARIES[0].parents[1]),
            "ERL_CRASH_DUMP": str(self.folder / "crash"),
            "HOME": str(self.folder),
        }
        command = ["erl", "-noinput", "+K", "true", "-pa", str(self.ebin)]
        command += ["-mnesia", "dir", f'"{self.folder / "spool"}"', "-s", "ejabberd"]
        out = self.folder / "ejabberd.out"
        with out.open("ab") as sink:
            self._process = subprocess.Popen(
                command, stdout=sink, stderr=sink, env=environment, cwd=self.folder
            )
        wait_for_port(self.api_port, self._process, "ejabberd", out)
        wait_for_port(self.port, self._process, "ejabberd", out)

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
    peer: Prosody | None = None,
    ebin: Path | None = None,
) -> Iterator[Ejabberd]:
    """A started ejabberd with these accounts; skips where there is none.

    options: settings of the module, or all of it from "mod_nospim:" on.  ebin: its folder, compiled before.

    peer: another server, already running; the two are told where the other one is.
    """
    if not LIBRARIES or shutil.which("erlc") is None:
        pytest.skip(NO_EJABBERD)
    server = Ejabberd(folder, guard, options, ebin)
    if peer is not None:
        server.peer_port = peer.s2s_port
        peer.meet(server.host, server.s2s_port)
    try:
        server.start()
        server.register(names)
        yield server
    finally:
        server.stop()
