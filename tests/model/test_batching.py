"""Batches: whole answers for everybody, in turns, and a fault stays with its window."""

from __future__ import annotations

import gc
import threading
import weakref
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framelens.model import EngineError
from framelens.model.batching import FEWEST_TOKENS, MOST_TOKENS, Batcher, Output
from framelens.model.engines import load_engine
from framelens.model.engines.base import Ids, Logits, make_batch, padded_length

POISON = 666


class EchoEngine:
    """Gives back ids and mask as logits, fails on poison, and remembers the batches."""

    name = "echo"
    precision = "f32"

    def __init__(self, streams: int = 2) -> None:
        self.streams = streams
        self.batches: list[Ids] = []

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """Echo a batch as ``[windows, tokens, 2]``."""
        self.batches.append(ids)
        if (ids == POISON).any():
            raise RuntimeError("poison")
        return np.stack([ids, mask], axis=-1).astype(np.float32)

    def infer_apart(self, ids: Ids, mask: Ids) -> Logits:
        """The same."""
        return self.infer(ids, mask)


class GatedEngine(EchoEngine):
    """Waits with every batch until it is let through."""

    def __init__(self) -> None:
        super().__init__(streams=1)
        self.started, self._gate = threading.Semaphore(0), threading.Semaphore(0)

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """Echo a batch when the gate opens."""
        self.started.release()
        assert self._gate.acquire(timeout=60)
        return super().infer(ids, mask)

    def let_through(self, batches: int = 1_000) -> None:
        """Open the gate for some batches."""
        self._gate.release(batches)


@pytest.fixture
def gated() -> Iterator[GatedEngine]:
    """An engine that is busy with a window of the value 1 until it is let through."""
    engine = GatedEngine()
    yield engine
    engine.let_through()


def busy(engine: GatedEngine) -> tuple[Batcher, Future[list[Output]]]:
    """A batcher whose engine has begun with a first window."""
    batcher = Batcher(engine)
    first = batcher.submit([window(1)])
    assert engine.started.acquire(timeout=60)
    return batcher, first


def window(value: int, length: int = 8) -> Ids:
    """A window of one id over and over."""
    return np.full(length, value, dtype=np.int64)


def order(engine: EchoEngine) -> list[int]:
    """The first ids of all windows, as the engine got them."""
    return [int(ids) for batch in engine.batches for ids in batch[:, 0]]


LENGTHS = st.lists(st.integers(1, 300) | st.integers(1, 5_000), max_size=40)


@given(LENGTHS, st.integers(1, 4))
def test_windows_come_back_in_order_at_their_own_length(lengths: list[int], streams: int):
    windows = [np.arange(1_000, 1_000 + length) + n for n, length in enumerate(lengths)]
    outputs = Batcher(EchoEngine(streams)).submit(windows).result(60)
    assert len(outputs) == len(windows)
    for given_window, output in zip(windows, outputs, strict=True):
        assert not isinstance(output, EngineError)
        np.testing.assert_array_equal(output[:, 0], given_window)
        np.testing.assert_array_equal(output[:, 1], np.ones(len(given_window)))


@given(LENGTHS)
def test_batches_keep_to_the_token_budget_unless_a_window_alone_is_above(lengths: list[int]):
    engine = EchoEngine()
    Batcher(engine).submit([window(7, length) for length in lengths]).result(60)
    for ids in engine.batches:
        assert ids.size <= MOST_TOKENS or len(ids) == 1
        # Nobody's padding depends on who else is there.
        assert {padded_length(row[row > 0]) for row in ids} == {ids.shape[1]}
    assert Counter(int((row > 0).sum()) for ids in engine.batches for row in ids) == Counter(
        lengths
    )


def test_what_waits_is_divided_among_the_streams():
    engine = EchoEngine(streams=2)
    Batcher(engine).submit([window(7, 128)] * 16).result(60)
    assert max(len(ids) for ids in engine.batches) <= 16 // 2
    few = EchoEngine(streams=2)
    Batcher(few).submit([window(7, 128)] * 2).result(60)
    assert FEWEST_TOKENS >= 2 * 128
    assert [len(ids) for ids in few.batches] == [2]


def test_a_batch_is_formed_while_the_engine_is_busy(gated: GatedEngine):
    batcher, _ = busy(gated)
    answers = [batcher.submit([window(value)]) for value in (2, 3, 4)]
    gated.let_through()
    for value, answer in zip((2, 3, 4), answers, strict=True):
        (output,) = answer.result(60)
        assert not isinstance(output, EngineError)
        assert output[0, 0] == value
    assert [len(ids) for ids in gated.batches] == [1, 3]


def test_a_short_text_does_not_wait_for_the_end_of_a_book(gated: GatedEngine):
    batcher, _ = busy(gated)
    book = batcher.submit([window(2, 4_000)] * 20)
    gated.let_through(2)
    for _ in range(2):
        assert gated.started.acquire(timeout=60)
    text = batcher.submit([window(3)])
    gated.let_through()
    book.result(60)
    text.result(60)
    assert order(gated).index(3) <= 5


def test_a_book_goes_on_however_many_texts_come(gated: GatedEngine):
    batcher, _ = busy(gated)
    book = batcher.submit([window(2, 4_000)] * 3)
    texts = []
    for _ in range(30):
        # Another text of another length comes during every batch.
        texts.append(batcher.submit([window(3, 2_100)]))
        gated.let_through(1)
        assert gated.started.acquire(timeout=60)
        if book.done():
            break
    assert book.done()
    gated.let_through()
    for text in texts:
        text.result(60)


def test_windows_of_a_cancelled_caller_are_not_run(gated: GatedEngine):
    batcher, first = busy(gated)
    gone = batcher.submit([window(2), window(2, 40)])
    stays = batcher.submit([window(3)])
    assert gone.cancel()
    gated.let_through()
    assert first.result(60)
    assert stays.result(60)
    assert order(gated) == [1, 3]
    with pytest.raises(CancelledError):
        gone.result(60)
    assert batcher.submit([window(4)]).result(60)


def test_a_caller_that_goes_while_its_window_runs_harms_nobody(gated: GatedEngine):
    batcher, first = busy(gated)
    assert first.cancel()
    gated.let_through()
    assert batcher.submit([window(3)]).result(60)


def test_a_window_that_the_engine_fails_on_fails_alone(
    gated: GatedEngine, caplog: pytest.LogCaptureFixture
):
    batcher, _ = busy(gated)
    callers = [batcher.submit([window(2), window(value), window(4)]) for value in (3, POISON, 5)]
    gated.let_through()
    for value, caller in zip((3, POISON, 5), callers, strict=True):
        outputs = caller.result(60)
        failed = [isinstance(output, EngineError) for output in outputs]
        assert failed == [False, value == POISON, False]
    assert str(callers[1].result()[1]) == "the engine failed: RuntimeError"
    (message,) = caplog.messages
    assert message.startswith("RuntimeError in a window of 8 tokens")
    assert "poison" not in message.splitlines()[0]


def test_no_window_is_an_answer_at_once():
    assert Batcher(EchoEngine()).submit([]).result(0) == []


def test_threads_end_with_their_batcher():
    others = set(threading.enumerate())
    batcher = Batcher(EchoEngine())
    batcher.submit([window(2)]).result(60)
    threads = set(threading.enumerate()) - others
    assert threads
    reference = weakref.ref(batcher)
    del batcher
    gc.collect()
    assert reference() is None
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_what_shares_a_batch_changes_nothing(shipped: Path, precision: str):
    engine = load_engine(shipped, "openvino", precision)
    generator = np.random.default_rng(3)
    windows = [
        generator.integers(1_000, 20_000, size=length)
        for length in generator.integers(3, 128, size=60)
    ]
    together = Batcher(engine).submit(windows).result(60)
    for ids, output in zip(windows, together, strict=True):
        assert not isinstance(output, EngineError)
        (alone,) = engine.infer(*make_batch([ids]))
        np.testing.assert_allclose(output, alone[: len(ids)], atol=1e-5)


@given(LENGTHS, st.lists(st.integers(1, 300), max_size=20))
def test_batches_apart_are_the_same_whatever_else_waits(lengths: list[int], others: list[int]):
    windows = [np.full(length, 1_000 + n) for n, length in enumerate(lengths)]

    def batches(others: list[int]) -> list[bytes]:
        engine = GatedEngine()
        batcher, first = busy(engine)
        before = batcher.submit([window(2, length) for length in others])
        apart = batcher.submit(windows, apart=True)
        after = batcher.submit([window(3, length) for length in others], apart=True)
        engine.let_through()
        for pending in (first, before, after):
            assert len(pending.result(60)) == len(pending.windows)
        for given_window, output in zip(windows, apart.result(60), strict=True):
            np.testing.assert_array_equal(np.asarray(output)[:, 0], given_window)
        found = [ids for ids in engine.batches if (ids >= 1_000).any()]
        for ids in found:
            assert ids.size <= MOST_TOKENS or len(ids) == 1
            assert (ids[:, 0] >= 1_000).all()
        return sorted(ids.tobytes() for ids in found)

    assert batches(others) == batches([])


def test_callers_apart_come_one_after_the_other_and_texts_between_them(gated: GatedEngine):
    batcher, _ = busy(gated)
    chunks = [batcher.submit([window(value, 2_000)] * 4, apart=True) for value in (2, 3)]
    gated.let_through(2)
    for _ in range(2):
        assert gated.started.acquire(timeout=60)
    text = batcher.submit([window(4)])
    gated.let_through()
    for pending in (*chunks, text):
        pending.result(60)
    turns = order(gated)
    assert [value for value in turns if value != 4] == [1, *[2] * 4, *[3] * 4]
    assert turns.index(4) <= 4


def test_a_caller_apart_may_go_and_its_fault_is_its_own(gated: GatedEngine):
    batcher, _ = busy(gated)
    gone = batcher.submit([window(2)] * 3, apart=True)
    faulty = batcher.submit([window(3), window(POISON), window(4)], apart=True)
    assert gone.cancel()
    gated.let_through()
    failed = [isinstance(output, EngineError) for output in faulty.result(60)]
    assert failed == [False, True, False]
    assert 2 not in order(gated)


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_logits_apart_are_the_same_to_the_last_bit(shipped: Path, precision: str):
    generator = np.random.default_rng(3)

    def drawn(windows: int) -> list[Ids]:
        lengths = generator.integers(3, 128, size=windows)
        return [generator.integers(1_000, 20_000, size=length) for length in lengths]

    windows = drawn(61)
    alone = Batcher(load_engine(shipped, "openvino", precision)).submit(windows, apart=True)
    crowded = Batcher(load_engine(shipped, "openvino", precision))
    others = [crowded.submit(drawn(7), apart=apart) for apart in (False, True, False)]
    among = crowded.submit(windows, apart=True)
    others += [crowded.submit(drawn(1)) for _ in range(9)]
    for one, other in zip(alone.result(60), among.result(60), strict=True):
        np.testing.assert_array_equal(one, other)
    for pending in others:
        pending.result(60)
