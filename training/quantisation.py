"""The network in eight bits, and how far its answers are from those of the full one."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from framelens.data import Corpus
from framelens.model import Artefact, FramingClassifier
from framelens.model.engines.onnxruntime import ONNXRuntimeEngine
from framelens.training.evaluation import predict
from framelens.training.onnx_folder import FULL

__all__ = ["QUANTISED", "Agreement", "agreement", "quantise"]

QUANTISED = FULL.with_name("model_quantized.onnx")
"""As Transformers.js calls it, which takes it in browsers unless told otherwise."""


@dataclass(frozen=True)
class Agreement:
    """How alike two networks answer.

    ``same_label`` is the share of the sentences that get the same public label; ``mean`` and
    ``largest`` tell how far the probabilities of a label lie apart.
    """

    sentences: int
    same_label: float
    mean: float
    largest: float


def quantise(folder: Path) -> None:
    """Write ``onnx/model_quantized.onnx`` beside ``onnx/model.onnx``.

    Its weights have eight bits, with a scale for each channel; what they are multiplied with
    is rounded to eight bits as it comes.
    """
    with tempfile.TemporaryDirectory() as temporary:
        # Weights are found only where their casts and transpositions have been computed.
        prepared = Path(temporary, "model.onnx")
        quant_pre_process(folder / FULL, prepared, skip_symbolic_shape=True)
        quantize_dynamic(
            prepared, folder / QUANTISED, per_channel=True, weight_type=QuantType.QInt8
        )


def agreement(folder: Path, corpus: Corpus) -> Agreement:
    """Compare the two networks of a folder over the labelled sentences of a corpus.

    Raises:
        InputError: no labelled sentence has a character that the model reads.
    """
    artefact = Artefact.load(folder)
    full, quantised = (
        predict(FramingClassifier(artefact, ONNXRuntimeEngine(folder / network)), corpus)
        for network in (FULL, QUANTISED)
    )
    same = full.predicted_labels == quantised.predicted_labels
    same = same.reshape(len(same), -1).all(axis=1)  # a sentence may have several labels
    apart = np.abs(full.label_probabilities - quantised.label_probabilities)
    return Agreement(len(same), float(same.mean()), float(apart.mean()), float(apart.max()))
