"""Wording as spimmers write it, undone and judged; pure."""

from nospim.text.cues import Cue, find_cues
from nospim.text.model import WordingModel
from nospim.text.normalise import DISGUISES, Normal, normalise
from nospim.text.wording import Wording, fingerprint, similarity
from nospim.text.words import words_of

__all__ = [
    "DISGUISES",
    "Cue",
    "Normal",
    "Wording",
    "WordingModel",
    "find_cues",
    "fingerprint",
    "normalise",
    "similarity",
    "words_of",
]
