"""Lists out: what was learned, chosen by two conditions, in a signed list with a history."""

from nospim.sharing.choose import Found, Label, Seen, choose, latest
from nospim.sharing.folder import captures_in, findings_in, last_book, put_out
from nospim.sharing.forms import render
from nospim.sharing.listing import Book, Condition, Listing, Refusal, Withdrawn, bare, digest
from nospim.sharing.memory import Victims, read_victims, usual_place, write_victims
from nospim.sharing.renew import renew

__all__ = [
    "Book",
    "Condition",
    "Found",
    "Label",
    "Listing",
    "Refusal",
    "Seen",
    "Victims",
    "Withdrawn",
    "bare",
    "captures_in",
    "choose",
    "digest",
    "findings_in",
    "last_book",
    "latest",
    "put_out",
    "read_victims",
    "render",
    "renew",
    "usual_place",
    "write_victims",
]
