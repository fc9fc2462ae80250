"""Wording as spimmers write it, undone and judged; pure."""

from nospim.text.normalise import DISGUISES, Normal, normalise

__all__ = ["DISGUISES", "Normal", "normalise"]
