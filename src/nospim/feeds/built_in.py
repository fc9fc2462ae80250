"""The forms of list feeds that can be read, listed by hand."""

from __future__ import annotations

from typing import Final

from nospim.feeds import columns, hashes, hosts, matrix, misp, nospim_list, prefixes, rtbl
from nospim.feeds.interface import Form

FORMS: Final[dict[str, Form]] = {
    "hosts": hosts.parse,
    "csv": columns.parse,
    "hashes": hashes.parse,
    "hash_prefixes": prefixes.parse,
    "misp": misp.parse,
    "rtbl": rtbl.parse,
    "matrix_policy": matrix.parse,
    "nospim_list": nospim_list.parse,
}
"""By the name that the policy uses."""
