"""ARF reports (RFC 5965): one mail for each place and each contact, ready to be sent by whatever sends mail.

A report has three parts: words for people, fields for programs, and the headers of the message complained
of.  An instant message has none, and its words are not told, so the third part says that in the headers that
mail must have.  Addresses are written as they are in the fields, where programs want them, and defanged in
the words.
"""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from nospim import __version__
from nospim.reporting.material import Place
from nospim.reporting.sender import Addressed, Reporter
from nospim.reporting.xarf import told

LONGEST: Final = 900
"""Characters of an address in a field: a line of mail has 998 at most (RFC 5322), and it cannot be folded."""


def arf(one: Addressed, reporter: Reporter, at: datetime) -> bytes:
    """The mail with its headers, with CRLF.  The same report at the same time is the same bytes."""
    place = one.place
    mail = MIMEMultipart("report", policy=SMTP)
    name = sha256(f"{one.contact.mail} {place.url} {at.isoformat()}".encode()).hexdigest()[:32]
    mail.set_param("report-type", "feedback-report")
    mail.set_boundary(f"={name}=")
    mail["From"] = reporter.mail
    mail["To"] = one.contact.mail
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{name}@{reporter.domain}>"
    kind = "Phishing page" if place.phishing else "Address in spam by instant message"
    mail["Subject"] = f"{kind} on {place.host}"
    mail.attach(_words(one, reporter))
    mail.attach(_fields(place))
    mail.attach(_headers(place, reporter, name))
    return mail.as_bytes(policy=SMTP)


def _words(one: Addressed, reporter: Reporter) -> Message:
    place = one.place
    asked = (
        "Please take the name out of the zone, and tell us whom you told."
        if one.contact.role == "registrar"
        else "Please take the page down, keep what shows who put it there, and tell us when it is gone."
    )
    text = (
        f"{reporter.org} reports this address to {one.contact.name}:\n\n    {defanged(place.url)}\n\n"
        f"{told(place)}\n\n{asked}\n\n"
        "Who got these messages and what they said is not told here; a court can ask us for it.\n"
    )
    return MIMEText(text, "plain", "utf-8", policy=SMTP)


def _fields(place: Place) -> Message:
    part = MIMENonMultipart("message", "feedback-report", policy=SMTP)
    fields = [
        ("Feedback-Type", "fraud" if place.phishing else "abuse"),
        ("User-Agent", f"nospim/{__version__}"),
        ("Version", "1"),
        ("Arrival-Date", format_datetime(place.last_seen)),
        ("Incidents", str(place.messages)),
        ("Reported-URI", place.url if len(place.url) <= LONGEST else place.url[: _path(place.url)]),
    ]
    if not place.shared:
        fields.append(("Reported-Domain", place.host))
    part.set_payload("".join(f"{name}: {value}\r\n" for name, value in fields))
    return part


def _path(url: str) -> int:
    """Where an address's path begins, its first slash included."""
    return url.index("/", url.index("://") + 3) + 1


def _headers(place: Place, reporter: Reporter, name: str) -> Message:
    inner = EmailMessage(policy=SMTP)
    inner["From"] = f"withheld@{reporter.domain}"
    inner["Date"] = format_datetime(place.last_seen)
    inner["Subject"] = "(an instant message; its words and its people are withheld)"
    inner["Message-ID"] = f"<im-{name}@{reporter.domain}>"
    part = MIMENonMultipart("text", "rfc822-headers", policy=SMTP)
    part.set_payload(inner.as_bytes().decode("ascii"))
    return part


def defanged(url: str) -> str:
    """An address that no program makes a link of."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.replace('tt', 'xx')}://{host.replace('.', '[.]')}{slash}{path}"
