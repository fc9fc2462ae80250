"""The vocabulary: what can happen on an IM service, as CloudEvents 1.0 with typed data.

Every event is frozen and checked when it is decoded; everything behind the decoder trusts it.
This module does no I/O and imports nothing of ours.  The JSON Schema in
``docs/reference/events.schema.json`` is generated from these classes (`json_schema`).

Sources: CloudEvents 1.0.2 (attributes), RFC 3339 (time), XEP-0377 and XEP-0425 (reports and
moderation), Matrix ``m.room.message`` edits and redactions.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct, field

MAX_LINE: Final = 1 << 20
"""Longest event accepted, in bytes: a stanza or Matrix event is at most 64 KiB, so 1 MiB is generous."""
MAX_ID: Final = 1024
"""Longest identifier in characters (RFC 7622: a bare JID is at most 2047 bytes; real ones are shorter)."""
MAX_RECIPIENTS: Final = 10_000
"""Most recipients of one message; larger groups are written with `conversation` only."""
MAX_TEXT: Final = 1 << 18
"""Longest text in characters."""
MAX_NAMED: Final = 100
"""Most accounts, and most addresses, that one complaint names."""
MAX_CHAIN: Final = 64
"""Most addresses on the way to one page; browsers follow 20 redirects (WHATWG Fetch, 4.4)."""

Id = Annotated[str, Meta(min_length=1, max_length=MAX_ID)]
Short = Annotated[str, Meta(max_length=MAX_ID)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Count = Annotated[int, Meta(ge=0, le=1 << 53)]
Source = Annotated[str, Meta(min_length=1, max_length=MAX_ID, pattern=r"^\S+$")]
Time = Annotated[datetime, Meta(tz=True)]


class Ref(Struct, frozen=True, kw_only=True):
    """A thing of another service: within one source a bare id is enough."""

    source: Source
    id: Id


Reference = Id | Ref


class Data(Struct, frozen=True, kw_only=True):
    """Base of every type's own fields; unknown fields are ignored here and kept with the bytes received."""


class Nothing(Data, frozen=True, kw_only=True):
    """A type that has no fields of its own."""


class AccountData(Data, frozen=True, kw_only=True):
    ip: Short | None = None
    device: Short | None = None
    client: Short | None = None
    invited_by: Reference | None = None


class ProfileData(Data, frozen=True, kw_only=True):
    name: Text | None = None
    avatar: Short | None = None


class SessionData(Data, frozen=True, kw_only=True):
    session: Id
    ip: Short | None = None
    asn: Count | None = None
    country: Short | None = None
    device: Short | None = None
    client: Short | None = None
    method: Short | None = None
    app: Short | None = None


class SignInFailedData(Data, frozen=True, kw_only=True):
    ip: Short | None = None
    asn: Count | None = None
    country: Short | None = None
    device: Short | None = None
    client: Short | None = None
    reason: Short | None = None


class SessionClosedData(Data, frozen=True, kw_only=True):
    session: Id


class PasswordData(Data, frozen=True, kw_only=True):
    session: Id | None = None


class ContactsReadData(Data, frozen=True, kw_only=True):
    session: Id | None = None
    app: Short | None = None
    ip: Short | None = None
    count: Count | None = None


class ContactData(Data, frozen=True, kw_only=True):
    contact: Reference


class ContactRequestData(Data, frozen=True, kw_only=True):
    contact: Reference
    text: Text | None = None


class Attachment(Struct, frozen=True, kw_only=True):
    """A file sent with a message: what is known of it, never its bytes."""

    name: Short | None = None
    type: Short | None = None
    size: Count | None = None
    hash: Short | None = None
    url: Text | None = None


class MessageData(Data, frozen=True, kw_only=True):
    to: Annotated[tuple[Reference, ...], Meta(max_length=MAX_RECIPIENTS)]
    text: Text | None = None
    conversation: Short | None = None
    kind: Short | None = None
    session: Id | None = None
    app: Short | None = None
    encrypted: bool | None = None
    attachments: tuple[Attachment | Short, ...] | None = None


class EditData(Data, frozen=True, kw_only=True):
    message: Reference
    text: Text | None = None
    to: tuple[Reference, ...] | None = None
    session: Id | None = None


class MessageStateData(Data, frozen=True, kw_only=True):
    message: Reference
    to: tuple[Reference, ...] | Reference | None = None


class ReportData(Data, frozen=True, kw_only=True):
    message: Reference
    accused: Reference
    reason: Short | None = None
    comment: Text | None = None
    content: Text | None = None


class ClickData(Data, frozen=True, kw_only=True):
    url: Text
    message: Reference | None = None


class PageCapturedData(Data, frozen=True, kw_only=True):
    """What looking at the page behind a link found; `subject` is who or what looked."""

    url: Text
    final: Text | None = None
    chain: Annotated[tuple[Text, ...], Meta(max_length=MAX_CHAIN)] | None = None
    outcome: Short | None = None
    password_form: bool | None = None
    imitates: Short | None = None
    own_brand: bool | None = None
    likeness: Annotated[float, Meta(ge=0.0, le=1.0)] | None = None
    bits: Annotated[float, Meta(ge=-64.0, le=64.0)] | None = None
    action: Short | None = None
    record: Short | None = None
    decoy: Short | None = None


class ComplaintData(Data, frozen=True, kw_only=True):
    """A complaint that came by mail; `subject` is who sent it, as far as mail can say."""

    mail: Short
    form: Short | None = None
    kind: Short | None = None
    title: Short | None = None
    comment: Text | None = None
    accused: Annotated[tuple[Reference, ...], Meta(max_length=MAX_NAMED)] | None = None
    links: Annotated[tuple[Text, ...], Meta(max_length=MAX_NAMED)] | None = None


class AppData(Data, frozen=True, kw_only=True):
    app: Id
    scopes: tuple[Short, ...] | None = None


class ActionData(Data, frozen=True, kw_only=True):
    action: Id
    kind: Short | None = None
    target: Reference | None = None
    cause: Short | None = None
    actor: Short | None = None
    expires: Time | None = None


class LabelData(Data, frozen=True, kw_only=True):
    target: Reference
    label: Id
    by: Short | None = None
    reason: Text | None = None
    expires: Time | None = None


class Event(Struct, frozen=True, kw_only=True, tag_field="type"):
    """The attributes that every event has (CloudEvents 1.0, section 3.1)."""

    specversion: Literal["1.0"]
    source: Source
    id: Id
    time: Time
    subject: Id

    @property
    def at(self) -> float:
        """When it happened, in seconds since the Unix epoch."""
        return self.time.timestamp()


class AccountCreated(Event, frozen=True, tag="im.account.created"):
    data: AccountData = field(default_factory=AccountData)


class AccountDisabled(Event, frozen=True, tag="im.account.disabled"):
    data: AccountData = field(default_factory=AccountData)


class AccountRecovered(Event, frozen=True, tag="im.account.recovered"):
    data: AccountData = field(default_factory=AccountData)


class ProfileChanged(Event, frozen=True, tag="im.profile.changed"):
    data: ProfileData = field(default_factory=ProfileData)


class SessionOpened(Event, frozen=True, tag="im.session.opened"):
    data: SessionData


class SessionResumed(Event, frozen=True, tag="im.session.resumed"):
    data: SessionData


class SignInFailed(Event, frozen=True, tag="im.session.failed"):
    data: SignInFailedData = field(default_factory=SignInFailedData)


class SessionClosed(Event, frozen=True, tag="im.session.closed"):
    data: SessionClosedData


class PasswordChanged(Event, frozen=True, tag="im.password.changed"):
    data: PasswordData = field(default_factory=PasswordData)


class ContactsRead(Event, frozen=True, tag="im.contacts.read"):
    data: ContactsReadData = field(default_factory=ContactsReadData)


class ContactAdded(Event, frozen=True, tag="im.contact.added"):
    data: ContactData


class ContactRemoved(Event, frozen=True, tag="im.contact.removed"):
    data: ContactData


class ContactRequested(Event, frozen=True, tag="im.contact.requested"):
    data: ContactRequestData


class MessageSent(Event, frozen=True, tag="im.message.sent"):
    data: MessageData


class MessageEdited(Event, frozen=True, tag="im.message.edited"):
    data: EditData


class MessageRetracted(Event, frozen=True, tag="im.message.retracted"):
    data: MessageStateData


class MessageDelivered(Event, frozen=True, tag="im.message.delivered"):
    data: MessageStateData


class MessageRead(Event, frozen=True, tag="im.message.read"):
    data: MessageStateData


class MessageReported(Event, frozen=True, tag="im.message.reported"):
    data: ReportData


class LinkClicked(Event, frozen=True, tag="im.link.clicked"):
    data: ClickData


class PageCaptured(Event, frozen=True, tag="im.page.captured"):
    data: PageCapturedData


class ComplaintReceived(Event, frozen=True, tag="im.complaint.received"):
    data: ComplaintData


class AppGranted(Event, frozen=True, tag="im.app.granted"):
    data: AppData


class AppRevoked(Event, frozen=True, tag="im.app.revoked"):
    data: AppData


class ActionRequested(Event, frozen=True, tag="im.action.requested"):
    data: ActionData


class ActionDone(Event, frozen=True, tag="im.action.done"):
    data: ActionData


class ActionFailed(Event, frozen=True, tag="im.action.failed"):
    data: ActionData


class ActionUndone(Event, frozen=True, tag="im.action.undone"):
    data: ActionData


class Labelled(Event, frozen=True, tag="im.label"):
    data: LabelData


KnownEvent = (
    AccountCreated
    | AccountDisabled
    | AccountRecovered
    | ProfileChanged
    | SessionOpened
    | SessionResumed
    | SignInFailed
    | SessionClosed
    | PasswordChanged
    | ContactsRead
    | ContactAdded
    | ContactRemoved
    | ContactRequested
    | MessageSent
    | MessageEdited
    | MessageRetracted
    | MessageDelivered
    | MessageRead
    | MessageReported
    | LinkClicked
    | PageCaptured
    | ComplaintReceived
    | AppGranted
    | AppRevoked
    | ActionRequested
    | ActionDone
    | ActionFailed
    | ActionUndone
    | Labelled
)


class OtherEvent(Struct, frozen=True, kw_only=True):
    """An event of a type we do not know: kept, counted and otherwise ignored."""

    specversion: Literal["1.0"]
    source: Source
    id: Id
    time: Time
    subject: Id
    type: Id
    data: msgspec.Raw = msgspec.Raw(b"{}")

    @property
    def at(self) -> float:
        """When it happened, in seconds since the Unix epoch."""
        return self.time.timestamp()


AnyEvent = KnownEvent | OtherEvent

EVENT_TYPES: Final[tuple[type[Event], ...]] = tuple(KnownEvent.__args__)
TYPE_OF: Final[dict[type, str]] = {t: str(t.__struct_config__.tag) for t in EVENT_TYPES}
_KNOWN_TAGS: Final = frozenset(TYPE_OF.values())


class InvalidEventError(ValueError):
    """A line that is not an event; the message says what is wrong and where in the object."""


_known: msgspec.json.Decoder[KnownEvent] = msgspec.json.Decoder(KnownEvent)
_other = msgspec.json.Decoder(OtherEvent)


def decode(line: bytes) -> AnyEvent:
    """Decode and check one event.

    line: one JSON object, UTF-8, at most `MAX_LINE` bytes, without its line end.
    Returns a frozen event; a type that is not in the vocabulary gives an `OtherEvent`.
    Raises InvalidEventError with a reason that a person can act on.
    """
    if len(line) > MAX_LINE:
        raise InvalidEventError(f"longer than {MAX_LINE} bytes")
    try:
        return _known.decode(line)
    except msgspec.ValidationError as error:
        reason = str(error)
        if reason.startswith("Invalid value") and reason.endswith("`$.type`"):
            return _decode_other(line)
        raise InvalidEventError(reason) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidEventError(str(error)) from None


def _decode_other(line: bytes) -> OtherEvent:
    try:
        return _other.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidEventError(str(error)) from None


def encode(event: AnyEvent) -> bytes:
    """One event as a JSON line without its line end; absent optional fields are left out."""
    if type(event) is OtherEvent:
        return msgspec.json.format(msgspec.json.encode(event), indent=-1)  # its data may hold line ends
    return msgspec.json.encode(drop_absent(msgspec.to_builtins(event, builtin_types=(datetime,))))


def drop_absent(value: Any) -> Any:
    """A copy of a JSON-like value without the keys whose value is None."""
    if isinstance(value, dict):
        return {k: drop_absent(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [drop_absent(v) for v in value]
    return value


def key(source: str, ref: str | Ref) -> str:
    """The one name of a thing across sources: ``"<source> <id>"`` (a source holds no white space)."""
    return f"{source} {ref}" if isinstance(ref, str) else f"{ref.source} {ref.id}"


def named(ref: str | Ref) -> str:
    """A thing as people read it; one of another source has that beside it."""
    return ref if isinstance(ref, str) else f"{ref.id} at {ref.source}"


def split_key(name: str) -> tuple[str, str]:
    """The (source, id) of a `key`."""
    source, _, ident = name.partition(" ")
    return source, ident


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one event in the vocabulary."""
    schema = msgspec.json.schema(KnownEvent)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An event on an instant-messaging service (CloudEvents 1.0)",
        **schema,
    }
