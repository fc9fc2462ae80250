"""What can go wrong between a client and the service, by who can mend it."""

from __future__ import annotations

from nospim.errors import NospimError


class ClientError(NospimError):
    """The service did not do what it was asked; the message says what, where, and what to do."""


class UnreachableError(ClientError):
    """No answer in time, or one that says to come back later: the same call may be made again."""


class NotAllowedError(ClientError):
    """The token is missing, wrong, or has not the scope that the call needs (401, 403)."""


class RefusedError(ClientError):
    """The service read the request and will not take it, now or later.

    status: the HTTP status.  title, detail: from the problem document (RFC 9457), empty where there is none.
    """

    def __init__(self, status: int, title: str, detail: str) -> None:
        said = ": ".join(part for part in (title, detail) if part)
        super().__init__(
            f"the service refused the request with status {status}" + (f" ({said})" * bool(said))
        )
        self.status = status
        self.title = title
        self.detail = detail
