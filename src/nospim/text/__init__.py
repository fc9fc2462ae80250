"""Wording as spimmers write it, undone and judged; pure."""

from nospim.text.normalise import DISGUISES, Normal, normalise
from nospim.text.wording import Wording, fingerprint, similarity

__all__ = ["DISGUISES", "Normal", "Wording", "fingerprint", "normalise", "similarity"]
