"""Engines: which one is taken, what it refuses, and the batches it is fed."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import openvino
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framelens.model import ENGINES, EngineError, engines
from framelens.model.engines import load_engine
from framelens.model.engines.base import make_batch, padded_length


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
def test_an_engine_answers_from_any_thread(shipped: Path, name: str):
    engine = load_engine(shipped, name, "f32")
    batches = [
        (np.full((rows, tokens), 7 + tokens), np.ones((rows, tokens), dtype=np.int64))
        for rows, tokens in [(1, 4), (3, 32), (2, 8), (1, 1), (5, 16)]
    ]
    alone = [engine.infer(ids, mask) for ids, mask in batches]
    assert [logits.shape[:2] for logits in alone] == [ids.shape for ids, _ in batches]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda batch: engine.infer(*batch), batches * 4))
    for logits, expected in zip(together, alone * 4, strict=True):
        np.testing.assert_allclose(logits, expected, atol=1e-5)


FIRST_CALLS = """
import sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from framelens.model.engines import load_engine
engine = load_engine(sys.argv[1], "openvino")
ids = np.ones((1, 32), dtype=np.int64)
sys.setswitchinterval(1e-6)
with ThreadPoolExecutor(2) as threads:
    list(threads.map(engine.infer, [ids, ids], [ids, ids]))
"""


def test_first_calls_from_two_threads_do_not_wait_for_each_other(shipped: Path):
    # Without the engine's own first call, a quarter of such processes never end.
    for _ in range(4):
        subprocess.run([sys.executable, "-c", FIRST_CALLS, shipped], check=True, timeout=60)


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_openvino_reads_a_text_alone_as_beside_others_and_as_the_plain_network(
    shipped: Path, precision: str
):
    batches = [
        make_batch([np.arange(1_000, 1_000 + length)] * rows)
        for rows, length in [(1, 5), (1, 40), (2, 128), (3, 128)]
    ]
    settings = {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": 1}
    core = openvino.Core()
    plain = core.compile_model(core.read_model((shipped / "model.onnx").resolve()), "CPU", settings)
    engine = load_engine(shipped, "openvino", precision)
    alone = [engine.infer(*batch) for batch in batches]
    # As if another batch were being read.
    engine._side_by_side.pop()
    beside = [engine.infer(*batch) for batch in batches]
    for batch, *logits in zip(batches, alone, beside, strict=True):
        expected = plain(dict(zip(("input_ids", "attention_mask"), batch, strict=True)))["logits"]
        for each in logits:
            np.testing.assert_allclose(each, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_fewer_threads_change_no_bit(shipped: Path, name: str):
    engine, small = load_engine(shipped, name, "f32"), load_engine(shipped, name, "f32", 1)
    for rows, length in [(1, 5), (3, 40), (8, 128), (2, 500)]:
        batch = make_batch([np.arange(1_000, 1_000 + length)] * rows)
        np.testing.assert_array_equal(engine.infer(*batch), small.infer(*batch))


@pytest.mark.parametrize("name", ENGINES)
def test_padding_changes_no_logit(shipped: Path, name: str):
    engine = load_engine(shipped, name, "f32")
    ids = np.array([[101, 2027, 2180, 1012, 102]])
    padded = np.pad(ids, ((0, 0), (0, 27)))
    short = engine.infer(ids, np.ones_like(ids))
    long = engine.infer(padded, (padded > 0).astype(np.int64))
    np.testing.assert_allclose(long[:, :5], short, atol=1e-4)


@given(st.lists(st.integers(1, 300) | st.integers(1, 5_000), min_size=1, max_size=9))
def test_a_batch_holds_its_windows_padded(lengths: list[int]):
    windows = [np.arange(1, length + 1) + number for number, length in enumerate(lengths)]
    ids, mask = make_batch(windows)
    assert ids.shape == mask.shape == (len(windows), max(map(padded_length, windows)))
    assert ids.dtype == mask.dtype == np.int64
    for row, window in enumerate(windows):
        np.testing.assert_array_equal(ids[row, mask[row] == 1], window)
        assert not ids[row, len(window) :].any()


def test_many_lengths_make_few_shapes():
    lengths = {padded_length(np.ones(length, dtype=np.int64)) for length in range(1, 129)}
    assert lengths == {32, 64, 96, 128}
