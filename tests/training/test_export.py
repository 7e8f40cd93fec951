"""One copy of the weights, read by stock transformers and by the exported network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from transformers import AutoModelForTokenClassification, BertConfig, BertForTokenClassification

from framelens.model.engines import ENGINES, load_engine
from framelens.training.export import export_model


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=99,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=3,
        attn_implementation="eager",
    )
    export_model(BertForTokenClassification(config), folder)
    return folder


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_computes_what_stock_transformers_does(exported: Path, engine: str):
    model = AutoModelForTokenClassification.from_pretrained(exported, dtype=torch.float32)
    ids = np.random.default_rng(0).integers(0, 99, size=(3, 17))
    mask = np.ones_like(ids)
    mask[1, 9:] = 0
    with torch.inference_mode():
        expected = model(
            input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)
        ).logits.numpy()
    logits = load_engine(exported, engine, "f32").infer(ids, mask)
    assert np.allclose(logits[mask > 0], expected[mask > 0], atol=1e-5)


def test_the_graph_holds_no_weights_of_its_own(exported: Path):
    graph = onnx.load(exported / "model.onnx", load_external_data=False).graph
    stored = [each for each in graph.initializer if each.external_data]
    assert len(stored) == len(graph.initializer)
    assert {each.external_data[0].value for each in stored} == {"model.safetensors"}
