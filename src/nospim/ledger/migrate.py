"""Moving saved bytes between format versions, one step up or one step down, by a table of steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct


class Step(Struct, frozen=True):
    """How saved bytes go from one format version to the next (`up`), and back again (`down`)."""

    up: Callable[[bytes], bytes]
    down: Callable[[bytes], bytes]


class Migrations(Struct, frozen=True, kw_only=True):
    """The format that a program writes, and the steps around it.

    current: the version.  steps: by the lower of the two versions they join.  A program needs the step
    below its version to be updated to, and the same step to be replaced by its predecessor again.
    """

    current: int
    steps: Mapping[int, Step] = {}

    def reads(self, version: int) -> bool:
        """Whether saved bytes of a version can be brought to the current one."""
        return all(step in self.steps for step in _between(version, self.current))

    def bring(self, data: bytes, version: int, to: int | None = None) -> bytes:
        """Saved bytes of a version in another one; to: None for the current.

        Raises ValueError where a step is not in the table, or fails on these bytes.
        """
        goal = self.current if to is None else to
        for lower in _between(version, goal):
            step = self.steps.get(lower)
            if step is None:
                raise ValueError(f"no step is known between the formats {lower} and {lower + 1}")
            data = step.up(data) if goal > version else step.down(data)
        return data


def _between(version: int, goal: int) -> range:
    """The lower versions of the steps on the way, in the order they are taken."""
    return range(version, goal) if goal >= version else range(version - 1, goal - 1, -1)
