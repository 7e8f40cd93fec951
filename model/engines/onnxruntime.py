"""ONNX Runtime: the engine for machines that OpenVINO does not support."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import onnxruntime

from framelens.model.engines.base import Ids, Logits
from framelens.model.errors import EngineError

__all__ = ["ONNXRuntimeEngine", "load"]


class ONNXRuntimeEngine:
    """Runs one batch after the other, each over all cores."""

    name = "onnxruntime"
    precision = "f32"
    streams = 1

    def __init__(self, network: Path, threads: int | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 0
        providers = ["CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(network, options, providers=providers)

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """The logits ``[windows, tokens, leaves]`` of a batch; may be called from any thread."""
        inputs = {"input_ids": ids, "attention_mask": mask}
        return cast(Logits, self._session.run(["logits"], inputs)[0])

    infer_apart = infer


def load(folder: Path, precision: str, threads: int | None = None) -> ONNXRuntimeEngine:
    """Load the artefact's exported network.

    Raises:
        EngineError: bf16 was asked for, or ONNX Runtime cannot read the network.
    """
    if precision == "bf16":
        raise EngineError("engine 'onnxruntime' computes in 'f32' only; for 'bf16' use 'openvino'")
    try:
        return ONNXRuntimeEngine(folder / "model.onnx", threads)
    except Exception as error:  # ONNX Runtime's errors have no class in common
        reason = " ".join(str(error).split())
        raise EngineError(f"{folder / 'model.onnx'}: ONNX Runtime: {reason}") from error
