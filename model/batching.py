"""Batches: windows of all callers go through the engine together."""

from __future__ import annotations

import heapq
import logging
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from time import monotonic
from typing import NamedTuple, cast

from framelens.model.engines.base import (
    MOST_TOKENS,
    Engine,
    Ids,
    Logits,
    make_batch,
    padded_length,
)
from framelens.model.errors import EngineError, InputError, OverloadError
from framelens.model.load import Drain, Load, Room, retry_seconds

__all__ = ["Batcher", "Output", "Pending"]

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

    Engines round differently in batches of other shapes, by millionths. A caller whose outputs
    must be the same to the last bit submits its windows ``apart``: their batches follow from
    them alone.

    Callers take turns window by window, as in fair queueing (Demers, Keshav and Shenker 1989,
    https://doi.org/10.1145/75247.75248): a text of one window does not wait for the end of a
    book, and the book goes on however many texts come.

    Args:
        engine: what runs the batches.

    ``on_batch``, where somebody sets it, is called with the tokens of every batch, padding
    included, by the thread that has run it.
    """

    def __init__(self, engine: Engine) -> None:
        self.on_batch: Callable[[int], None] | None = None
        self._engine = engine
        # Its threads end when nobody holds the batcher any more.
        self._threads = ThreadPoolExecutor(engine.streams, "framelens-engine")
        self._lock = Lock()
        self._drain = Drain(engine.streams)
        self._idle = engine.streams
        self._round = 0.0
        self._arrivals = count()
        self._waiting: dict[_Queue, list[_Turn]] = defaultdict(list)
        self._apart = count(1)
        self._callers: set[Pending] = set()
        self._tokens = 0
        self._dropped = 0

    def submit(
        self, windows: Sequence[Ids], room: Room | None = None, *, apart: bool = False
    ) -> Pending:
        """Queue the windows of a caller, input ids ``[tokens]`` each.

        Args:
            windows: what to run.
            room: what the caller accepts of the queue; None accepts any.
            apart: make batches of these windows alone, and the same ones whatever else waits.

        Returns:
            A future of their outputs, in order. Cancelling it drops the windows that wait.

        Raises:
            OverloadError: there is no such room now, and nothing is queued.
            InputError: there never is so much room.
        """
        pending = Pending(windows, apart)
        if not windows:
            pending.set_result([])
            return pending
        with self._lock:
            if room is not None:
                self._check(pending, room)
            self._callers.add(pending)
            self._tokens += pending.tokens
            for index, queue in enumerate(self._queues(pending)):
                turn = _Turn(self._round + index, next(self._arrivals), index, pending)
                heapq.heappush(self._waiting[queue], turn)
            woken = min(self._idle, len(windows))
            self._idle -= woken
        pending.add_done_callback(self._drop_cancelled)
        for _ in range(woken):
            self._threads.submit(self._run_what_waits)
        return pending

    @property
    def batches(self) -> int:
        """How many batches have been read since the beginning."""
        return self._drain.batches

    def load(self) -> Load:
        """How much waits, and how fast it is read."""
        with self._lock:
            drain = self._drain
            return Load(self._tokens, drain.rate(), drain.batch_seconds(), drain.batches)

    def _check(self, pending: Pending, room: Room) -> None:
        if pending.tokens > room.tokens:
            raise InputError(f"{pending.tokens} tokens; at most {room.tokens} may wait")
        rate = self._drain.rate()
        if (excess := self._tokens + pending.tokens - room.tokens) > 0:
            message = f"{self._tokens} tokens wait already; at most {room.tokens} may"
            raise OverloadError(message, retry_seconds(excess, rate))
        # Alone it is let in whatever it takes: it would not be faster later.
        if not self._callers or not rate:
            return
        tokens = self._tokens_until_the_end(pending)
        if (excess_seconds := tokens / rate - room.seconds) > 0:
            message = f"the answer would take longer than {room.seconds:.3g} seconds"
            raise OverloadError(message, retry_seconds(excess_seconds * rate, rate))

    def _tokens_until_the_end(self, pending: Pending) -> float:
        """What is read before a caller has its answer: of others as many windows as it has."""
        waiting = [each.waiting for each in self._callers]
        ahead = sum(min(windows, len(pending.windows)) for windows in waiting)
        return pending.tokens + ahead * self._tokens / sum(waiting)

    def _queues(self, pending: Pending) -> Iterator[_Queue]:
        """Where each window of a caller waits: of those apart, a batch of its own fills first."""
        last: dict[int, _Queue] = {}
        windows: Counter[_Queue] = Counter()
        for length in map(padded_length, pending.windows):
            queue = last.setdefault(length, _Queue(length, 0))
            if pending.apart and windows[queue] % max(1, MOST_TOKENS // length) == 0:
                queue = last[length] = _Queue(length, next(self._apart))
            windows[queue] += 1
            yield queue

    def _run_what_waits(self) -> None:
        while batch := self._next_batch():
            apart = batch[0].pending.apart
            outputs = self._outputs([turn.window for turn in batch], apart)
            tokens = sum(padded_length(turn.window) for turn in batch)
            with self._lock:
                self._drain.end(tokens)
            for turn, output in zip(batch, outputs, strict=True):
                turn.pending.deliver(turn.index, output)
            # Once, since another thread may take it away.
            if on_batch := self.on_batch:
                on_batch(tokens)

    def _next_batch(self) -> list[_Turn]:
        """The next windows to run together; where there are none, the thread's work ends."""
        with self._lock:
            for queue in [queue for queue in self._waiting if not self._next(queue)]:
                del self._waiting[queue]
            if not self._waiting:
                self._idle += 1
                return []
            queue = min(self._waiting, key=lambda queue: self._waiting[queue][0])
            rows = max(1, self._budget() // queue.length)
            callers = len(self._callers)
            batch: list[_Turn] = []
            while (queue.apart or len(batch) < rows) and self._next(queue):
                batch.append(self._take(queue))
            self._round += len(batch) / callers
            self._drain.begin()
        return batch

    def _budget(self) -> int:
        """Tokens of a batch, so that every stream gets its share of what waits."""
        tokens = sum(queue.length * len(turns) for queue, turns in self._waiting.items())
        return min(max(tokens // self._engine.streams, FEWEST_TOKENS), MOST_TOKENS)

    def _next(self, queue: _Queue) -> bool:
        """Whether a window waits in a queue; those that nobody waits for any more are dropped."""
        turns = self._waiting[queue]
        while turns and turns[0].pending not in self._callers:
            heapq.heappop(turns)
            self._dropped -= 1
        return bool(turns)

    def _take(self, queue: _Queue) -> _Turn:
        turn = heapq.heappop(self._waiting[queue])
        pending = turn.pending
        pending.begin()
        pending.waiting -= 1
        pending.tokens -= queue.length
        self._tokens -= queue.length
        if not pending.waiting:
            self._callers.remove(pending)
        return turn

    def _drop_cancelled(self, future: Future[list[Output]]) -> None:
        """Forget the windows of a caller that is gone."""
        pending = cast(Pending, future)
        with self._lock:
            if not pending.cancelled() or pending not in self._callers:
                return
            self._callers.remove(pending)
            self._tokens -= pending.tokens
            self._dropped += pending.waiting
            # An engine that is stuck takes nothing: what is dropped must not pile up either.
            if 2 * self._dropped > sum(map(len, self._waiting.values())):
                for turns in self._waiting.values():
                    turns[:] = [turn for turn in turns if turn.pending in self._callers]
                    heapq.heapify(turns)
                self._dropped = 0

    def _outputs(self, windows: Sequence[Ids], apart: bool) -> list[Output]:
        infer = self._engine.infer_apart if apart else self._engine.infer
        try:
            logits = infer(*make_batch(windows))
        except Exception as error:  # the errors of engines have no class in common
            if len(windows) > 1:
                half = len(windows) // 2
                return self._outputs(windows[:half], apart) + self._outputs(windows[half:], apart)
            # Not its message, which may hold text.
            place = "".join(traceback.format_tb(error.__traceback__))
            name = type(error).__name__
            _logger.error("%s in a window of %d tokens\n%s", name, len(windows[0]), place)
            return [EngineError(f"the engine failed: {name}")]
        return [row[: len(window)] for row, window in zip(logits, windows, strict=True)]


class Pending(Future[list[Output]]):
    """The windows of one caller, and their outputs when all are there.

    Those ``apart`` share batches with no other caller's. ``waiting`` windows with ``tokens``,
    padding included, are in the queue. ``queued``, ``begun`` and ``ended`` are the times
    (:func:`time.monotonic`) at which its windows were queued, the first went into the engine and
    the last came out, as far as they have.
    """

    def __init__(self, windows: Sequence[Ids], apart: bool = False) -> None:
        super().__init__()
        self.windows = windows
        self.apart = apart
        self.waiting = len(windows)
        self.tokens = sum(map(padded_length, windows))
        self.queued = self.begun = self.ended = monotonic()
        self._outputs: dict[int, Output] = {}
        self._delivery = Lock()

    def begin(self) -> None:
        """A window goes into the engine."""
        if self.waiting == len(self.windows):
            self.begun = self.ended = monotonic()

    def deliver(self, index: int, output: Output) -> None:
        """Take the output of a window; the last one answers the caller."""
        with self._delivery:
            self._outputs[index] = output
            missing = len(self.windows) - len(self._outputs)
        if not missing and self.set_running_or_notify_cancel():
            self.ended = monotonic()
            self.set_result([self._outputs[index] for index in range(len(self.windows))])


class _Queue(NamedTuple):
    """Windows that may share a batch: of one padded length, and of one batch where it is apart."""

    length: int
    apart: int
    """The number of the batch, 0 for windows of all callers."""


@dataclass(order=True, frozen=True, slots=True)
class _Turn:
    """A window's place in the queue: its round, then the order of arrival."""

    round: float
    arrival: int
    index: int
    pending: Pending = field(compare=False)

    @property
    def window(self) -> Ids:
        """The window's input ids ``[tokens]``."""
        return self.pending.windows[self.index]
