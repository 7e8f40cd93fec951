"""torch: the engine for GPUs, and the plain reference for the others."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import torch
from transformers import AutoModelForTokenClassification

from framelens.model.engines.base import Ids, Logits
from framelens.model.errors import EngineError

__all__ = ["TorchEngine", "load"]


class TorchEngine:
    """Runs the stock token classifier on the GPU where there is one, else on the processor."""

    name = "torch"
    streams = 1

    def __init__(self, model: torch.nn.Module, precision: str) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if precision == "auto":
            precision = "bf16" if self._device.type == "cuda" else "f32"
        self.precision = precision
        dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        self._model = model.to(device=self._device, dtype=dtype)
        self._model.train(False)

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """The logits ``[windows, tokens, leaves]`` of a batch; may be called from any thread."""
        with torch.inference_mode():
            output = self._model(
                input_ids=torch.from_numpy(ids).to(self._device),
                attention_mask=torch.from_numpy(mask).to(self._device),
            )
        return cast(Logits, output.logits.float().cpu().numpy())

    infer_apart = infer


def load(folder: Path, precision: str, threads: int | None = None) -> TorchEngine:
    """Load the artefact's weights as a stock token classifier.

    The threads are those of the whole process.

    Raises:
        EngineError: transformers cannot load the weights.
    """
    try:
        model = AutoModelForTokenClassification.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # the errors of transformers have no class in common
        reason = " ".join(str(error).split())
        raise EngineError(f"{folder}: transformers cannot load it: {reason}") from error
    if threads is not None:
        torch.set_num_threads(threads)
    return TorchEngine(model, precision)
