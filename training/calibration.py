"""What is fitted to held-out sentences: the temperature, and the threshold of the review mark."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from framelens.model.calibration import sigmoid, softmax
from framelens.training.evaluation.confidence import risk_coverage

__all__ = ["fit_temperature", "review_threshold"]

Array = npt.NDArray[np.floating[Any]]


def fit_temperature(
    logits: Array, labels: npt.NDArray[Any], folding: Array, prior: float = 0.0
) -> float:
    """The temperature under which held-out public labels are the likeliest.

    Temperature scaling (Guo et al. 2017, https://arxiv.org/abs/1706.04599), with the
    likelihood of the public labels, since theirs are the confidences that are shown.

    Args:
        logits: ``[sentences, leaves]``, uncalibrated.
        labels: ``[sentences]``, positions of the true public labels, or, of a multi-label
            scheme, ``[sentences, labels]``, whether it has them.
        folding: ``[leaves, labels]``, see :attr:`Scheme.folding`.
        prior: with n sentences, the true label is to get (n + prior) / (n + labels * prior) and
            not one, so that a few that are all answered right make no certainty (Platt 1999);
            of a multi-label scheme, each yes or no is one of two.

    Raises:
        ValueError: there are no sentences.
    """
    if not len(labels):
        raise ValueError("a temperature needs at least one held-out sentence")

    is_multi_label = labels.ndim == 2
    classes = 2 if is_multi_label else folding.shape[1]
    truth = labels.astype(float) if is_multi_label else np.eye(classes)[labels]
    targets = (len(labels) * truth + prior) / (len(labels) + classes * prior)

    def loss(log_temperature: float) -> float:
        temperature = float(np.exp(log_temperature))
        if is_multi_label:
            yes = sigmoid(logits, temperature) @ folding
            likelihoods = targets * _log(yes) + (1.0 - targets) * _log(1.0 - yes)
        else:
            likelihoods = targets * _log(softmax(logits, temperature) @ folding)
        return float(-likelihoods.sum(axis=1).mean())

    fitted = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(fitted.x))


def _log(probabilities: Array) -> Array:
    return np.asarray(np.log(np.maximum(probabilities, 1e-12)))


def review_threshold(
    probabilities: Array, labels: npt.NDArray[Any], accuracy: float
) -> float | None:
    """The lowest confidence from which on held-out answers are right often enough.

    The plain rule: the share that is right must reach ``accuracy`` among all answers of at
    least that confidence, with no margin for chance, since a few hundred held-out sentences
    are too few for a lower confidence bound to be reached at all. On other text the share may
    as well be lower as higher.

    Args:
        probabilities: ``[sentences, labels]``, calibrated.
        labels: ``[sentences]``, positions of the true public labels, or, of a multi-label
            scheme, ``[sentences, labels]``; an answer is right where all of its labels are.
        accuracy: the share of answers that must be right, from 0 to 1.

    Returns:
        The confidence below which sentences are marked, rounded down to three decimals, so
        that what is shown is what is used; None where none is high enough. Answers that
        rounding lets through are not counted.
    """
    point = risk_coverage(probabilities, labels, (accuracy,)).targets[accuracy]
    return math.floor(1000 * point.confidence) / 1000 if point else None
