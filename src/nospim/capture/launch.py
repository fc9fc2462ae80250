"""A Chromium behind walls: no network, no privileges, no profile, and a pipe to talk through: `browser`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from nospim.capture.cdp import BrowserError, Pipe
from nospim.capture.wire import Deadline

NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
START_SECONDS: Final = 20.0
NOBODY: Final = 65534
"""The user and group without rights (Linux: nobody, nogroup), taken where we were started by root."""

NO_WAY_OUT: Final = "no resolver and no proxy"
ALONE: Final = "a network namespace of its own"
AS_NOBODY: Final = "the user nobody"
SANDBOXED: Final = "Chromium's sandbox"

_LAUNCHER: Final = """
import ctypes, fcntl, json, os, resource, sys
reads, writes, nobody = (int(word) for word in sys.argv[1:4])
libc = ctypes.CDLL(None, use_errno=True)
root = os.geteuid() == 0
uid, gid = os.geteuid(), os.getegid()
alone = libc.unshare(0x40000000 if root else 0x50000000) == 0
if alone and not root:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open("/proc/self/" + name, "w") as file:
            file.write(text)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 29, 1 << 29))
if root:
    os.setgroups([]); os.setgid(nobody); os.setuid(nobody)
os.write(writes, json.dumps({"alone": alone, "dropped": root}).encode() + b"\\0")
kept = fcntl.fcntl(reads, fcntl.F_DUPFD, 10), fcntl.fcntl(writes, fcntl.F_DUPFD, 10)
os.dup2(kept[0], 3); os.dup2(kept[1], 4)
os.execv(sys.argv[4], sys.argv[4:])
"""
"""Run in a process of its own: a new network namespace (0x40000000; with 0x10000000 a user namespace), in
which no interface is up, not even loopback; then the user without rights; then the browser, which
expects its pipe at descriptors 3 and 4."""

_FLAGS: Final = (
    "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check",
    "--disable-gpu", "--disable-extensions", "--disable-sync", "--disable-background-networking",
    "--disable-component-update", "--disable-default-apps", "--disable-domain-reliability",
    "--disable-breakpad", "--disable-client-side-phishing-detection", "--disable-dev-shm-usage",
    "--disable-file-system", "--disable-notifications", "--disable-speech-api", "--mute-audio",
    "--hide-scrollbars", "--no-pings", "--password-store=basic", "--use-mock-keychain",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
)  # fmt: skip
"""The last three make every connection fail that goes around the interception, where the network namespace
cannot be had: no name resolves, and the proxy for everything is a port that nobody answers at."""


class Walls(Struct, frozen=True):
    """The pipe, and what stands around the browser, by name."""

    pipe: Pipe
    walls: tuple[str, ...]


def find_browser(name: str = "") -> str:
    """The path of a Chromium: the one named, or the first of `NAMES` that is installed; empty without one."""
    return next((path for one in ((name,) if name else NAMES) if (path := shutil.which(one))), "")


@contextmanager
def browser(path: str) -> Iterator[Walls]:
    """A running browser; killed with all its processes, and its profile removed, at the context's end.

    Raises BrowserError where it does not start.  Its own sandbox is on; where the kernel does not let it have
    one, it runs without only as the user nobody, and the walls say so.
    """
    with ExitStack() as stack:
        try:
            walls = stack.enter_context(_answering(path, ()))
            sandbox: tuple[str, ...] = (SANDBOXED,)
        except BrowserError:
            walls = stack.enter_context(_answering(path, ("--no-sandbox",)))
            sandbox = ()
            if AS_NOBODY not in walls.walls:
                told = "it cannot have its sandbox here, and would run with this user's rights"
                raise BrowserError(
                    f"{told}; let the kernel give user namespaces, or start it as root"
                ) from None
        yield Walls(walls.pipe, (*walls.walls, *sandbox))


@contextmanager
def _answering(path: str, extra: tuple[str, ...]) -> Iterator[Walls]:
    with _started(path, extra) as walls:
        walls.pipe.ask("Browser.getVersion", None, "", Deadline(START_SECONDS))
        yield walls


@contextmanager
def _started(path: str, extra: tuple[str, ...]) -> Iterator[Walls]:
    home = tempfile.mkdtemp(prefix="nospim-browser-")
    if os.geteuid() == 0:
        os.chown(home, NOBODY, NOBODY)
    ours_in, theirs_out = os.pipe()
    theirs_in, ours_out = os.pipe()
    command = [sys.executable, "-I", "-c", _LAUNCHER, str(theirs_in), str(theirs_out), str(NOBODY), path]
    command += [f"--user-data-dir={home}", *_FLAGS, *extra, "about:blank"]
    environment = {"HOME": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": home}
    process = subprocess.Popen(  # noqa: S603 - our own launcher, and the browser that the caller chose
        command, env=environment, cwd=home, pass_fds=(theirs_in, theirs_out), start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        pipe = Pipe(ours_in, ours_out)
        told = pipe.receive(Deadline(START_SECONDS))
        walls = [NO_WAY_OUT]
        walls += [ALONE] if told.get("alone") else []
        walls += [AS_NOBODY] if told.get("dropped") else []
        yield Walls(pipe, tuple(walls))
    finally:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(ours_in)
        os.close(ours_out)
        shutil.rmtree(Path(home), ignore_errors=True)
