"""A linear head fitted to sentence states, which an encoder gives and keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression
from transformers import PreTrainedModel

from framelens.training.base import BaseError
from framelens.training.states import centre_and_length
from framelens.training.trainer import Weighting, class_weights

__all__ = ["Head", "fit_head", "remove_head"]

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Head:
    """Weights ``[leaves, size]`` and biases ``[leaves]`` that make logits of states."""

    weight: Floats
    bias: Floats

    def logits(self, states: Floats) -> Floats:
        """Logits ``[sentences, leaves]`` of states ``[sentences, size]``."""
        return np.asarray(states @ self.weight.T + self.bias)

    def put_on(self, model: PreTrainedModel) -> None:
        """Let a model have this head.

        It is applied to tokens there: the mean of a sentence's token logits is the logits of the
        mean of its token states.
        """
        layer = torch.nn.Linear(*self.weight.shape[::-1])
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(self.weight))
            layer.bias.copy_(torch.from_numpy(self.bias))
        cast(Any, model).classifier = layer


def remove_head(model: PreTrainedModel) -> None:
    """Let a token classifier give states ``[windows, tokens, size]`` in place of its logits.

    Raises:
        BaseError: its head is not one linear layer.
    """
    if not isinstance(getattr(model, "classifier", None), torch.nn.Linear):
        raise BaseError(
            f"base: {type(model).__name__} has no head of one linear layer; use method fine-tune"
        )
    cast(Any, model).classifier = torch.nn.Identity()


def fit_head(
    states: Floats, leaves: Integers, count: int, strength: float, weighting: Weighting
) -> Head:
    """The logistic regression of leaves on states.

    The states are centred and given a mean square length of one, all features alike, so that one
    strength suits any encoder; the head takes the states as they are.

    Args:
        states: ``[sentences, size]``.
        leaves: ``[sentences]``, the position of each sentence's leaf, two different ones at least.
        count: how many leaves the scheme has; one that no sentence has gets the bias of the rarest
            that there is, less the logarithm of the number of sentences.
        strength: inverse of the penalty on the squared weights.
        weighting: how much more a sentence of a rare leaf counts.
    """
    centre, length = centre_and_length(states)
    weights = class_weights(leaves.tolist(), count, weighting).numpy()[leaves]
    model = LogisticRegression(C=strength, max_iter=1_000)
    model.fit((states - centre) / length, leaves, sample_weight=weights)
    coefficients, intercepts = _by_class(model)
    weight = np.zeros((count, states.shape[1]))
    bias = np.full(count, intercepts.min() - np.log(len(leaves)))
    weight[model.classes_] = coefficients / length
    bias[model.classes_] = intercepts
    return Head(weight, bias - weight @ centre)


def _by_class(model: LogisticRegression) -> tuple[Floats, Floats]:
    """Coefficients and intercepts of each class, also where there are two."""
    sides: Sequence[float] = (-0.5, 0.5) if len(model.classes_) == 2 else (1.0,)
    return (
        np.concatenate([side * model.coef_ for side in sides]),
        np.concatenate([side * model.intercept_ for side in sides]),
    )
