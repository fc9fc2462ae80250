"""Operators: who is likely behind campaigns, with what speaks for and against; and `investigate`."""

from nospim.casework import Settings
from nospim.operators.investigate import investigate

__all__ = ["Settings", "investigate"]
