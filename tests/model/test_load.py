"""The queue has bounds: who would exceed them is told when to come back."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from framelens.model import OverloadError, Room
from framelens.model.batching import Batcher
from framelens.model.engines.base import Ids, Logits
from framelens.model.load import Drain, retry_seconds

LENGTH = 32


class GatedEngine:
    """Waits with every batch until its gate is open."""

    name = "gated"
    precision = "f32"
    streams = 1

    def __init__(self) -> None:
        self.started, self.gate = threading.Event(), threading.Event()
        self.rows = 0

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """Zeros, when the gate is open."""
        self.started.set()
        assert self.gate.wait(60)
        self.rows += len(ids)
        return np.zeros((*ids.shape, 2), dtype=np.float32)


@pytest.fixture
def engine() -> Iterator[GatedEngine]:
    engine = GatedEngine()
    yield engine
    engine.gate.set()


@pytest.fixture
def batcher(engine: GatedEngine) -> Batcher:
    """One with a window in the engine and none in the queue."""
    batcher = Batcher(engine)
    batcher.submit(windows(1))
    assert engine.started.wait(60)
    return batcher


def windows(number: int) -> list[Ids]:
    return [np.full(3, 7, dtype=np.int64)] * number


def test_nothing_is_queued_beyond_the_bound(batcher: Batcher, engine: GatedEngine):
    room = Room(10 * LENGTH)
    kept = [batcher.submit(windows(5), room) for _ in range(2)]
    assert batcher.load().tokens == 10 * LENGTH
    with pytest.raises(OverloadError, match="320 tokens wait already; at most 320 may"):
        batcher.submit(windows(1), room)
    assert batcher.load().tokens == 10 * LENGTH
    kept[0].cancel()
    assert batcher.load().tokens == 5 * LENGTH
    again = batcher.submit(windows(5), room)
    engine.gate.set()
    assert len(kept[1].result(60)) == len(again.result(10)) == 5
    assert engine.rows == 11
    assert batcher.load().tokens == 0


def test_what_is_dropped_does_not_pile_up_behind_a_stuck_engine(batcher: Batcher):
    first = batcher.submit(windows(3))
    for _ in range(1_000):
        batcher.submit(windows(5)).cancel()
    (queue,) = [queue for queue in batcher._waiting.values() if queue]
    assert len(queue) <= 2 * 3 + 5
    assert batcher.load().tokens == 3 * LENGTH
    assert not first.done()


def test_a_caller_knows_how_long_it_waited_and_was_read(batcher: Batcher, engine: GatedEngine):
    pending = batcher.submit(windows(1))
    time.sleep(0.05)
    engine.gate.set()
    pending.result(60)
    assert pending.begun - pending.queued >= 0.05
    assert pending.ended >= pending.begun
    load = batcher.load()
    assert load.batches == 2
    assert load.batch_seconds == 0
    assert load.tokens_per_second > 0


def test_every_batch_is_told(engine: GatedEngine):
    batcher, told = Batcher(engine), []
    batcher.on_batch = told.append
    engine.gate.set()
    batcher.submit(windows(3)).result(60)
    deadline = time.monotonic() + 60
    while sum(told) < 3 * LENGTH:
        assert time.monotonic() < deadline


def test_who_would_not_be_answered_in_time_is_refused(
    batcher: Batcher, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(batcher._drain, "rate", lambda: 32.0)
    room = Room(100_000, seconds=5)
    book = batcher.submit(windows(100), room)
    # In turns with the book and whoever follows.
    text = batcher.submit(windows(2), room)
    with pytest.raises(OverloadError, match="the answer would take longer than 5 seconds") as error:
        batcher.submit(windows(4), room)
    assert error.value.retry_seconds == 7, "4 own, and 4 of each of the others, less 5"
    book.cancel()
    assert batcher.submit(windows(2), room)
    text.cancel()


def test_the_rate_is_that_of_busy_time_and_falls_when_the_engine_is_stuck(
    monkeypatch: pytest.MonkeyPatch,
):
    now = 100.0
    monkeypatch.setattr("framelens.model.load.monotonic", lambda: now)
    drain = Drain(streams=2)
    assert drain.rate() == 0
    for _ in range(5):
        drain.begin()
        now += 0.5
        drain.end(100)
        now += 0.5
    assert drain.rate() == 2 * 100 / 0.5
    drain.begin()
    now += 0.5
    assert drain.rate() == 400
    now += 5
    assert drain.batch_seconds() == 5.5
    assert drain.rate() == 2 * 500 / (2.5 + 5)


@pytest.mark.parametrize(
    ("tokens", "rate", "seconds"),
    [(10, 0, 1), (10, 1_000, 1), (2_500, 1_000, 3), (1e9, 1_000, 60), (math.inf, 0, 1)],
)
def test_when_to_come_back(tokens: float, rate: float, seconds: int):
    assert retry_seconds(tokens, rate) == seconds
