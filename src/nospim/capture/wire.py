"""One HTTP/1.1 exchange over a connection to an address that was checked before: `connected`, `exchanged`.

h11 reads and writes the protocol; here are only the socket, the clock and the limits.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
import time
from typing import Final

from msgspec import Struct

from nospim.capture.html import EXTRA, ExtraMissingError
from nospim.capture.interface import Cut, Request, Tls, Why
from nospim.capture.limits import MAX_HEAD, MAX_RAW
from nospim.capture.target import Target

try:
    import h11
except ImportError:
    raise ExtraMissingError(f"h11 is not installed; {EXTRA}") from None

_CHUNK: Final = 64 * 1024


class WireError(Exception):
    """A connection or an answer that came to nothing; `why` and the message become a refusal."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(detail)
        self.why: Why = why


class Deadline:
    """A point in monotonic time; every wait is cut to what is left until then."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, above 0; raises WireError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise WireError("time", "the time for it was over")
        return left


class Answer(Struct, frozen=True, kw_only=True):
    """An answer as it came.  body: without chunks, still packed.  over: bytes were left unread."""

    status: int
    headers: tuple[tuple[str, str], ...]
    raw_request: bytes
    raw_answer: bytes
    body: bytes
    cut: Cut


def connected(target: Target, address: str, context: ssl.SSLContext, deadline: Deadline, *, excepted: bool
              ) -> tuple[socket.socket, Tls | None]:  # fmt: skip
    """A connection to exactly this address, TLS and certificate checked; raises WireError.

    excepted: a test's own server (else an address that turns out to be this machine's is refused).
    """
    try:
        bare = socket.create_connection((address, target.port), timeout=deadline.left())
    except TimeoutError:
        raise WireError("time", "nobody took the connection in time") from None
    except OSError as error:
        raise WireError("connect", f"no connection: {error.strerror or error}") from None
    try:
        if not excepted and bare.getsockname()[0] == bare.getpeername()[0]:
            raise WireError("address", f"{address} is an address of this machine")
        if not target.secure:
            return bare, None
        bare.settimeout(deadline.left())
        secured = context.wrap_socket(bare, server_hostname=target.host)
    except (OSError, WireError) as error:
        bare.close()
        raise _tls_failure(error) from None
    certificate = secured.getpeercert(binary_form=True) or b""
    return secured, Tls(secured.version() or "", hashlib.sha256(certificate).hexdigest())


def _tls_failure(error: Exception) -> Exception:
    if isinstance(error, ssl.SSLCertVerificationError):
        return WireError("tls", f"the certificate does not hold: {error.verify_message}")
    if isinstance(error, TimeoutError):
        return WireError("time", "the TLS handshake took too long")
    if isinstance(error, ssl.SSLError):
        return WireError("tls", f"no TLS: {error.reason or error}")
    if isinstance(error, OSError):
        return WireError("connect", f"the connection broke: {error.strerror or error}")
    return error


def exchanged(
    wire: socket.socket, target: Target, request: Request, deadline: Deadline, limit: int = MAX_RAW
) -> Answer:
    """Send one request and read one answer, at most `limit` bytes of it; raises WireError before headers.

    A body that is too long, too slow or broken off is kept as far as it came, with the reason in `cut`.
    """
    machine = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
    raw_request = _written(machine, target, request)
    try:
        wire.settimeout(deadline.left())
        wire.sendall(raw_request)
    except TimeoutError:
        raise WireError("time", "the server did not take the request in time") from None
    except OSError as error:
        raise WireError("connect", f"the connection broke: {error.strerror or error}") from None
    return _Reading(wire, machine, deadline, limit).answer(raw_request)


def _written(machine: h11.Connection, target: Target, request: Request) -> bytes:
    headers = [("Host", target.authority), *request.headers, ("Connection", "close")]
    if request.method == "POST":
        headers.append(("Content-Length", str(len(request.body))))
    try:
        head = machine.send(h11.Request(method=request.method, target=target.path, headers=headers))
        body = machine.send(h11.Data(data=request.body)) if request.body else b""
        end = machine.send(h11.EndOfMessage())
    except h11.LocalProtocolError as error:
        raise WireError("answer", f"the address cannot be asked for: {error}") from None
    return (head or b"") + (body or b"") + (end or b"")


class _Reading:
    """Bytes from a socket into h11 until the answer is whole or a limit is met."""

    def __init__(self, wire: socket.socket, machine: h11.Connection, deadline: Deadline, limit: int) -> None:
        self._wire, self._machine, self._deadline, self._limit = wire, machine, deadline, limit
        self._raw = bytearray()
        self._body = bytearray()

    def answer(self, raw_request: bytes) -> Answer:
        head = self._head()
        cut = self._rest()
        headers = [(k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in head.headers]
        return Answer(
            status=head.status_code, headers=tuple(headers), raw_request=raw_request,
            raw_answer=bytes(self._raw), body=bytes(self._body), cut=cut,
        )  # fmt: skip

    def _head(self) -> h11.Response:
        try:
            while True:
                event = self._machine.next_event()
                if isinstance(event, h11.Response):
                    return event
                if event is h11.NEED_DATA:
                    if len(self._raw) > MAX_HEAD:  # many small interim answers, each below h11's limit
                        raise WireError("size", f"more than {MAX_HEAD} bytes before the answer's body")
                    self._more()
                elif not isinstance(event, h11.InformationalResponse):
                    raise WireError("answer", "the server hung up without an answer")
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == 431:
                raise WireError("size", f"headers of more than {MAX_HEAD} bytes") from None
            raise WireError("answer", f"this is no HTTP: {error}") from None
        except TimeoutError:
            raise WireError("time", "the server did not answer in time") from None
        except OSError as error:
            raise WireError("connect", f"the connection broke: {error.strerror or error}") from None

    def _rest(self) -> Cut:
        try:
            while True:
                event = self._machine.next_event()
                if isinstance(event, h11.Data):
                    self._body += event.data
                elif event is h11.NEED_DATA:
                    if len(self._raw) >= self._limit:
                        return "size"
                    self._more()
                else:
                    return ""
        except (TimeoutError, WireError):
            return "time"
        except (h11.RemoteProtocolError, OSError):
            return "connection"

    def _more(self) -> None:
        self._wire.settimeout(self._deadline.left())
        room = max(self._limit - len(self._raw), MAX_HEAD // 16)
        data = self._wire.recv(min(_CHUNK, room))
        self._raw += data
        self._machine.receive_data(data)
