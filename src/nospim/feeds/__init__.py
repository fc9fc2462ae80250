"""List feeds of others, read from files that the operator names: `read_feeds`.  Nothing is fetched."""

from nospim.feeds.built_in import FORMS
from nospim.feeds.interface import FeedError, Form, Parsed, Refused
from nospim.feeds.load import FeedFile, index_of, read_feed, read_feeds

__all__ = [
    "FORMS",
    "FeedError",
    "FeedFile",
    "Form",
    "Parsed",
    "Refused",
    "index_of",
    "read_feed",
    "read_feeds",
]
