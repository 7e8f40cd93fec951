"""A job from its first chunk to its last, or to whatever comes between."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from types import FrameType

from framelens.model import FramelensError
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.rows import Chunk
from framelens.serve.bulk.sinks import Sink
from framelens.serve.bulk.tally import Tally

__all__ = ["EncodeChunks", "TooManyErrorsError", "interruptible", "run"]

EncodeChunks = Callable[[Iterator[Chunk]], Generator[EncodedChunk]]
"""Scores chunks and gives them back in order, whatever engine does it."""


class TooManyErrorsError(FramelensError):
    """More rows have failed than a job allows."""


def run(
    chunks: Iterable[Chunk],
    encode: EncodeChunks,
    sink: Sink,
    most_errors: int | None = None,
    watch: Callable[[Tally], None] = lambda _: None,
) -> None:
    """Score what a sink does not have yet.

    Args:
        chunks: of the whole input.
        encode: scores them.
        sink: takes them; it is complete and closed in the end, or closed, to go on later.
        most_errors: how many rows may fail; None for any number.
        watch: is shown the counts after each chunk.

    Raises:
        TooManyErrorsError: more have failed.
        BulkError: what an earlier run has scored is no longer in the input.
    """
    with closing(sink), closing(encode(sink.left(chunks))) as scored:
        _check(sink.tally, most_errors)
        watch(sink.tally)
        for chunk in scored:
            sink.append(chunk)
            watch(sink.tally)
            _check(sink.tally, most_errors)
        sink.complete()


def _check(tally: Tally, most_errors: int | None) -> None:
    if most_errors is not None and tally.failed > most_errors:
        counts = f"{tally.failed:,} of {tally.rows:,} rows have no result"
        raise TooManyErrorsError(f"{counts}, more than --max-errors {most_errors}")


@contextmanager
def interruptible() -> Iterator[None]:
    """Let the signals that ask a process to end raise KeyboardInterrupt, the first time.

    The second time they end it as it is.
    """
    asking = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP"):
        asking.append(signal.SIGHUP)
    if threading.current_thread() is not threading.main_thread():
        asking = []  # Only the main thread gets them.
    before = {number: signal.getsignal(number) for number in asking}

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in asking:
            signal.signal(each, signal.SIG_DFL)
        raise KeyboardInterrupt

    for number, handler in before.items():
        if handler != signal.SIG_IGN:  # As under nohup.
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
