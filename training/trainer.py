"""Fine-tuning at sentence level, over the Trainer of transformers."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from sklearn.metrics import f1_score
from transformers import EvalPrediction, Trainer

from framelens.model import Scheme
from framelens.model.calibration import softmax
from framelens.training.examples import NO_LABEL

__all__ = [
    "SentenceTrainer",
    "class_weights",
    "divergence",
    "held_out_score",
    "pool_sentences",
]


class SentenceTrainer(Trainer):
    """Trains a token classifier on the mean logits of each sentence's tokens.

    Where windows have twins, sentences must get their label in both, and the same answer; where a
    teacher answered, they must get its answer too.
    """

    def __init__(
        self,
        *args: Any,
        leaf_weights: torch.Tensor,
        consistency: float,
        imitation: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._consistency = consistency
        self._imitation = imitation
        self._leaf_weights = leaf_weights.to(self.args.device)

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """Weighted cross-entropy of the sentences, and how far twins and the teacher are apart."""
        output = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"])
        labels = inputs["labels"]
        logits = pool_sentences(output.logits, inputs["sentence_ids"], labels.shape[1])
        # The mean over no label is not a number: a batch may be of unlabelled texts alone.
        loss = logits.sum() * 0.0
        if (labels != NO_LABEL).any():
            loss = torch.nn.functional.cross_entropy(
                logits.flatten(0, 1), labels.flatten(), self._leaf_weights, ignore_index=NO_LABEL
            )
        twin_of = inputs["twin_of"]
        if len(twin_of):
            sentences = inputs["sentence_ids"][twin_of].amax(dim=1) + 1
            apart = divergence(logits[twin_of], logits[-len(twin_of) :]).sum() / sentences.sum()
            loss = loss + self._consistency * apart
        if "answers" in inputs:
            answers = inputs["answers"]
            given = ~answers.isnan().any(dim=-1)
            away = divergence(logits[: len(answers), : answers.shape[1]][given], answers[given])
            loss = loss + self._imitation * away.mean()
        return (loss, {"logits": logits}) if return_outputs else loss


def divergence(logits: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Divergence of two answers (Jeffreys 1946), ``[..., leaves]`` each: ``[...]``, in nats."""
    ours, theirs = logits.log_softmax(dim=-1), others.log_softmax(dim=-1)
    return ((ours.exp() - theirs.exp()) * (ours - theirs)).sum(dim=-1)


def pool_sentences(
    token_logits: torch.Tensor, sentence_ids: torch.Tensor, sentences: int
) -> torch.Tensor:
    """Mean logits ``[windows, sentences, leaves]`` over the tokens of each sentence.

    Args:
        token_logits: ``[windows, tokens, leaves]``.
        sentence_ids: ``[windows, tokens]``, numbered in each window, -1 for tokens of no
            sentence.
        sentences: the most sentences that a window holds; missing ones get zeros.
    """
    numbers = torch.arange(sentences, device=sentence_ids.device).unsqueeze(1)
    members = (sentence_ids.unsqueeze(1) == numbers).float()
    shares = members / members.sum(dim=2, keepdim=True).clamp(min=1.0)
    # A product under autocast would round the logits to bf16.
    with torch.autocast(token_logits.device.type, enabled=False):
        return shares @ token_logits.float()


def class_weights(
    labels: list[int], leaves: int, weighting: Literal["none", "inverse-sqrt", "inverse"]
) -> torch.Tensor:
    """Weight of each leaf ``[leaves]``, with a mean of one over the labels."""
    exponent = {"none": 0.0, "inverse-sqrt": 0.5, "inverse": 1.0}[weighting]
    counts = np.maximum(np.bincount(labels, minlength=leaves), 1)
    weights = (1 / counts) ** exponent
    return torch.tensor(weights * len(labels) / (weights * counts).sum(), dtype=torch.float32)


def held_out_score(prediction: EvalPrediction, scheme: Scheme) -> dict[str, float]:
    """Macro-F1 over the public labels, by which training stops, and over the leaves."""
    labelled = prediction.label_ids != NO_LABEL
    leaves = prediction.label_ids[labelled]
    probabilities = softmax(prediction.predictions[labelled])
    pairs = {
        "macro_f1": (scheme.folding[leaves].argmax(axis=1), scheme.fold(probabilities)),
        "leaf_macro_f1": (leaves, probabilities),
    }
    return {
        name: float(f1_score(truth, scores.argmax(axis=1), average="macro", zero_division=0))
        for name, (truth, scores) in pairs.items()
    }
