"""Fine-tuning at sentence level, over the Trainer of transformers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import f1_score
from transformers import EvalPrediction, Trainer

from framelens.model import Scheme
from framelens.model.multi_label import given
from framelens.training.examples import NO_LABEL

__all__ = [
    "SentenceTrainer",
    "Weighting",
    "class_weights",
    "divergence",
    "held_out_score",
    "label_loss",
    "label_weight",
    "label_weights",
    "pool_sentences",
]

Flags = npt.NDArray[np.bool_]

Weighting: TypeAlias = Literal["none", "inverse-sqrt", "inverse"]
"""How much more a sentence of a rare leaf counts."""

EXPONENTS: dict[Weighting, float] = {"none": 0.0, "inverse-sqrt": 0.5, "inverse": 1.0}


class SentenceTrainer(Trainer):
    """Trains a token classifier on the mean logits of each sentence's tokens.

    Where windows have twins, sentences must get their label in both, and the same answer; where a
    teacher answered, they must get its answer too. Where a step is of several batches, of one
    process or of several, each counts by what its sentences weigh, so that the step is the one
    that a single batch of all their windows would give.
    """

    loss_is_scaled_for_ga = True

    def __init__(
        self,
        *args: Any,
        leaf_weights: torch.Tensor,
        consistency: float,
        imitation: float,
        multi_label: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._consistency = consistency
        self._imitation = imitation
        self._multi_label = multi_label
        self._leaf_weights = leaf_weights.to(self.args.device)

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """Weighted cross-entropy of the sentences, and how far twins and the teacher are apart.

        Args:
            model: the token classifier.
            inputs: a batch, as :func:`collate` makes it.
            return_outputs: whether the sentences' logits are returned too.
            num_items_in_batch: what the sentences of the whole step weigh, by process.
        """
        output = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"])
        labels = inputs["labels"]
        logits = pool_sentences(output.logits, inputs["sentence_ids"], labels.shape[1])
        # The mean over no label is not a number: a batch may be of unlabelled texts alone.
        loss = logits.sum() * 0.0
        if (labels != NO_LABEL).any():
            loss = label_loss(logits, labels, self._leaf_weights, self._multi_label)
        twin_of = inputs["twin_of"]
        if len(twin_of):
            sentences = inputs["sentence_ids"][twin_of].amax(dim=1) + 1
            apart = divergence(logits[twin_of], logits[-len(twin_of) :], self._multi_label)
            loss = loss + self._consistency * apart.sum() / sentences.sum()
        if "answers" in inputs:
            answers = inputs["answers"]
            known = ~answers.isnan().any(dim=-1)
            ours = logits[: len(answers), : answers.shape[1]]
            away = divergence(ours[known], answers[known], self._multi_label)
            loss = loss + self._imitation * away.mean()
        if num_items_in_batch is not None:
            loss = loss * (self._weight(inputs) / num_items_in_batch)
        return (loss, {"logits": logits}) if return_outputs else loss

    def _get_num_items_in_batch(
        self, batch_samples: list[dict[str, torch.Tensor]], device: torch.device
    ) -> torch.Tensor:
        """What the sentences of a process's batches weigh together, in the mean of processes."""
        weight = torch.stack([self._weight(batch) for batch in batch_samples]).sum()
        gathered = self.accelerator.gather(weight.to(device))
        return cast(torch.Tensor, gathered).mean().clamp(min=torch.finfo(torch.float32).tiny)

    def _weight(self, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        """How much a batch counts: its labels by the weights of their leaves, answers by one."""
        labels = inputs["labels"].to(self._leaf_weights.device)
        weight = label_weight(labels, self._leaf_weights, self._multi_label)
        if "answers" in inputs:
            weight = weight + (~inputs["answers"].isnan().any(dim=-1)).sum()
        return weight


def label_loss(
    logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor, multi_label: bool = False
) -> torch.Tensor:
    """Mean cross-entropy of the sentences that have a label, in nats; there is at least one.

    Of a multi-label scheme it is the binary cross-entropy, summed over the labels, in which
    weights count for the yes. Soft labels are learnt as they are (Uma et al. 2021,
    https://doi.org/10.1613/jair.1.12752).

    Args:
        logits: ``[windows, sentences, leaves]``.
        labels: leaf positions ``[windows, sentences]``, or how much each leaf is the label,
            ``[windows, sentences, leaves]``; :data:`NO_LABEL` where there is none.
        weights: ``[leaves]``, see :func:`label_weights`.
        multi_label: whether the labels are independent of each other.
    """
    if labels.dim() == 2:
        return torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), weights, ignore_index=NO_LABEL
        )
    given = labels[..., 0] != NO_LABEL
    logits, labels = logits[given], labels[given]
    if multi_label:
        losses = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, labels, pos_weight=weights, reduction="none"
        )
        return losses.sum(dim=-1).mean()
    weighted = labels * weights
    return -(weighted * logits.log_softmax(dim=-1)).sum() / weighted.sum()


def label_weight(
    labels: torch.Tensor, weights: torch.Tensor, multi_label: bool = False
) -> torch.Tensor:
    """What sentences weigh together: what the mean of :func:`label_loss` is divided by."""
    if labels.dim() == 2:
        return weights[labels[labels != NO_LABEL]].sum()
    given = labels[labels[..., 0] != NO_LABEL]
    return weights.new_tensor(len(given)) if multi_label else (given * weights).sum()


def divergence(
    logits: torch.Tensor, others: torch.Tensor, multi_label: bool = False
) -> torch.Tensor:
    """Divergence of two answers (Jeffreys 1946), ``[..., leaves]`` each: ``[...]``, in nats."""
    if multi_label:
        return ((logits.sigmoid() - others.sigmoid()) * (logits - others)).sum(dim=-1)
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


def label_weights(
    labels: Iterable[list[Any]], scheme: Scheme, weighting: Weighting
) -> torch.Tensor:
    """Weight of each leaf ``[leaves]`` by the labels of examples, see :func:`make_examples`.

    Of a multi-label scheme it is that of a yes beside a no: the odds of a no or their square root,
    so that both count the same in the end, or nearly.
    """
    every = [label for example in labels for label in example]
    leaves = len(scheme.leaves)
    if not isinstance(every[0], list):
        return class_weights([label for label in every if label != NO_LABEL], leaves, weighting)
    shares = np.array([label for label in every if label[0] != NO_LABEL])
    if not scheme.multi_label:
        return class_weights(shares.argmax(axis=1).tolist(), leaves, weighting)
    yes = shares.sum(axis=0)
    odds = (len(shares) - yes).clip(1) / yes.clip(1)
    return torch.tensor(odds ** EXPONENTS[weighting], dtype=torch.float32)


def class_weights(labels: list[int], leaves: int, weighting: Weighting) -> torch.Tensor:
    """Weight of each leaf ``[leaves]``, with a mean of one over the labels."""
    counts = np.maximum(np.bincount(labels, minlength=leaves), 1)
    weights = (1 / counts) ** EXPONENTS[weighting]
    return torch.tensor(weights * len(labels) / (weights * counts).sum(), dtype=torch.float32)


def held_out_score(prediction: EvalPrediction, scheme: Scheme) -> dict[str, float]:
    """Macro-F1 over the public labels, by which training stops, and over the leaves.

    Of a multi-label scheme, whose leaves are the labels, micro-F1 instead of the latter.
    """
    label_ids = np.asarray(prediction.label_ids)
    labelled = (label_ids[..., 0] if label_ids.ndim == 3 else label_ids) != NO_LABEL
    leaves = label_ids[labelled]
    probabilities = scheme.probabilities(prediction.predictions[labelled])
    if scheme.multi_label:
        return _multi_label_score(given(leaves), given(probabilities))
    pairs = {
        "macro_f1": (scheme.folding[leaves].argmax(axis=1), scheme.fold(probabilities)),
        "leaf_macro_f1": (leaves, probabilities),
    }
    return {
        name: float(f1_score(truth, scores.argmax(axis=1), average="macro", zero_division=0))
        for name, (truth, scores) in pairs.items()
    }


def _multi_label_score(truth: Flags, answers: Flags) -> dict[str, float]:
    """F1 over the labels that occur in either, as it is of the classes elsewhere."""
    occurs = (truth | answers).any(axis=0)
    if not occurs.any():
        return {"macro_f1": 0.0, "micro_f1": 0.0}
    pair = truth[:, occurs], answers[:, occurs]
    return {f"{name}_f1": float(f1_score(*pair, average=name)) for name in ("macro", "micro")}
