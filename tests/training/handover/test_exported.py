"""An exported folder gives the same logits in whatever loads it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

from framelens.data import read_corpus
from framelens.model import Artefact
from framelens.model.engines.onnxruntime import ONNXRuntimeEngine
from framelens.training.onnx_folder import ExportError, onnx_folder
from framelens.training.quantisation import QUANTISED, agreement

Floats = npt.NDArray[np.float32]
Run = Callable[..., Any]

SEEDS = Path(__file__).parents[3] / "seeds"
TEXTS = [
    "Rain fell.",
    "“We won,” he said — and won’t stop…",
    "Élan, naïve façade: ÀÉÎõü; Straße, ﬁne; Ångström.",
    "河野太郎 spoke; Москва did not; مرحبا, नमस्ते.",
    "🎉🇺🇦 e\u0301 \u200b tab\tand\u00a0space  twice\nand a line",
    "antidisestablishmentarianism@example.org 3.14159 #Hamas_ISIS <b>&amp;</b>",
]


def stock(folder: Path, text: str) -> tuple[list[int], Floats]:
    """Ids and logits by plain transformers."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForTokenClassification.from_pretrained(folder, dtype=torch.float32)
    inputs = tokenizer(text, return_tensors="pt")
    with torch.inference_mode():
        logits = model(**inputs).logits[0].numpy()
    return inputs["input_ids"][0].tolist(), logits


def test_plain_transformers_loads_it(exported: Path, artefact: Artefact):
    model = AutoModelForTokenClassification.from_pretrained(exported)
    assert [*model.config.id2label.values()] == [*artefact.scheme.leaf_names]
    ids, logits = stock(exported, TEXTS[1])
    mask = np.ones((1, len(ids)), dtype=np.int64)
    engine = ONNXRuntimeEngine(exported / "onnx" / "model.onnx")
    assert np.allclose(engine.infer(np.array([ids]), mask)[0], logits, atol=1e-5)


def test_it_is_the_artefact_still(exported: Path, artefact: Artefact):
    assert Artefact.load(exported).manifest.sha256 == artefact.manifest.sha256


def test_it_can_be_sealed_again(exported: Path, artefact: Artefact, tmp_path: Path):
    folder = Path(shutil.copytree(exported, tmp_path / "copy"))
    sealed = Artefact.seal(folder, artefact.manifest)
    assert sealed.files == artefact.manifest.files


def test_its_networks_need_no_other_file(exported: Path):
    for path in (exported / "onnx").iterdir():
        graph = onnx.load(path, load_external_data=False).graph
        assert not [each.name for each in graph.initializer if each.external_data]
    assert sorted(path.name for path in (exported / "onnx").iterdir()) == [
        "model.onnx",
        "model_quantized.onnx",
    ]


def test_transformers_js_gives_the_same_logits(exported: Path, node: Run):
    found = node(exported, "fp32", TEXTS)
    assert [*found["labels"].values()] == [*Artefact.load(exported).scheme.leaf_names]
    for text, answer in zip(TEXTS, found["answers"], strict=True):
        ids, logits = stock(exported, text)
        assert answer["ids"] == ids, text
        assert np.allclose(answer["logits"], logits, atol=1e-4), text


def test_transformers_js_reads_the_quantised_network(exported: Path, node: Run):
    engine = ONNXRuntimeEngine(exported / QUANTISED)
    for text, answer in zip(TEXTS, node(exported, "q8", TEXTS)["answers"], strict=True):
        ids = np.array([answer["ids"]])
        logits = engine.infer(ids, np.ones_like(ids))[0]
        assert np.allclose(answer["logits"], logits, atol=0.05), text


def test_optimum_gives_the_same_logits(exported: Path):
    optimum = pytest.importorskip("optimum.onnxruntime", reason="Optimum is not installed")
    model = optimum.ORTModelForTokenClassification.from_pretrained(exported, subfolder="onnx")
    tokenizer = AutoTokenizer.from_pretrained(exported)
    logits = model(**tokenizer(TEXTS[1], return_tensors="pt")).logits[0].detach().numpy()
    assert np.allclose(logits, stock(exported, TEXTS[1])[1], atol=1e-4)


def test_how_alike_both_networks_answer(exported: Path, artefact: Artefact):
    corpus = read_corpus([SEEDS / "documents" / "channels.jsonl"], artefact.scheme)[:3]
    found = agreement(exported, corpus)
    assert found.sentences == sum(len(document.sentences) for document in corpus)
    assert found.same_label > 0.8
    assert 0 < found.mean < found.largest < 0.5


def test_a_folder_that_exists_is_left_alone(exported: Path, artefact: Artefact):
    with (
        pytest.raises(ExportError, match=r"exists; name a new folder"),
        onnx_folder(artefact, exported),
    ):
        pass


def test_a_failure_leaves_nothing(artefact: Artefact, tmp_path: Path):
    with pytest.raises(ZeroDivisionError), onnx_folder(artefact, tmp_path / "new"):
        raise ZeroDivisionError
    assert not [*tmp_path.iterdir()]
