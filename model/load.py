"""How much waits for an engine, how fast it is read, and whether a caller can still join."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from threading import get_ident
from time import monotonic

__all__ = ["Drain", "Load", "Room", "retry_seconds"]

RECENT_SECONDS = 10.0
"""Batches older than this say nothing about the rate, unless nothing newer is known."""

MOST_BATCHES = 64
MOST_RETRY_SECONDS = 60


@dataclass(frozen=True)
class Room:
    """What a caller accepts of the queue that it joins.

    Args:
        tokens: the most that may wait, its own included; padding counts, as the engine reads it.
        seconds: until its answer, by the measured rate.
    """

    tokens: int
    seconds: float = math.inf


@dataclass(frozen=True)
class Load:
    """An engine's queue at one moment.

    ``tokens`` wait; ``tokens_per_second`` are read, 0 where it is not known yet;
    ``batch_seconds`` is how long the oldest batch in the engine has been there; ``batches``
    have been read since the beginning.
    """

    tokens: int
    tokens_per_second: float
    batch_seconds: float
    batches: int


class Drain:
    """How fast batches are read, measured over the last ones.

    Idle time does not count, so that the rate is what the engine can do. What a batch takes
    longer than the others counts at once: the rate of an engine that is stuck falls.
    """

    def __init__(self, streams: int) -> None:
        self.batches = 0
        self._streams = streams
        self._begun: dict[int, float] = {}
        self._read: deque[tuple[float, float, int]] = deque(maxlen=MOST_BATCHES)

    def begin(self) -> None:
        """The calling thread gives the engine a batch."""
        self._begun[get_ident()] = monotonic()

    def end(self, tokens: int) -> None:
        """The calling thread's batch is read."""
        now = monotonic()
        self._read.append((now, now - self._begun.pop(get_ident()), tokens))
        self.batches += 1

    def rate(self) -> float:
        """Tokens a second, of all streams together; 0 where nothing has been read."""
        now = monotonic()
        while len(self._read) > 1 and self._read[0][0] < now - RECENT_SECONDS:
            self._read.popleft()
        if not self._read:
            return 0.0
        seconds = sum(taken for _, taken, _ in self._read)
        usual = seconds / len(self._read)
        late = sum(max(0.0, now - begun - usual) for begun in self._begun.values())
        return self._streams * sum(tokens for *_, tokens in self._read) / (seconds + late)

    def batch_seconds(self) -> float:
        """How long the oldest batch in the engine has been there."""
        return monotonic() - min(self._begun.values()) if self._begun else 0.0


def retry_seconds(tokens: float, rate: float) -> int:
    """Whole seconds in which so many tokens are read: what to tell a caller that is refused."""
    return min(MOST_RETRY_SECONDS, max(1, math.ceil(tokens / rate))) if rate else 1
