"""Rules on disk: folders read, versions deployed and rolled back, and rules tried on history."""

from nospim.rulebook.load import Loaded, RulesError, load, load_sound

__all__ = ["Loaded", "RulesError", "load", "load_sound"]
