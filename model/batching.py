"""Batches: windows of all callers go through the engine together."""

from __future__ import annotations

import heapq
import logging
import traceback
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from threading import Lock

from framelens.model.engines.base import (
    MOST_TOKENS,
    Engine,
    Ids,
    Logits,
    make_batch,
    padded_length,
)
from framelens.model.errors import EngineError

__all__ = ["Batcher", "Output"]

Output = Logits | EngineError
"""Logits ``[tokens, leaves]`` of a window, or why there are none."""

FEWEST_TOKENS = 512
"""Smaller batches waste the processor, so dividing them among streams gains nothing."""

_logger = logging.getLogger(__name__)


class Batcher:
    """Runs windows of all callers in batches, in one thread for each stream of the engine.

    A batch is formed the moment a thread is free, so nobody waits for company. It holds the
    window whose turn it is and the next ones of the same padded length. Other lengths never
    share it, so what a window is padded to, and with it its logits, does not depend on what
    else is asked. An engine that fails on a batch is given its halves, down to the window at
    fault: only this one is without logits.

    Callers take turns window by window, as in fair queueing (Demers, Keshav and Shenker 1989,
    https://doi.org/10.1145/75247.75248): a text of one window does not wait for the end of a
    book, and the book goes on however many texts come.

    Args:
        engine: what runs the batches.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Its threads end when nobody holds the batcher any more.
        self._threads = ThreadPoolExecutor(engine.streams, "framelens-engine")
        self._lock = Lock()
        self._idle = engine.streams
        self._callers = 0
        self._round = 0.0
        self._arrivals = count()
        self._waiting: dict[int, list[_Turn]] = defaultdict(list)

    def submit(self, windows: Sequence[Ids]) -> Future[list[Output]]:
        """Queue the windows of a caller, input ids ``[tokens]`` each.

        Returns:
            A future of their outputs, in order. Cancelling it drops the windows that wait.
        """
        job = _Job(windows)
        if not windows:
            job.future.set_result([])
            return job.future
        with self._lock:
            self._callers += 1
            for index, window in enumerate(windows):
                turn = _Turn(self._round + index, next(self._arrivals), index, job)
                heapq.heappush(self._waiting[padded_length(window)], turn)
            woken = min(self._idle, len(windows))
            self._idle -= woken
        for _ in range(woken):
            self._threads.submit(self._run_what_waits)
        return job.future

    def _run_what_waits(self) -> None:
        while batch := self._next_batch():
            outputs = self._outputs([turn.window for turn in batch])
            for turn, output in zip(batch, outputs, strict=True):
                turn.job.deliver(turn.index, output)

    def _next_batch(self) -> list[_Turn]:
        """The next windows to run together; where there are none, the thread's work ends."""
        with self._lock:
            waiting = {
                length: queue for length, queue in self._waiting.items() if self._next(queue)
            }
            if not waiting:
                self._idle += 1
                return []
            length = min(waiting, key=lambda length: waiting[length][0])
            rows = max(1, self._budget(waiting) // length)
            callers = self._callers
            batch: list[_Turn] = []
            while len(batch) < rows and self._next(waiting[length]):
                batch.append(self._take(waiting[length]))
            self._round += len(batch) / callers
        return batch

    def _budget(self, waiting: Mapping[int, Sequence[_Turn]]) -> int:
        """Tokens of a batch, so that every stream gets its share of what waits."""
        tokens = sum(length * len(queue) for length, queue in waiting.items())
        return min(max(tokens // self._engine.streams, FEWEST_TOKENS), MOST_TOKENS)

    def _next(self, queue: list[_Turn]) -> bool:
        """Whether a window waits in a queue; those that nobody waits for any more are dropped."""
        while queue and queue[0].job.future.cancelled():
            self._take(queue)
        return bool(queue)

    def _take(self, queue: list[_Turn]) -> _Turn:
        turn = heapq.heappop(queue)
        turn.job.waiting -= 1
        self._callers -= not turn.job.waiting
        return turn

    def _outputs(self, windows: Sequence[Ids]) -> list[Output]:
        try:
            logits = self._engine.infer(*make_batch(windows))
        except Exception as error:  # the errors of engines have no class in common
            if len(windows) > 1:
                half = len(windows) // 2
                return self._outputs(windows[:half]) + self._outputs(windows[half:])
            # Not its message, which may hold text.
            place = "".join(traceback.format_tb(error.__traceback__))
            name = type(error).__name__
            _logger.error("%s in a window of %d tokens\n%s", name, len(windows[0]), place)
            return [EngineError(f"the engine failed: {name}")]
        return [row[: len(window)] for row, window in zip(logits, windows, strict=True)]


class _Job:
    """The windows of one caller, and their outputs as they come.

    ``waiting`` counts those that are in a queue.
    """

    def __init__(self, windows: Sequence[Ids]) -> None:
        self.windows = windows
        self.waiting = len(windows)
        self.future: Future[list[Output]] = Future()
        self._outputs: dict[int, Output] = {}
        self._lock = Lock()

    def deliver(self, index: int, output: Output) -> None:
        """Take the output of a window; the last one answers the caller."""
        with self._lock:
            self._outputs[index] = output
            missing = len(self.windows) - len(self._outputs)
        if not missing and self.future.set_running_or_notify_cancel():
            self.future.set_result([self._outputs[index] for index in range(len(self.windows))])


@dataclass(order=True, frozen=True, slots=True)
class _Turn:
    """A window's place in the queue: its round, then the order of arrival."""

    round: float
    arrival: int
    index: int
    job: _Job = field(compare=False)

    @property
    def window(self) -> Ids:
        """The window's input ids ``[tokens]``."""
        return self.job.windows[self.index]
