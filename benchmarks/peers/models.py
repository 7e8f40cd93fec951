"""The exported sentence classifier, as the servers call it that leave the model to their user."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from transformers import AutoTokenizer, BatchEncoding

__all__ = ["Classify", "openvino_classifier", "torch_classifier"]

Answer = dict[str, str | float]
Classify = Callable[[Sequence[str]], list[Answer]]
"""Sentences to the likeliest label and its probability, in order."""

Forward = Callable[[BatchEncoding], npt.NDArray[np.float32]]

BATCH = 32


def torch_classifier(folder: Path, threads: int | None = None) -> Classify:
    """The model in bf16 on torch, with as many threads as given or else as torch takes."""
    import torch
    from transformers import AutoModelForSequenceClassification

    if threads:
        torch.set_num_threads(threads)
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, trust_remote_code=True, dtype=torch.bfloat16
    )
    model.train(False)

    def forward(inputs: BatchEncoding) -> npt.NDArray[np.float32]:
        with torch.inference_mode():
            tensors = {name: torch.from_numpy(array) for name, array in inputs.items()}
            return model(**tensors).logits.numpy()

    return _classifier(folder, forward, model.config.id2label)


def openvino_classifier(folder: Path, threads: int | None = None) -> Classify:
    """The model on OpenVINO, in bf16 where the processor computes in it."""
    import openvino
    from transformers import AutoConfig

    core = openvino.Core()
    has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    settings = {"INFERENCE_PRECISION_HINT": "bf16" if has_bf16 else "f32"}
    if threads:
        settings["INFERENCE_NUM_THREADS"] = str(threads)
    compiled = core.compile_model(folder / "openvino_model.xml", "CPU", settings)
    request = compiled.create_infer_request()

    def forward(inputs: BatchEncoding) -> npt.NDArray[np.float32]:
        return np.array(request.infer(dict(inputs))[0])

    return _classifier(folder, forward, AutoConfig.from_pretrained(folder).id2label)


def _classifier(folder: Path, forward: Forward, names: dict[int, str]) -> Classify:
    tokenizer = AutoTokenizer.from_pretrained(folder)

    def classify(sentences: Sequence[str]) -> list[Answer]:
        answers: list[Answer] = [{}] * len(sentences)
        # Sentences of similar length share a batch, so that little of it is padding.
        order = sorted(range(len(sentences)), key=lambda index: len(sentences[index]))
        for begin in range(0, len(order), BATCH):
            indices = order[begin : begin + BATCH]
            logits = forward(
                tokenizer(
                    [sentences[index] for index in indices],
                    padding=True,
                    truncation=True,
                    return_token_type_ids=False,
                    return_tensors="np",
                )
            )
            # The logits are logarithms of probabilities already.
            scores = np.exp(logits)
            for index, row in zip(indices, scores, strict=True):
                best = int(row.argmax())
                answers[index] = {"label": names[best], "score": float(row[best])}
        return answers

    return classify
