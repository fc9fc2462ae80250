"""A client for the service: check messages, hand in events, fetch what is to be done, say how it went.

`Client` waits for each answer, `AsyncClient` is awaited; both run the same plans (`plans.py`), so they
behave alike.  It needs the extra `client` (httpx2).
"""

from nospim.client.answers import ActionPage, Received, Refused
from nospim.client.errors import ClientError, NotAllowedError, RefusedError, UnreachableError
from nospim.client.http import AsyncClient, Client
from nospim.client.plans import Patience

__all__ = [
    "ActionPage",
    "AsyncClient",
    "Client",
    "ClientError",
    "NotAllowedError",
    "Patience",
    "Received",
    "Refused",
    "RefusedError",
    "UnreachableError",
]
