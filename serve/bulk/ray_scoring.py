"""The same chunks, scored by actors over Ray Data."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Generator, Iterable
from contextlib import closing
from time import monotonic, sleep
from typing import TYPE_CHECKING

from framelens.model import EngineError
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.ray_cluster import Pool, last_line
from framelens.serve.bulk.rows import Chunk

if TYPE_CHECKING:
    from ray.util.queue import Queue

    from framelens.serve.bulk.ray_dataset import Answer, MakeWorker

__all__ = ["encode_chunks"]

CHUNKS_PER_ACTOR = 6
"""Two are under way, two are there for when these are done, and two wait for their turn."""

MOST_FAILURES = 4
"""So many in a row without a result between them, and it is given up."""

PAUSE_SECONDS = 2.0

_logger = logging.getLogger(__name__)


def encode_chunks(
    chunks: Iterable[Chunk], make_worker: MakeWorker, pool: Pool, identity: str | None = None
) -> Generator[EncodedChunk]:
    """Score chunks on a cluster's actors, in the order given.

    This process reads the chunks, a few at a time for every actor, and gets the results. Where a
    node or an actor is lost, what it had is scored again by those that are left: Ray Data would
    wait for it to come back, for ever if there is no room for it
    (https://github.com/ray-project/ray/issues/26991).

    Args:
        chunks: what to score.
        make_worker: makes what each actor has.
        pool: the actors of a cluster that is connected.
        identity: of all workers; None stands for that of the first.

    Raises:
        EngineError: no actor could be started, workers differ, or chunks have failed several
            times in a row.
    """
    from ray.data.exceptions import ExecutionTimeoutError
    from ray.exceptions import RayError

    window = _Window(chunks, CHUNKS_PER_ACTOR * pool.most, identity)
    failures = 0
    while True:
        before = window.answered
        window.slowest_read = 0.0
        try:
            with closing(_score(window, make_worker, pool)) as encoded:
                yield from encoded
            return
        except ExecutionTimeoutError as error:
            if not window.waiting or window.slowest_read >= pool.patience / 2:
                continue  # Nothing has come in for so long.
            raise EngineError(pool.no_room) from error
        except (RayError, _OutOfOrderError) as error:
            failures = 1 if window.answered > before else failures + 1
            if failures == MOST_FAILURES:
                place = f"failed {failures} times in a row at {window.place} or after it"
                raise EngineError(f"Ray: {place}: {last_line(error)}") from error
            _logger.warning("Ray: %s; what is lost is scored again", last_line(error))
            # A node that is gone is known to be some seconds later.
            sleep(PAUSE_SECONDS * failures)


def _score(window: _Window, make_worker: MakeWorker, pool: Pool) -> Generator[EncodedChunk]:
    """Score what waits and what follows, until something fails."""
    from framelens.serve.bulk.ray_dataset import answers, new_queue, pickled

    queue = new_queue()
    try:
        queue.put_nowait_batch([pickled(chunk) for chunk in window.waiting])
        window.fill(queue)
        for answer in answers(queue, make_worker, pool):
            yield window.take(answer)
            window.fill(queue)
    finally:
        queue.shutdown(force=True)


class _OutOfOrderError(Exception):
    """A chunk has come instead of another: the queue was read twice."""


class _Window:
    """The chunks that are read and not answered yet: what is to be scored again after a failure.

    ``slowest_read`` is the time in seconds that the slowest chunk took to come in.
    """

    def __init__(self, chunks: Iterable[Chunk], most: int, identity: str | None) -> None:
        self.waiting: deque[Chunk] = deque()
        self.answered = 0
        self.slowest_read = 0.0
        self._chunks = iter(chunks)
        self._most = most
        self._identity = identity

    @property
    def place(self) -> str:
        """Where the first of them begins."""
        rows = self.waiting[0].rows if self.waiting else ()
        return f"{rows[0].source}:{rows[0].number}" if rows else "the end"

    def fill(self, queue: Queue) -> None:
        """Read what there is room for into a queue, and None after the last chunk."""
        from framelens.serve.bulk.ray_dataset import pickled

        while len(self.waiting) < self._most:
            begun = monotonic()
            chunk = next(self._chunks, None)
            self.slowest_read = max(self.slowest_read, monotonic() - begun)
            if chunk is None:
                queue.put(None)
                return
            self.waiting.append(chunk)
            queue.put(pickled(chunk))

    def take(self, answer: Answer) -> EncodedChunk:
        """The result of the first of them.

        Raises:
            EngineError: the actor has no model, or another one than the others.
        """
        if answer.encoded is None:
            raise EngineError(f"Ray: {answer.fault}")
        if self._identity not in (None, answer.identity):
            differ = f"{self._identity} and {answer.identity}"
            advice = "give all nodes the same installation, and name --precision"
            raise EngineError(f"Ray: nodes differ: {differ}; {advice}")
        if answer.encoded.number != self.waiting[0].number:
            raise _OutOfOrderError(f"{answer.encoded.number}, not {self.waiting[0].number}")
        self._identity = answer.identity
        self.waiting.popleft()
        self.answered += 1
        return answer.encoded
