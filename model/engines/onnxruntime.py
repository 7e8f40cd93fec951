"""ONNX Runtime: the engine for machines that OpenVINO does not support."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import onnxruntime

from framelens.model.engines.base import Batch, Logits
from framelens.model.errors import EngineError

__all__ = ["ONNXRuntimeEngine", "load"]


class ONNXRuntimeEngine:
    """Runs one batch after the other, each over all cores."""

    name = "onnxruntime"
    precision = "f32"

    def __init__(self, network: Path) -> None:
        self._session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])

    def run(self, batches: Iterable[Batch]) -> Iterator[Logits]:
        """Yield the logits ``[windows, tokens, leaves]`` of each batch, in order."""
        for ids, mask in batches:
            inputs = {"input_ids": ids, "attention_mask": mask}
            yield cast(Logits, self._session.run(["logits"], inputs)[0])


def load(folder: Path, precision: str) -> ONNXRuntimeEngine:
    """Load the artefact's exported network.

    Raises:
        EngineError: bf16 was asked for, or ONNX Runtime cannot read the network.
    """
    if precision == "bf16":
        raise EngineError("engine 'onnxruntime' computes in 'f32' only; for 'bf16' use 'openvino'")
    try:
        return ONNXRuntimeEngine(folder / "model.onnx")
    except Exception as error:  # ONNX Runtime's errors have no class in common
        reason = " ".join(str(error).split())
        raise EngineError(f"{folder / 'model.onnx'}: ONNX Runtime: {reason}") from error
