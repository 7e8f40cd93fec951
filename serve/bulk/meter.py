"""How far a run has come and how fast it goes, from counts and a clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from framelens.serve.bulk.tally import Tally

__all__ = ["Meter", "Position", "Reading"]

WINDOW = 30
"""The rate is that of so many readings, about as many chunks."""


@dataclass(frozen=True, slots=True)
class Position:
    """How many bytes of the input have been read, and how many there are, if that is known."""

    read: int
    size: int | None = None

    @property
    def share(self) -> float | None:
        """How much has been read, from 0 to 1; None where the size is not known."""
        return min(self.read / self.size, 1.0) if self.size else None


@dataclass(frozen=True, slots=True)
class Reading:
    """A run at a moment."""

    tally: Tally
    position: Position
    seconds: float
    """Since the run began, or went on."""
    rate: float
    """Sentences a second of late; 0 where nobody can tell."""
    seconds_left: float | None
    """None where the size is not known, or nothing has been scored."""


class Meter:
    """Makes readings of counts.

    The counts of a run that goes on hold what was scored before; its rate is of what is scored
    now.

    Args:
        clock: seconds from any beginning.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._begin = clock()
        self._seen: deque[tuple[float, int]] = deque(maxlen=WINDOW)

    def read(self, tally: Tally, position: Position) -> Reading:
        """The reading at this moment."""
        now = self._clock()
        first, sentences = self._seen[0] if self._seen else (now, tally.sentences)
        self._seen.append((now, tally.sentences))
        rate = (tally.sentences - sentences) / (now - first) if now > first else 0.0
        left = None
        if position.share and rate:
            left = tally.sentences * (1 / position.share - 1) / rate
        return Reading(tally, position, now - self._begin, rate, left)
