"""What people are told about stolen accounts, in the operator's words and language."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from nospim.errors import UsageError


class Notices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words.  ``{account}`` stands for the account that it is about.

    owner: to the owner of a stolen account.  recipients: to who got its lures.  clicked: to who opened one.
    reason: of a redaction, which everybody in the room can read.
    """

    owner: str = (
        "Somebody else seems to use your account {account} and has sent lures to your contacts. His session "
        "was ended. Set a new password on a device that you trust, and do not use it anywhere else. What he "
        "sent is being taken back, and those who got it are told that it was not you."
    )
    recipients: str = (
        "The account {account} was used by somebody else, who sent you a lure. It was taken back. If you "
        "opened a link in it or typed a password, change that password now. The owner is a victim too."
    )
    clicked: str = (
        "You opened a link that turned out to be a lure. If you typed your password there, change it now."
    )
    reason: str = "a lure that was sent from a stolen account"

    def say(self, which: str, account: str) -> str:
        """One of them, filled in."""
        words: str = getattr(self, which)
        return words.replace("{account}", account)


def read_notices(path: Path | None) -> Notices:
    """The notices in a file of TOML; what is not in it stays English.  Raises UsageError."""
    if path is None:
        return Notices()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Notices)
    except OSError as error:
        raise UsageError(f"the file of notices {path} cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None
