"""OpenVINO: the fastest engine on Intel and Arm processors."""

from __future__ import annotations

from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import cast

import numpy as np
import openvino
from openvino import opset13

from framelens.model.engines.base import MOST_TOKENS, Ids, Logits, make_batch
from framelens.model.errors import EngineError

__all__ = ["OpenVINOEngine", "load"]

FEW_TOKENS = 256
"""A batch of so few on its own is divided among all cores; of more, another may follow."""

ROW = 128
"""Tokens of the windows that the first batches hold."""


class OpenVINOEngine:
    """The network compiled twice: for batches side by side, and for a small one on its own.

    Side by side, each on its share of the cores, batches get the most out of them. A short text
    on its own would leave the other shares idle, so all cores read it together.
    """

    name = "openvino"
    streams = 2

    def __init__(self, network: Path, precision: str, threads: int | None = None) -> None:
        core = openvino.Core()
        if precision == "auto":
            has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
            precision = "bf16" if has_bf16 else "f32"
        self.precision = precision
        model = _model(core, network)

        def compiled(streams: int) -> list[openvino.InferRequest]:
            settings = {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": streams}
            if threads is not None:
                settings["INFERENCE_NUM_THREADS"] = threads
            network = core.compile_model(model, "CPU", settings)
            return [network.create_infer_request() for _ in range(streams)]

        self._side_by_side, self._alone = compiled(self.streams), compiled(1)
        self._calls, self._lock = BoundedSemaphore(self.streams), Lock()
        # The first call initializes what two threads at once wait for for ever, one of them with
        # the interpreter's lock and one without. Of the largest batch, since memory that grows
        # from batch to batch ends a quarter larger.
        for requests, tokens in ((self._side_by_side, MOST_TOKENS), (self._alone, FEW_TOKENS)):
            for request in requests:
                _infer(request, *make_batch([np.ones(ROW, dtype=np.int64)] * (tokens // ROW)))

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """The logits ``[windows, tokens, leaves]`` of a batch; may be called from any thread."""
        return self._run(ids, mask, ids.size <= FEW_TOKENS)

    def infer_apart(self, ids: Ids, mask: Ids) -> Logits:
        """The same on one share of the cores always: how a batch is divided tells."""
        return self._run(ids, mask, by_all_cores=False)

    def _run(self, ids: Ids, mask: Ids, by_all_cores: bool) -> Logits:
        with self._calls:
            with self._lock:
                is_alone = len(self._side_by_side) == self.streams and len(self._alone) == 1
                free = self._alone if is_alone and by_all_cores else self._side_by_side
                request = free.pop()
            try:
                return _infer(request, ids, mask)
            finally:
                free.append(request)


def _infer(request: openvino.InferRequest, ids: Ids, mask: Ids) -> Logits:
    # In this very thread: to wake another one takes as long as a short text.
    outputs = request.infer({"input_ids": ids, "attention_mask": mask}, share_inputs=True)
    return cast(Logits, outputs["logits"])


def _model(core: openvino.Core, network: Path) -> openvino.Model:
    """The network, its matrices in single precision already.

    Whatever compiles it keeps them in single precision beside the form it computes with. Given
    like this, they are kept once for all.
    """
    # The weights must lie beside the file itself, not beside a link to it.
    path = network.resolve()
    # What is read of a file stays in memory as long as its model, so another one is read.
    model, stored = core.read_model(path), core.read_model(path)
    for operation, twin in zip(model.get_ordered_ops(), stored.get_ordered_ops(), strict=True):
        if operation.get_type_name() != "Convert":
            continue
        weights = twin.input_value(0).get_node()
        readers = operation.output(0).get_target_inputs()
        # Not the embeddings, which are looked up in half precision.
        are_matrix = all(reader.get_node().get_type_name() == "Transpose" for reader in readers)
        if weights.get_type_name() == "Constant" and are_matrix:
            matrix = opset13.constant(weights.data.astype(np.float32))
            for reader in readers:
                reader.replace_source_output(matrix.output(0))
    return model


def load(folder: Path, precision: str, threads: int | None = None) -> OpenVINOEngine:
    """Compile the artefact's exported network.

    Raises:
        EngineError: OpenVINO cannot read the network.
    """
    try:
        return OpenVINOEngine(folder / "model.onnx", precision, threads)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise EngineError(f"{folder / 'model.onnx'}: OpenVINO cannot load it: {reason}") from error
