"""Fine-tuning at sentence level, over the Trainer of transformers."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from sklearn.metrics import f1_score
from transformers import EvalPrediction, Trainer

from framelens.model import Scheme

__all__ = ["SentenceTrainer", "class_weights", "held_out_score", "pool_sentences"]


class SentenceTrainer(Trainer):
    """Trains a token classifier on the mean logits of each sentence's tokens."""

    def __init__(self, *args: Any, leaf_weights: torch.Tensor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._leaf_weights = leaf_weights.to(self.args.device)

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """Weighted cross-entropy of the batch's sentences."""
        output = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"])
        logits = pool_sentences(output.logits, inputs["sentence_ids"], len(inputs["labels"]))
        loss = torch.nn.functional.cross_entropy(logits, inputs["labels"], self._leaf_weights)
        return (loss, {"logits": logits}) if return_outputs else loss


def pool_sentences(
    token_logits: torch.Tensor, sentence_ids: torch.Tensor, sentences: int
) -> torch.Tensor:
    """Mean logits ``[sentences, leaves]`` over the tokens of each sentence.

    Args:
        token_logits: ``[windows, tokens, leaves]``.
        sentence_ids: ``[windows, tokens]``, -1 for tokens of no sentence.
        sentences: how many sentences the batch holds.
    """
    inside = sentence_ids >= 0
    numbers = sentence_ids[inside]
    totals = torch.zeros(sentences, token_logits.shape[-1], device=token_logits.device)
    totals = totals.index_add(0, numbers, token_logits[inside].float())
    return totals / torch.bincount(numbers, minlength=sentences).unsqueeze(1)


def class_weights(
    labels: list[int], leaves: int, weighting: Literal["none", "inverse-sqrt", "inverse"]
) -> torch.Tensor:
    """Weight of each leaf ``[leaves]``, with a mean of one over the labels."""
    exponent = {"none": 0.0, "inverse-sqrt": 0.5, "inverse": 1.0}[weighting]
    counts = np.maximum(np.bincount(labels, minlength=leaves), 1)
    weights = (1 / counts) ** exponent
    return torch.tensor(weights * len(labels) / (weights * counts).sum(), dtype=torch.float32)


def held_out_score(prediction: EvalPrediction, scheme: Scheme) -> dict[str, float]:
    """Macro-F1 over the public labels, by which training stops and the best epoch is kept."""
    logits = torch.as_tensor(prediction.predictions)
    folded = scheme.fold(logits.softmax(dim=-1).numpy())
    truth = scheme.folding[prediction.label_ids].argmax(axis=1)
    score = f1_score(truth, folded.argmax(axis=1), average="macro", zero_division=0)
    return {"macro_f1": float(score)}
