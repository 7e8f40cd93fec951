"""OpenVINO: the fastest engine on Intel and Arm processors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import openvino

from framelens.model.engines.base import Batch, Logits
from framelens.model.errors import EngineError

__all__ = ["OpenVINOEngine", "load"]

STREAMS = 2


class OpenVINOEngine:
    """Keeps several inference requests in flight over one compiled network."""

    name = "openvino"

    def __init__(self, network: Path, precision: str) -> None:
        core = openvino.Core()
        if precision == "auto":
            has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
            precision = "bf16" if has_bf16 else "f32"
        self.precision = precision
        self._compiled = core.compile_model(
            # The weights must lie beside the file itself, not beside a link to it.
            core.read_model(network.resolve()),
            "CPU",
            {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": STREAMS},
        )

    def run(self, batches: Iterable[Batch]) -> Iterator[Logits]:
        """Yield the logits ``[windows, tokens, leaves]`` of each batch, in order."""
        pending: list[openvino.InferRequest] = []
        idle = [self._compiled.create_infer_request() for _ in range(STREAMS)]
        for ids, mask in batches:
            if not idle:
                yield _result(pending[0])
                idle.append(pending.pop(0))
            request = idle.pop()
            request.start_async({"input_ids": ids, "attention_mask": mask})
            pending.append(request)
        for request in pending:
            yield _result(request)


def _result(request: openvino.InferRequest) -> Logits:
    request.wait()
    # The tensor's memory belongs to the request, which is used again.
    return np.array(request.get_output_tensor().data)


def load(folder: Path, precision: str) -> OpenVINOEngine:
    """Compile the artefact's exported network.

    Raises:
        EngineError: OpenVINO cannot read the network.
    """
    try:
        return OpenVINOEngine(folder / "model.onnx", precision)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise EngineError(f"{folder / 'model.onnx'}: OpenVINO cannot load it: {reason}") from error
