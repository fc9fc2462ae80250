"""A report to a remote XMPP server about one of its own accounts, as a stanza (XEP-0377, XEP-0297, XEP-0157).

Only accounts that were made to abuse, or whose owner abuses, are reported.  One that was hijacked belongs to
a victim, and no report names a victim: their server learns of it from the owner, whom the recovery channel
tells.

Source: XEP-0377 version 0.4 (`urn:xmpp:reporting:1`), with the account in a `jid` element as reports that
are sent to the addresses of XEP-0157 carry it.
"""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from nospim.errors import UsageError
from nospim.findings import AccountFinding
from nospim.sharing import bare

REPORTING: Final = "urn:xmpp:reporting:1"
JID: Final = "urn:xmpp:jid:0"
SURE: Final = 0.99
"""Score from which an account is told of; one in a hundred of these is wrong."""


def stanza(account: AccountFinding, victims: frozenset[str], to: str, stanza_id: str, messages: int) -> bytes:
    """The stanza.  victims: bare ids of all known; to: where its server takes reports; messages: of lures.

    Raises UsageError for an account that may not be reported.
    """
    name = bare(account.account)
    if account.state == "hijacked" or name in victims:
        raise UsageError("this account was hijacked, so its owner is a victim and is not reported")
    if account.score < SURE:
        raise UsageError(
            f"this account is not sure enough to be reported: {account.score:.4f} is below {SURE}"
        )
    if name.startswith("@") or name.count("@") != 1:
        raise UsageError("this is no XMPP account")
    message = Element("message", {"to": to, "id": stanza_id, "type": "normal"})
    text = f"{messages} messages of spam by instant message; the account was judged {account.state}."
    SubElement(message, "body").text = text
    report = SubElement(message, "report", {"xmlns": REPORTING, "reason": "urn:xmpp:reporting:spam"})
    SubElement(report, "jid", {"xmlns": JID}).text = name
    SubElement(report, "text", {"xml:lang": "en"}).text = text
    return bytes(tostring(message, encoding="utf-8")) + b"\n"
