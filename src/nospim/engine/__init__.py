"""The guard: events in; verdicts, resolutions, actions and sightings out.  No I/O and no clock."""

from nospim.engine.guard import Engine
from nospim.engine.outcome import Outcome

__all__ = ["Engine", "Outcome"]
