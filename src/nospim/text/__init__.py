"""Wording as spimmers write it, undone and judged; pure."""

from nospim.text.cues import Cue, find_cues
from nospim.text.normalise import DISGUISES, Normal, normalise
from nospim.text.wording import Wording, fingerprint, similarity

__all__ = ["DISGUISES", "Cue", "Normal", "Wording", "find_cues", "fingerprint", "normalise", "similarity"]
