"""The artefact's network in int8, as users of other engines make it: converted when benchmarked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.optimizer import optimize_model

from benchmarks.environments import python_of
from benchmarks.plain_engines import Batch
from benchmarks.processes import run_to_the_end
from framelens.model import Scheme
from framelens.training.base import PACKAGED, load_base
from framelens.training.export import export_model

__all__ = ["base_network", "dynamic_int8", "fused", "post_training_int8"]

QUANTIZE = Path(__file__).parent / "peers" / "quantize.py"


def base_network(scheme: Scheme, window: int, folder: Path) -> Path:
    """The base encoder with a new head for a scheme: as fast as a model of its size is."""
    target = folder / "base"
    target.mkdir()
    model, _ = load_base(PACKAGED, scheme, window)
    export_model(model, target)
    return target / "model.onnx"


def fused(artefact: Path, folder: Path) -> Path:
    """The network as ONNX Runtime's optimiser for transformers leaves it: attention fused."""
    config = json.loads((artefact / "config.json").read_text(encoding="utf-8"))
    optimised = optimize_model(
        str(artefact / "model.onnx"),
        model_type="bert",
        num_heads=config["num_attention_heads"],
        hidden_size=config["hidden_size"],
    )
    path = folder / "fused.onnx"
    optimised.save_model_to_file(str(path))
    return path


def dynamic_int8(network: Path, folder: Path) -> Path:
    """Weights in int8, activations quantised as they come, by ONNX Runtime."""
    path = folder / "dynamic_int8.onnx"
    # Types do not come through the fused nodes by themselves.
    types = {"DefaultTensorType": onnx.TensorProto.FLOAT}
    quantize_dynamic(network, path, weight_type=QuantType.QInt8, extra_options=types)
    return path


def post_training_int8(network: Path, windows: list[Batch], folder: Path) -> Path:
    """Weights and activations in int8, calibrated on windows, by NNCF in its own environment.

    Raises:
        MissingError: NNCF is not installed, or cannot do it.
    """
    python = python_of("nncf")
    arrays, path = folder / "windows.npz", folder / "int8.xml"
    named: dict[str, Any] = {f"ids_{index}": ids for index, (ids, _) in enumerate(windows)}
    named |= {f"mask_{index}": mask for index, (_, mask) in enumerate(windows)}
    np.savez(arrays, **named)
    run_to_the_end([python, QUANTIZE, network, arrays, path])
    return path
