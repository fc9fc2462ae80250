"""What each field of the events and of the outputs means, in one sentence a field.

The published schemas and the tables of the reference documentation are made from this table.  A
field is looked up under its class first, and under ``*`` where it means the same everywhere.
"""

from __future__ import annotations

from typing import Final

from nospim.events import MAX_RECIPIENTS

EVERYWHERE: Final = {
    "specversion": "Version of CloudEvents; always 1.0.",
    "source": "The service that it happened on; ids mean something only together with it.",
    "id": "The event's id, unique within its source.",
    "time": "When it happened on the service (RFC 3339, with an offset).",
    "subject": "The account that acted: an XMPP bare JID, a Matrix user id, any opaque string.",
    "type": "What happened.",
    "data": "The fields of this type.",
    "ip": "The address that the client connected from.",
    "asn": "The number of the network (autonomous system) that the address belongs to.",
    "country": "The country of the address, as the service knows it.",
    "device": "A name for the device that stays the same from session to session.",
    "client": "The client program, with its version where known.",
    "session": "The session's id.",
    "app": "The application that acted for the account, where one did.",
    "text": "The words, as sent.",
    "contact": "The other account.",
    "message": "The message meant: the id of its im.message.sent event.",
    "to": "The accounts it went to.",
    "reason": "Why, in the service's words.",
    "reasons": "What spoke for and against, in bits of log-odds.",
    "account": "The account it is about.",
    "at": "When, in event time.",
    "cause": "The id of the event that made it happen.",
    "campaign": "The campaign it belongs to, or null.",
    "operator": "The operator likely behind it, or null.",
    "campaigns": "The campaigns it belongs to.",
    "sessions": "The ids of the sessions.",
    "name": "The name.",
    "kind": "Of what kind it is.",
    "target": "What it is about: an account, a session or a message.",
    "expires": "When it ends by itself, or null.",
    "action": "The action's id, the same for the same cause however often it is worked out.",
}

MEANINGS: Final[dict[str, dict[str, str]]] = {
    "*": EVERYWHERE,
    "Ref": {"id": "The thing's id there."},
    "AccountData": {"invited_by": "The account whose invitation opened this one."},
    "ProfileData": {"name": "The name now shown to others.", "avatar": "A hash of the picture now shown."},
    "SessionData": {"method": "How the client proved who it is: password, token, single sign-on."},
    "ContactsReadData": {"count": "How many contacts were read."},
    "ContactRequestData": {"text": "The words sent along with the request."},
    "Attachment": {
        "name": "The file's name.",
        "type": "Its media type.",
        "size": "Its size in bytes.",
        "hash": "A hash of its bytes, with the algorithm's name before it.",
        "url": "Where it lies, where it is not sent along.",
    },
    "MessageData": {
        "text": "The words, as sent; left out where they are end-to-end encrypted.",
        "to": f"The accounts it went to, at most {MAX_RECIPIENTS:,}; `conversation` names a larger group.",
        "conversation": "The room or thread that it was sent to.",
        "kind": "`direct` or `group`.",
        "session": "The session that it was sent from.",
        "encrypted": "Whether it was end-to-end encrypted.",
        "attachments": "The files sent with it: a name, or what is known of each.",
    },
    "EditData": {
        "text": "The words after the edit, which are judged as a message's are.",
        "to": "The accounts that see the edit, where known.",
        "session": "The session that it was edited from.",
    },
    "MessageStateData": {"to": "The recipients that it is about; the message's own where left out."},
    "ReportData": {
        "accused": "The account that the reporter says wrote it.",
        "reason": "The kind of abuse, as the reporter chose it.",
        "comment": "The reporter's own words.",
        "content": "The message as the reporter saw it.",
    },
    "ClickData": {"url": "The address that was opened.", "message": "The message that the link came in."},
    "AppData": {"app": "The application's id.", "scopes": "What it was allowed to do."},
    "ActionData": {
        "action": "The action's id.",
        "kind": "What was asked for.",
        "actor": "The person or the program that asked.",
        "cause": "Why it was asked for.",
    },
    "LabelData": {
        "label": "What a person decided the target is.",
        "by": "Who decided.",
        "reason": "Why, in the words of whoever decided.",
        "expires": "When the decision ends by itself.",
        "target": "The account, message or address that was decided on.",
    },
    "Reason": {
        "signal": "The signal's name; `prior` is the policy's prior, `calibration` what calibration changed.",
        "bits": "What it added to the log-odds, base 2: 1 doubles the odds of spim, -1 halves them.",
        "detail": "What was seen, in a plain sentence that quotes nobody.",
    },
    "Verdict": {
        "id": "The id of the im.message.sent event.",
        "time": "The event's time.",
        "account": "The account that sent it.",
        "action": "The rung of the ladder: allow, warn, hold or block.",
        "score": "Probability of spim under the policy's prior; its log-odds are the sum of the bits.",
        "campaign": "The live campaign that it was joined to when it was judged, or null.",
    },
    "Resolution": {
        "id": "The id of the held message's event.",
        "outcome": "`release`: it was delivered after all; `drop`: it was not.",
        "delay_s": "How long it was held, in seconds of event time.",
        "cause": "What ended the hold.",
    },
    "Action": {"kind": "What is asked for.", "at": "When it was asked for, in event time."},
    "Infection": {
        "account": "The account that was taken.",
        "infected_by": "The account whose lure its owner fell for, or null where unknown.",
        "via": "The id of that lure, or null where unknown.",
        "at": "When it was taken, in event time.",
    },
    "Lure": {
        "example": "One such message, with names, numbers and links masked.",
        "messages": "How many messages of the campaign were worded like it.",
    },
    "Day": {
        "day": "The day (UTC).",
        "messages": "Messages of the campaign sent on it.",
        "stopped": "How many of them were held back or blocked.",
        "new_accounts": "Accounts newly taken on it.",
        "reproduction": "Mean number of accounts infected later by those taken on it, or null.",
    },
    "Campaign": {
        "id": "The campaign's id, the same for the same input.",
        "first_seen": "Time of its first message.",
        "last_seen": "Time of its last message.",
        "messages": "The ids of its messages, which may include some that were allowed at the time.",
        "stopped": "How many of them were held back or blocked.",
        "accounts": "The accounts that sent them.",
        "recipients": "How many different accounts they were addressed to.",
        "links": "Where its links lead.",
        "lures": "Its wordings.",
        "infections": "How each account came to send for it.",
        "patient_zero": "The account that it began with, or null where that cannot be told.",
        "reproduction": "Mean number of accounts that one taken account infected, or null.",
        "days": "Its course, day by day.",
        "joined_by": "What joined its messages.",
        "networks": "The networks that it was sent from.",
    },
    "Episode": {
        "from": "When somebody else began to write with the account.",
        "to": "When that ended, as far as was seen.",
        "sessions": "The sessions that it happened in.",
        "campaign": "The campaign that it served, or null.",
    },
    "AccountFinding": {
        "state": "`hijacked` (its owner is a victim), `fake` (made to abuse) or `abusive` (by its owner).",
        "since": "Since when.",
        "score": "Probability that the state is right.",
        "campaigns": "The campaigns that it sent for.",
        "episodes": "The stretches of time in which somebody other than its owner wrote with it.",
    },
    "Linkage": {
        "kind": "What kind of thing joins them.",
        "value": "The thing itself.",
        "grade": "`fact`: read off the events; `inference`: concluded from them.",
        "for": "What speaks for it.",
        "against": "What speaks against it.",
    },
    "Operator": {
        "id": "The operator's id, the same for the same input.",
        "campaigns": "The campaigns that are likely its work.",
        "linkage": "What joins them.",
    },
    "Summary": {
        "nospim": "Version of nospim.",
        "model": "Name of the wording model.",
        "configuration": "Hash of the policy that was in force.",
        "first": "Time of the first event, or null.",
        "last": "Time of the last event, or null.",
        "counts": "How many of each thing there were.",
        "lacking": "What could not be seen, in plain sentences.",
        "limits": "The bounds that were in force.",
        "run": "What differs from run to run, such as durations; all else is the same for the same input.",
    },
}


def meaning(owner: str, field: str) -> str:
    """What a field of a class means, both named as in the schema; raises KeyError for an unknown one."""
    own = MEANINGS.get(owner, {})
    return own[field] if field in own else EVERYWHERE[field]
