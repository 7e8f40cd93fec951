"""A model that takes no time, exported."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertConfig, BertForTokenClassification

from framelens.model import DEFAULT, Artefact, find_artefact
from framelens.model.artefact import Canary, Manifest
from framelens.training.export import export_model
from framelens.training.onnx_folder import onnx_folder
from framelens.training.quantisation import quantise

NODE = Path(__file__).parents[2] / "node"

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Artefact:
    """A small network that nobody trained, with the tokenizer and scheme of the shipped one."""
    folder = tmp_path_factory.mktemp("artefact") / "small"
    folder.mkdir()
    shipped = Artefact.load(DEFAULT)
    for name in ("README.md", "scheme.yaml", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(find_artefact(DEFAULT) / name, folder)
    torch.manual_seed(0)
    leaves = shipped.scheme.leaf_names
    config = BertConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        id2label=dict(enumerate(leaves)),
        label2id={leaf: position for position, leaf in enumerate(leaves)},
        initializer_range=0.5,
        attn_implementation="eager",
    )
    export_model(BertForTokenClassification(config), folder)
    canary = Canary("It rained.", {})
    Artefact.seal(folder, Manifest("small", "1.0.0", 128, 1, 1.0, canary, separators=True))
    return Artefact.load(folder)


@pytest.fixture(scope="session")
def exported(artefact: Artefact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that other programs load, with both networks."""
    folder = tmp_path_factory.mktemp("exported") / "small"
    with onnx_folder(artefact, folder) as draft:
        quantise(draft)
    return folder


@pytest.fixture
def node(tmp_path: Path) -> Run:
    """Asks Transformers.js for the ids and logits of texts; skips where it is not installed."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if not (NODE / "node_modules").exists():
        pytest.skip("no Transformers.js: npm install --ignore-scripts --prefix tests/node")

    def run(folder: Path, dtype: str, texts: list[str]) -> Any:
        path = tmp_path / "texts.json"
        path.write_text(json.dumps(texts), encoding="utf-8")
        command = ["node", NODE / "logits.mjs", folder, dtype, path]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
