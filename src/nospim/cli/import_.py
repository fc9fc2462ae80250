"""The commands ``nospim import``: what other programs kept, turned into events."""

from __future__ import annotations

from pathlib import Path

from nospim.adapters.abuse import SOURCE as ABUSE_SOURCE
from nospim.adapters.abuse import AbuseMails
from nospim.adapters.mam import SOURCE as MAM_SOURCE
from nospim.adapters.mam import MessageArchive
from nospim.adapters.matrix import SOURCE as MATRIX_SOURCE
from nospim.adapters.matrix import MatrixArchive
from nospim.adapters.merge import merged, readable
from nospim.adapters.order import ordered
from nospim.adapters.placed import joined
from nospim.adapters.wlm import SOURCE, WindowsLiveMessenger
from nospim.cli.import_run import STDOUT, Outputs, boxes, kept_in, run
from nospim.errors import UsageError


def wlm(
    files: list[Path],
    /,
    *,
    out: Path = STDOUT,
    account: str | None = None,
    contact: str | None = None,
    nickname: list[str] | None = None,
    source: str = SOURCE,
    rejected: Path | None = None,
    provenance: Path | None = None,
) -> int:
    """Turn Windows Live Messenger histories into events.

    Parameters
    ----------
    files
        History files as the Messenger kept them: OWNER/History/CONTACT.xml.
    out
        File for the events, in the order of time (.gz and .zst are packed); - for standard output.
    account
        Address of the owner of these histories; without it the folder's name decides.
    contact
        Address of the one whom the owner talks with in this file; without it the file's name decides.
    nickname
        A nickname that the owner has used, for histories that hold no addresses; may be repeated.
    source
        The CloudEvents source that the events say they are from.
    rejected
        File for what is refused, one JSON object a line; without it only the number is told.
    provenance
        File for where each event came from; without it, NAME.provenance.jsonl beside the events.

    Returns the exit status: 0, or 3 when some input was refused.
    """
    if contact is not None and len(files) > 1:
        raise UsageError("--contact is for one file; name one, or let the files' names decide")
    adapter = WindowsLiveMessenger(
        account=account, contact=contact, nicknames=tuple(nickname or ()), source=source
    )
    readable(files)
    return run(adapter.name, merged(adapter, files), files, Outputs(out, rejected, provenance))


def mam(
    files: list[Path],
    /,
    *,
    out: Path = STDOUT,
    account: str | None = None,
    host: str | None = None,
    source: str = MAM_SOURCE,
    rejected: Path | None = None,
    provenance: Path | None = None,
) -> int:
    """Turn message archives of XMPP servers (XEP-0313) into events.

    Parameters
    ----------
    files
        XEP-0227 files, lists of Prosody's internal storage, SQL of ejabberd's archive, or files of
        stanzas; plain, .gz or .zst.
    out
        File for the events, in the order of time (.gz and .zst are packed); - for standard output.
    account
        Whose archive it is (an account or a room), where neither the file nor its place says so.
    host
        Domain of the server, for SQL that does not hold it.
    source
        The CloudEvents source that the events say they are from.
    rejected
        File for what is refused, one JSON object a line; without it only the number is told.
    provenance
        File for where each event came from; without it, NAME.provenance.jsonl beside the events.

    Returns the exit status: 0, or 3 when some input was refused.
    """
    adapter = MessageArchive(account=account, host=host, source=source)
    readable(files)
    items = joined(ordered(adapter, files))
    return run(adapter.name, items, files, Outputs(out, rejected, provenance))


def matrix(
    files: list[Path],
    /,
    *,
    out: Path = STDOUT,
    room: str | None = None,
    source: str = MATRIX_SOURCE,
    rejected: Path | None = None,
    provenance: Path | None = None,
) -> int:
    """Turn exports of Matrix rooms into events.

    Parameters
    ----------
    files
        Element's JSON exports, files that Synapse's export-data wrote (rooms/ROOM/events), lists of room
        events, lists of reports; plain, .gz or .zst.
    out
        File for the events, in the order of time (.gz and .zst are packed); - for standard output.
    room
        The room of events that do not say theirs.
    source
        The CloudEvents source that the events say they are from.
    rejected
        File for what is refused, one JSON object a line; without it only the number is told.
    provenance
        File for where each event came from; without it, NAME.provenance.jsonl beside the events.

    Returns the exit status: 0, or 3 when some input was refused.
    """
    adapter = MatrixArchive(room=room, source=source)
    readable(files)
    items = joined(ordered(adapter, files))
    return run(adapter.name, items, files, Outputs(out, rejected, provenance))


def abuse(
    files: list[Path],
    /,
    *,
    out: Path = STDOUT,
    keep: Path | None = None,
    source: str = ABUSE_SOURCE,
    service: str | None = None,
    rejected: Path | None = None,
    provenance: Path | None = None,
) -> int:
    """Turn complaints that came by mail into events, and keep the mails.

    Parameters
    ----------
    files
        Mail boxes (mbox), Maildir folders, or single mails; plain, .gz or .zst.
    out
        File for the events, in the order of time (.gz and .zst are packed); - for standard output.
    keep
        Folder for the mails, each under its SHA-256; without it, NAME.mails beside the events.
    source
        The CloudEvents source that the events say they are from.
    service
        The source of the messages and accounts complained of; without it, the same.
    rejected
        File for what is refused, one JSON object a line; without it only the number is told.
    provenance
        File for where each event came from; without it, NAME.provenance.jsonl beside the events.

    Returns the exit status: 0, or 3 when some input was refused.
    """
    found = boxes(files)
    readable(found)
    outputs = Outputs(out, rejected, provenance)
    adapter = AbuseMails(source=source, service=service, keep=kept_in(keep or outputs.beside(".mails")))
    return run(adapter.name, joined(ordered(adapter, found)), found, outputs)
