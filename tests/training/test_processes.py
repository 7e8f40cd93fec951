"""Two processes on processors train one model, the one that a single process trains."""

from __future__ import annotations

import itertools
import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
import yaml
from rich.console import Console
from transformers import AutoModelForTokenClassification

from framelens.training import fine_tuning
from framelens.training.settings import read_settings

SCRIPT = Path(__file__).with_name("two_processes.py")
WEIGHTS = "model.safetensors"
PLACES = ("north", "south", "east", "west", "city", "town", "king", "queen", "church", "school")
THINGS = dict.fromkeys(("river", "lake", "sea", "boat"), "water") | dict.fromkeys(
    ("road", "hill", "field", "train"), "land"
)


def logits(folder: Path) -> npt.NDArray[Any]:
    """What trained weights say of every token of the vocabulary."""
    model = AutoModelForTokenClassification.from_pretrained(folder, attn_implementation="eager")
    ids = torch.arange(model.config.vocab_size - model.config.vocab_size % 64).reshape(-1, 64)
    with torch.inference_mode():
        return np.asarray(model(input_ids=ids).logits)


@pytest.fixture(scope="module")
def settings(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of a run of two epochs, of eight windows a step.

    The windows are of one length: windows of unequal length would be drawn in another order.
    """
    folder = tmp_path_factory.mktemp("settings")
    lines = ["text,label"]
    for place, thing in itertools.product(PLACES, THINGS):
        lines.append(f"The {thing} of the {place} was seen today.,{THINGS[thing]}")
    (folder / "things.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "things.yaml").write_text("name: things\nlabels: {water: {}, land: {}}\n")
    path = folder / "train.yaml"
    content = {
        "data": [str(folder / "things.csv")],
        "scheme": str(folder / "things.yaml"),
        "base": str(tiny_base),
        "method": "fine-tune",
        "epochs": 2,
        "batch_size": 4,
        "held_out": 0.2,
        "learning_rate": 1e-3,
        "device": "cpu",
        "precision": "fp32",
        "tracking": "none",
    }
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(settings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where two processes wrote two models."""
    folder = tmp_path_factory.mktemp("processes")
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(SCRIPT)]
    result = subprocess.run(
        [sys.executable, *launch, str(settings), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return folder


def test_one_process_trains_the_same_model_in_batches_as_large(
    settings: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write_weights = runpy.run_path(str(SCRIPT))["write_weights"]
    monkeypatch.setattr(fine_tuning, "_write_artefact", write_weights)
    together = logits(trained / "whole")
    for name, changes in {
        "large": {"batch_size": 8},
        "added": {"gradient_accumulation": 2},
        "small": {},
    }.items():
        chosen = read_settings(settings, {"output": tmp_path / name, **changes})
        apart = np.abs(logits(fine_tuning.train(chosen, Console(quiet=True))) - together)
        assert (apart.max() < 0.01) == (name != "small")


def test_it_is_told_how_many_trained(trained: Path):
    outcome = json.loads((trained / "whole" / "outcome.json").read_text(encoding="utf-8"))
    assert (outcome["processes"], outcome["precision"]) == (2, "fp32")


def test_an_interrupted_run_of_two_goes_on_as_if_it_had_not_been(trained: Path):
    whole, resumed = (trained / name / WEIGHTS for name in ("whole", "resumed"))
    assert resumed.read_bytes() == whole.read_bytes()
    assert {path.name for path in trained.iterdir()} == {"whole", "resumed"}
