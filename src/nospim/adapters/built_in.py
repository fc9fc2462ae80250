"""The list of adapters: the one place where they are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nospim.adapters.abuse import AbuseMails
from nospim.adapters.files import JsonLines
from nospim.adapters.interface import Adapter
from nospim.adapters.mam import MessageArchive
from nospim.adapters.matrix import MatrixArchive
from nospim.adapters.wlm import WindowsLiveMessenger

BUILT_IN: Final[tuple[Callable[[], Adapter], ...]] = (
    JsonLines,
    WindowsLiveMessenger,
    MessageArchive,
    MatrixArchive,
    AbuseMails,
)
"""Every adapter there is; each passes ``tests/conformance``."""
