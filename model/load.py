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
        self._read: deque[tuple[float, float, int]] = deque()
        self._seconds, self._tokens = 0.0, 0

    def begin(self) -> None:
        """The calling thread gives the engine a batch."""
        self._begun[get_ident()] = monotonic()

    def end(self, tokens: int) -> None:
        """The calling thread's batch is read."""
        now = monotonic()
        seconds = now - self._begun.pop(get_ident())
        self._read.append((now, seconds, tokens))
        self._seconds += seconds
        self._tokens += tokens
        self.batches += 1
        if len(self._read) > MOST_BATCHES:
            self._forget_oldest()

    def rate(self) -> float:
        """Tokens a second, of all streams together; 0 where nothing has been read."""
        now = monotonic()
        while len(self._read) > 1 and self._read[0][0] < now - RECENT_SECONDS:
            self._forget_oldest()
        if not self._read:
            return 0.0
        usual = self._seconds / len(self._read)
        late = sum(max(0.0, now - begun - usual) for begun in self._begun.values())
        return self._streams * self._tokens / (self._seconds + late)

    def _forget_oldest(self) -> None:
        _, seconds, tokens = self._read.popleft()
        self._seconds -= seconds
        self._tokens -= tokens

    def batch_seconds(self) -> float:
        """How long the oldest batch in the engine has been there."""
        return monotonic() - min(self._begun.values()) if self._begun else 0.0


def retry_seconds(tokens: float, rate: float) -> int:
    """Whole seconds in which so many tokens are read: what to tell a caller that is refused."""
    return min(MOST_RETRY_SECONDS, max(1, math.ceil(tokens / rate))) if rate else 1
