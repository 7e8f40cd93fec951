"""Engines: which one is taken, what it refuses, and the batches it is fed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framelens.model import ENGINES, EngineError, engines
from framelens.model.engines import load_engine
from framelens.model.engines.base import BATCH_TOKENS, Batch, Logits, run_windows


class EchoEngine:
    """Gives back ids and mask as logits, and remembers the batches."""

    name = "echo"
    precision = "f32"

    def __init__(self) -> None:
        self.batches: list[Batch] = []

    def run(self, batches: Iterable[Batch]) -> Iterator[Logits]:
        """Echo each batch as ``[windows, tokens, 2]``."""
        for ids, mask in batches:
            self.batches.append((ids, mask))
            yield np.stack([ids, mask], axis=-1).astype(np.float32)


@given(st.lists(st.integers(1, 300) | st.integers(1, 5_000), max_size=40))
def test_windows_come_back_in_order_at_their_own_length(lengths: list[int]):
    windows = [np.arange(1, length + 1) + number for number, length in enumerate(lengths)]
    for window, logits in zip(windows, run_windows(EchoEngine(), windows), strict=True):
        np.testing.assert_array_equal(logits[:, 0], window)
        np.testing.assert_array_equal(logits[:, 1], np.ones(len(window)))


@given(st.lists(st.integers(1, 300) | st.integers(1, 5_000), max_size=40))
def test_batches_keep_to_the_token_budget_unless_a_window_alone_is_above(lengths: list[int]):
    engine = EchoEngine()
    run_windows(engine, [np.ones(length, dtype=np.int64) for length in lengths])
    for ids, mask in engine.batches:
        assert ids.size <= BATCH_TOKENS or len(ids) == 1
        assert ids.shape == mask.shape
        assert ids.dtype == mask.dtype == np.int64
        np.testing.assert_array_equal(ids, mask)
    rows = sorted(int(row.sum()) for _, mask in engine.batches for row in mask)
    assert rows == sorted(lengths)


def test_many_lengths_make_few_shapes():
    engine = EchoEngine()
    run_windows(engine, [np.ones(length, dtype=np.int64) for length in range(1, 129)])
    assert {ids.shape[1] for ids, _ in engine.batches} <= {32, 64, 96, 128}
    assert len(engine.batches) <= 4


@pytest.mark.parametrize("name", ["", "tensorflow", "OpenVINO", "os", "../base"])
def test_an_unknown_engine_is_refused_with_those_there_are(shipped: Path, name: str):
    with pytest.raises(EngineError) as caught:
        load_engine(shipped, name)
    assert str(caught.value) == (
        f"unknown engine {name!r}: use 'openvino', 'onnxruntime', 'torch' or 'auto'"
    )


@pytest.mark.parametrize("name", [*ENGINES, "auto"])
def test_an_unknown_precision_is_refused_by_every_engine(shipped: Path, name: str):
    with pytest.raises(EngineError) as caught:
        load_engine(shipped, name, "f16")
    assert str(caught.value) == "unknown precision 'f16': use 'auto', 'f32' or 'bf16'"


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_that_is_not_installed_is_named(
    shipped: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(EngineError) as caught:
        load_engine(shipped, name)
    assert str(caught.value) == f"engine {name!r} is not installed: pip install {name}"


def test_an_engine_that_cannot_be_imported_says_why(shipped: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(sys.modules, "framelens.model.engines.torch", raising=False)
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(EngineError) as caught:
        load_engine(shipped, "torch")
    assert str(caught.value).startswith("engine 'torch' cannot be imported: ")


def test_auto_takes_the_first_engine_that_is_installed(
    shipped: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engines, "_has_gpu", lambda: False)
    assert load_engine(shipped).name == "openvino"
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert load_engine(shipped).name == "onnxruntime"
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert load_engine(shipped).name == "torch"
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(EngineError, match="no engine is installed: pip install openvino or"):
        load_engine(shipped)


def test_auto_takes_torch_where_there_is_a_gpu(shipped: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engines, "_has_gpu", lambda: True)
    assert load_engine(shipped).name == "torch"


@pytest.mark.parametrize("missing", ["torch", "transformers"])
def test_auto_leaves_a_gpu_alone_when_torch_cannot_use_it(
    shipped: Path, monkeypatch: pytest.MonkeyPatch, missing: str
):
    monkeypatch.setattr(engines, "_has_gpu", lambda: True)
    monkeypatch.setitem(sys.modules, missing, None)
    assert load_engine(shipped).name == "openvino"


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_computes_in_the_precision_asked_for(shipped: Path, name: str):
    assert load_engine(shipped, name, "f32").precision == "f32"
    assert load_engine(shipped, name).precision in ("f32", "bf16")


def test_onnxruntime_refuses_bf16(shipped: Path):
    with pytest.raises(EngineError) as caught:
        load_engine(shipped, "onnxruntime", "bf16")
    assert str(caught.value) == (
        "engine 'onnxruntime' computes in 'f32' only; for 'bf16' use 'openvino'"
    )


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("content", [b"rubbish", b""])
def test_an_unreadable_network_is_one_line_that_names_the_file(
    tmp_path: Path, shipped: Path, name: str, content: bytes
):
    (tmp_path / "config.json").write_bytes((shipped / "config.json").read_bytes())
    for file in ("model.onnx", "model.safetensors"):
        (tmp_path / file).write_bytes(content)
    with pytest.raises(EngineError) as caught:
        load_engine(tmp_path, name, "f32")
    assert str(caught.value).startswith(str(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_answers_each_batch_in_order(shipped: Path, name: str):
    engine = load_engine(shipped, name, "f32")
    batches = [
        (np.full((rows, tokens), 7 + tokens), np.ones((rows, tokens), dtype=np.int64))
        for rows, tokens in [(1, 4), (3, 32), (2, 8), (1, 1), (5, 16)]
    ]
    together = list(engine.run(iter(batches)))
    assert [logits.shape[:2] for logits in together] == [ids.shape for ids, _ in batches]
    for batch, logits in zip(batches, together, strict=True):
        (alone,) = engine.run([batch])
        np.testing.assert_allclose(logits, alone, atol=1e-4)
    assert list(engine.run([])) == []


@pytest.mark.parametrize("name", ENGINES)
def test_padding_changes_no_logit(shipped: Path, name: str):
    engine = load_engine(shipped, name, "f32")
    ids = np.array([[101, 2027, 2180, 1012, 102]])
    padded = np.pad(ids, ((0, 0), (0, 27)))
    (short,) = engine.run([(ids, np.ones_like(ids))])
    (long,) = engine.run([(padded, (padded > 0).astype(np.int64))])
    np.testing.assert_allclose(long[:, :5], short, atol=1e-4)
