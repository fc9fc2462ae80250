"""Windows Live Messenger (MSN Messenger) history, the XML that its client kept, as events.

What becomes of each element:

- `Message`: ``im.message.sent``; the time is `DateTime` (UTC), never `Date` and `Time`, which are local
  and written as the locale has it.
- `Invitation` with a `File`: ``im.message.sent`` with an attachment and no text (the text there is the
  client's own sentence, in its language).
- a nickname other than the one last seen on an account, and the first one of an account that is only
  known by it: ``im.profile.changed``.
- other invitations, `InvitationResponse`, `Join`, `Leave`: skipped with their reason; `Join` and `Leave`
  show that more than two people talk.

Ids are minted from what a record holds and where it stands, so that importing the same history twice
gives the same events, and nobody who wrote in it can choose one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from pathlib import Path, PureWindowsPath
from typing import BinaryIO, Final

from nospim.adapters.blocks import BrokenStreamError, Source, unpacked
from nospim.adapters.interface import AdapterError, Item, Refusal, Skipped, why_unreadable
from nospim.adapters.placed import Placed, placed
from nospim.adapters.wlm_names import DOMAINS, contact_of, is_address, owner_of
from nospim.adapters.wlm_people import People
from nospim.adapters.wlm_xml import Found, Person, Record, records
from nospim.events import (
    MAX_ID,
    Attachment,
    MessageData,
    MessageSent,
    ProfileChanged,
    ProfileData,
)

SOURCE: Final = "wlm:history"
"""The source of events when none is given."""
MAX_REMEMBERED_NAMES: Final = 4096
"""Accounts of one file whose last nickname is remembered; the history of a contact has a handful."""

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)
_SKIPPED: Final = {
    "Invitation": "an invitation to something other than a file (a call, a game, a camera)",
    "InvitationResponse": "an answer to an invitation, which is no message",
    "Join": "somebody joined a conversation",
    "Leave": "somebody left a conversation",
}


class WindowsLiveMessenger:
    """Reads Messenger histories; the options apply to every file that it reads."""

    name = "wlm"

    def __init__(
        self,
        *,
        account: str | None = None,
        contact: str | None = None,
        nicknames: tuple[str, ...] = (),
        source: str = SOURCE,
    ) -> None:
        """account: the address of the history's owner.  contact: the address of the other one.
        nicknames: names that the owner has used.  source: the CloudEvents source of all events.

        Where account and contact are not given, they are read from the file's place and name.
        Raises AdapterError when an option has a value that it cannot have.
        """
        for option, value in (("account", account), ("contact", contact)):
            if value is not None and not is_address(value.lower()):
                raise AdapterError(f"--{option} {value!r} is no address; write it like ann@hotmail.com")
        if not re.fullmatch(r"\S{1,1024}", source):
            raise AdapterError(f"--source {source!r} is no source; write a URI, without spaces")
        self._account = account.lower() if account else None
        self._contact = contact.lower() if contact else None
        self._nicknames = nicknames
        self._source = source
        known = tuple(a.partition("@")[2] for a in (self._account, self._contact) if a)
        self._domains = (*known, *DOMAINS)

    def describe(self) -> str:
        """One sentence: what it reads."""
        return "Windows Live Messenger (MSN Messenger) history: <owner>/History/<contact>.xml."

    def read(self, name: str, stream: BinaryIO) -> Iterator[Item]:
        """The events of one history and what is refused or skipped in it, in order."""
        return (placed.item() for placed in self.placed(name, stream))

    def placed(self, name: str, stream: BinaryIO) -> Iterator[Placed]:
        """The same with places."""
        owner = self._account or owner_of(str(Path(name).absolute()), self._domains)
        contact = self._contact or contact_of(name, self._domains)
        history = _History(name, self._source, owner, contact, self._nicknames)
        unpacking = _Unpacking(stream, name)
        try:
            line = 1
            for found in records(name, unpacking):
                line = found.line
                offset, length = (found.offset, found.length) if isinstance(found, Record) else (0, 0)
                for item in history.items(found):
                    yield placed(name, item, line, offset, length)
            if unpacking.broken:
                yield placed(name, Refusal(name, line, unpacking.broken), line, 0, 0)
        except OSError as error:
            raise AdapterError(why_unreadable(name, error)) from error


class _Unpacking:
    """A packed history as a stream; where the packing is broken it ends, and `broken` says why."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._blocks = unpacked(Source(stream), name)
        self._rest = b""
        self.broken: str | None = None

    def read(self, size: int) -> bytes:
        while not self._rest:
            try:
                self._rest = next(self._blocks)
            except StopIteration:
                return b""
            except BrokenStreamError as error:
                self.broken = str(error)
                return b""
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


class _History:
    """Turns the records of one file into events."""

    def __init__(
        self, file: str, source: str, owner: str | None, contact: str | None, nicknames: tuple[str, ...]
    ) -> None:
        self._file = file
        self._source = source
        stem = PureWindowsPath(file.replace("/", "\\")).name
        self._scope = f"{owner or ''}\0{contact or stem}"
        self._people = People(owner, contact, nicknames, self._scope)
        self._names: dict[str, str] = {}

    def items(self, found: Found) -> Iterator[Item]:
        """What one record gives."""
        if not isinstance(found, Record):
            yield found
            return
        refused = self._unusable(found)
        if refused is not None:
            yield Refusal(self._file, found.line, refused, found.raw, found.length)
        elif found.tag == "Message" or (found.tag == "Invitation" and found.file):
            yield from self._message(found)
        else:
            if found.tag in ("Join", "Leave"):
                self._people.gathered(found.session)
            yield Skipped(self._file, found.line, _SKIPPED[found.tag])

    def _unusable(self, record: Record) -> str | None:
        if record.tag in ("Join", "Leave", "InvitationResponse"):
            return None
        if record.time is None:
            return "it has no DateTime (Date and Time are local, in the locale's form, and are not used)"
        if _when(record.time) is None:
            return "its DateTime is not a time in UTC such as 2010-11-26T10:05:13.403Z"
        if len(record.sender) != 1:
            return f"it must be from one user and is from {len(record.sender)}"
        if record.tag == "Message" and not record.to:
            return "it does not say whom it was sent to"
        return None

    def _message(self, record: Record) -> Iterator[Item]:
        [sender] = record.sender
        if record.tag == "Message":
            account, to = self._people.of_message(sender, record.to, record.session)
        else:
            account, to = self._people.of_offer(sender, record.session)
        kind = "group" if self._people.is_group(record.session) else "direct"
        offered = (_attachment(record.file),) if record.file and record.tag == "Invitation" else None
        yield from self._profiles(record, ((sender, account), *zip(record.to, to, strict=False)))
        yield MessageSent(
            specversion="1.0",
            source=self._source,
            id=self._id(record, "message"),
            time=_time(record),
            subject=account,
            data=MessageData(
                to=to,
                text=record.text if record.tag == "Message" else None,
                conversation=self._conversation(record.session),
                kind=kind,
                attachments=offered,
            ),
        )

    def _profiles(self, record: Record, people: tuple[tuple[Person, str], ...]) -> Iterator[Item]:
        for person, account in people:
            last = self._names.get(account)
            if not person.name or last == person.name:
                continue
            if last is None and len(self._names) >= MAX_REMEMBERED_NAMES:
                del self._names[next(iter(self._names))]
            self._names[account] = person.name
            if last is None and not account.startswith("nick:"):
                continue  # the first name seen is no change
            yield ProfileChanged(
                specversion="1.0",
                source=self._source,
                id=self._id(record, "profile", account),
                time=_time(record),
                subject=account,
                data=ProfileData(name=person.name),
            )

    def _conversation(self, session: str) -> str | None:
        return self._mint("talk-", "conversation", session) if session else None

    def _id(self, record: Record, *kind: str) -> str:
        people = [part for person in (*record.sender, *record.to) for part in (person.logon, person.name)]
        what = (record.tag, str(record.index), record.time or "", record.session, record.text or "", *people)
        return self._mint("wlm-", *kind, *what)

    def _mint(self, prefix: str, *parts: str) -> str:
        # Each part's length goes in front of it, so that no two lists of parts give the same bytes.
        text = "".join(f"{len(part)}:{part}" for part in (self._scope, *parts))
        return prefix + blake2b(text.encode(), digest_size=16).hexdigest()


def _attachment(path: str) -> Attachment:
    """The offered file by its name; the folder it was saved in is the owner's own business."""
    return Attachment(name=PureWindowsPath(path.strip()).name[:MAX_ID] or None)


def _when(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        return None


def _time(record: Record) -> datetime:
    time = _when(record.time or "")
    if time is None:  # `_unusable` has refused it
        raise AssertionError(f"record at line {record.line} has no usable time")
    return time
