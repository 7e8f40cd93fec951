"""OpenVINO: the fastest engine on Intel and Arm processors."""

from __future__ import annotations

from pathlib import Path
from queue import SimpleQueue
from typing import cast

import numpy as np
import openvino

from framelens.model.engines.base import Ids, Logits, make_batch
from framelens.model.errors import EngineError

__all__ = ["OpenVINOEngine", "load"]


class OpenVINOEngine:
    """One compiled network with an inference request for each stream."""

    name = "openvino"
    streams = 2

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
            {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": self.streams},
        )
        self._requests: SimpleQueue[openvino.InferRequest] = SimpleQueue()
        for _ in range(self.streams):
            self._requests.put(self._compiled.create_infer_request())
        # Its first call initializes what two threads at once wait for for ever, one of them with
        # the interpreter's lock and one without.
        self.infer(*make_batch([np.ones(1, dtype=np.int64)]))

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """The logits ``[windows, tokens, leaves]`` of a batch; may be called from any thread."""
        request = self._requests.get()
        try:
            # In this very thread: to wake another one takes as long as a short text.
            outputs = request.infer({"input_ids": ids, "attention_mask": mask}, share_inputs=True)
            return cast(Logits, outputs["logits"])
        finally:
            self._requests.put(request)


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
