"""A real Synapse on loopback, from its own environment, and people who use it over the client API."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from msgspec import Struct, field

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "NOSPIM_SYNAPSE_PYTHON"
"""Environment variable: the Python of an environment that has Synapse."""
USUAL = ROOT / ".synapse" / "bin" / "python"
"""Where `.ci/run` makes one."""
SECRET = "registration"  # noqa: S105 - of a server that lives for seconds


def synapse_python() -> str:
    """The Python that has Synapse; skips where there is none."""
    python = os.environ.get(PYTHON) or str(USUAL)
    if not Path(python).exists():
        pytest.skip(f"no Synapse: pip install matrix-synapse into {USUAL.parents[1]} or set {PYTHON}")
    return python


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Certificates:
    """An authority of our own, and one certificate for localhost."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ca, self.certificate, self.key = (folder / n for n in ("ca.pem", "server.pem", "server.key"))
        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test root")])
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)

        def builder(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
            made = x509.CertificateBuilder().subject_name(subject).issuer_name(root_name).public_key(public)
            made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
            return made.not_valid_after(now + timedelta(days=2))

        basic = x509.BasicConstraints(ca=True, path_length=0)
        ski = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
        aki = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
        root = builder(root_name, root_key.public_key()).add_extension(basic, critical=True)
        root = root.add_extension(ski, critical=False)
        names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        leaf = builder(name, key.public_key()).add_extension(names, critical=False)
        leaf = leaf.add_extension(aki, critical=False)
        self.ca.write_bytes(root.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM))
        self.certificate.write_bytes(leaf.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM))
        self.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


class Reply(Struct):
    """An answer: its status and JSON."""

    status: int
    json: Any


def ask(
    port: int,
    method: str,
    path: str,
    body: Any = None,
    token: str | None = None,
    ca: Path | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """One request to loopback, over TLS where an authority is given."""
    if ca is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    else:
        context = ssl.create_default_context(cafile=str(ca))
        connection = http.client.HTTPSConnection("localhost", port, timeout=60, context=context)
    sent = dict(headers or {}) | ({} if token is None else {"Authorization": f"Bearer {token}"})
    try:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body)
        connection.request(method, path, data, sent)
        got = connection.getresponse()
        raw = got.read()
        return Reply(got.status, json.loads(raw) if raw else None)
    finally:
        connection.close()


class Person(Struct):
    """Somebody with an account who is signed in."""

    port: int
    user: str
    token: str
    device: str
    sent: int = 0

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        return ask(self.port, method, path, body, self.token)

    def client(self, method: str, path: str, body: Any = None) -> Reply:
        return self.ask(method, f"/_matrix/client/v3{path}", body)

    def create_room(self, *invited: Person, preset: str = "public_chat", **more: Any) -> str:
        body = {"preset": preset, "invite": [p.user for p in invited], **more}
        got = self.client("POST", "/createRoom", body)
        assert got.status == 200, got
        return str(got.json["room_id"])

    def join(self, room: str, *via: str) -> Reply:
        query = "".join(f"&server_name={quote(v, safe='')}" for v in via)
        return self.client("POST", f"/join/{quote(room, safe='')}?{query.removeprefix('&')}", {})

    def send(self, room: str, content: Any, kind: str = "m.room.message") -> Reply:
        self.sent += 1
        path = f"/rooms/{quote(room, safe='')}/send/{kind}/t{self.sent}"
        content = {"msgtype": "m.text", "body": content} if isinstance(content, str) else content
        return self.client("PUT", path, content)

    def put_state(self, room: str, kind: str, content: Any, key: str = "") -> Reply:
        path = f"/rooms/{quote(room, safe='')}/state/{kind}/{quote(key, safe='')}"
        return self.client("PUT", path, content)

    def notices(self) -> list[str]:
        """What the server has told this person, in rooms that it invited to."""
        self.sent += 1
        fresh = quote(json.dumps({"room": {"timeline": {"limit": self.sent}}}))  # the same question is cached
        for room in self.client("GET", f"/sync?timeout=0&filter={fresh}").json["rooms"].get("invite", {}):
            self.join(room)
        rooms = self.client("GET", "/joined_rooms").json["joined_rooms"]
        return [said for room in rooms for said in self.sees(room)]

    def sees(self, room: str) -> list[str]:
        """The words of the messages that this person can read, oldest first."""
        got = self.client("GET", f"/rooms/{quote(room, safe='')}/messages?dir=b&limit=50")
        assert got.status == 200, got
        messages = [e["content"] for e in reversed(got.json["chunk"]) if e["type"] == "m.room.message"]
        return [content["body"] for content in messages if content.get("body")]


class Synapse(Struct):
    """A running Synapse."""

    process: subprocess.Popen[bytes]
    name: str
    port: int
    folder: Path
    people: dict[str, Person] = field(default_factory=dict)

    def register(self, name: str, *, admin: bool = False) -> Person:
        """A new account, signed in."""
        nonce = ask(self.port, "GET", "/_synapse/admin/v1/register").json["nonce"]
        password = f"pw_{name}"
        parts = [nonce, name, password, "admin" if admin else "notadmin"]
        mac = hmac.new(SECRET.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": mac}
        got = ask(self.port, "POST", "/_synapse/admin/v1/register", body)
        assert got.status == 200, got
        person = Person(self.port, got.json["user_id"], got.json["access_token"], got.json["device_id"])
        self.people[name] = person
        return person

    def sign_in(self, name: str, ip: str = "127.0.0.1", agent: str = "Usual/1.0", **more: Any) -> Reply:
        """A new session with the password, from an address and with a client program."""
        identifier = {"type": "m.id.user", "user": name}
        body = {"type": "m.login.password", "identifier": identifier, "password": f"pw_{name}", **more}
        headers = {"X-Forwarded-For": ip, "User-Agent": agent}
        return ask(self.port, "POST", "/_matrix/client/v3/login", body, headers=headers)

    def new_session(self, name: str, ip: str = "127.0.0.1", agent: str = "Usual/1.0", **more: Any) -> Person:
        got = self.sign_in(name, ip, agent, **more)
        assert got.status == 200, got
        return Person(self.port, got.json["user_id"], got.json["access_token"], got.json["device_id"])

    def log(self) -> str:
        return (self.folder / "out").read_text(encoding="utf-8", errors="replace")


def configuration(folder: Path, name: str, port: int, tls: int, certificates: Certificates) -> dict[str, Any]:
    """What a Synapse for tests is set up with; JSON is YAML."""
    fast = {"per_second": 1000, "burst_count": 1000}
    return {
        "server_name": name,
        "pid_file": str(folder / "pid"),
        "listeners": [
            {
                "port": port,
                "type": "http",
                "tls": False,
                "x_forwarded": True,
                "bind_addresses": ["127.0.0.1"],
                "resources": [{"names": ["client", "federation"], "compress": False}],
            },
            {
                "port": tls,
                "type": "http",
                "tls": True,
                "bind_addresses": ["127.0.0.1"],
                "resources": [{"names": ["client", "federation"], "compress": False}],
            },
        ],
        "tls_certificate_path": str(certificates.certificate),
        "tls_private_key_path": str(certificates.key),
        "federation_custom_ca_list": [str(certificates.ca)],
        "ip_range_whitelist": ["127.0.0.1/32", "::1/128"],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "log_config": str(folder / "log.yaml"),
        "registration_shared_secret": SECRET,
        "macaroon_secret_key": "m",
        "form_secret": "f",
        "report_stats": False,
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "bcrypt_rounds": 4,
        "presence": {"enabled": False},
        "rc_message": fast,
        "rc_login": {"address": fast, "account": fast, "failed_attempts": fast},
        "rc_invites": {"per_room": fast, "per_user": fast, "per_issuer": fast},
        "rc_joins": {"local": fast, "remote": fast},
        "server_notices": {"system_mxid_localpart": "notices", "room_name": "Server notices"},
    }


@contextmanager
def synapse(
    folder: Path,
    certificates: Certificates,
    modules: Sequence[Any] = (),
    path: Sequence[Path] = (),
    **more: Any,
) -> Iterator[Synapse]:
    """Synapse on free ports for as long as the context lasts.

    modules: for its configuration.  path: folders with them.  more: further configuration.
    """
    python = synapse_python()
    folder.mkdir(parents=True)
    port, tls = free_port(), free_port()
    name = f"localhost:{tls}"
    made = configuration(folder, name, port, tls, certificates) | {"modules": list(modules)} | more
    (folder / "hs.yaml").write_text(json.dumps(made))
    (folder / "log.yaml").write_text(
        json.dumps(
            {
                "version": 1,
                "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
                "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
                "root": {"level": "WARNING", "handlers": ["console"]},
            }
        )
    )
    seed = hashlib.sha256(name.encode()).digest()
    (folder / "signing.key").write_text(f"ed25519 a_test {b64(seed)}\n")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONDONTWRITEBYTECODE": ""}
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            [python, "-m", "synapse.app.homeserver", "-c", str(folder / "hs.yaml")],
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    server = Synapse(process, name, port, folder)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def b64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode().rstrip("=")


def _wait_until_ready(server: Synapse) -> None:
    while True:
        if server.process.poll() is not None:
            raise AssertionError(f"Synapse did not start:\n{server.log()[-3000:]}")
        try:
            with socket.create_connection(("127.0.0.1", server.port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
