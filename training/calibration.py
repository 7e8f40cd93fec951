"""What is fitted to held-out sentences: the temperature, and the threshold of the review mark."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from framelens.model.calibration import softmax
from framelens.training.evaluation.confidence import risk_coverage

__all__ = ["fit_temperature", "review_threshold"]

Array = npt.NDArray[np.floating[Any]]


def fit_temperature(logits: Array, labels: npt.NDArray[np.integer[Any]], folding: Array) -> float:
    """The temperature under which held-out public labels are the likeliest.

    Temperature scaling (Guo et al. 2017, https://arxiv.org/abs/1706.04599), with the
    likelihood of the public labels, since theirs are the confidences that are shown.

    Args:
        logits: ``[sentences, leaves]``, uncalibrated.
        labels: ``[sentences]``, positions of the true public labels.
        folding: ``[leaves, labels]``, see :attr:`Scheme.folding`.

    Raises:
        ValueError: there are no sentences.
    """
    if not len(labels):
        raise ValueError("a temperature needs at least one held-out sentence")

    def loss(log_temperature: float) -> float:
        probabilities = softmax(logits, float(np.exp(log_temperature))) @ folding
        likelihood = probabilities[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(likelihood, 1e-12)).mean())

    fitted = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(fitted.x))


def review_threshold(
    probabilities: Array, labels: npt.NDArray[np.integer[Any]], accuracy: float
) -> float | None:
    """The lowest confidence from which on held-out answers are right often enough.

    The plain rule: the share that is right must reach ``accuracy`` among all answers of at
    least that confidence, with no margin for chance, since a few hundred held-out sentences
    are too few for a lower confidence bound to be reached at all. On other text the share may
    as well be lower as higher.

    Args:
        probabilities: ``[sentences, labels]``, calibrated.
        labels: ``[sentences]``, positions of the true public labels.
        accuracy: the share of answers that must be right, from 0 to 1.

    Returns:
        The confidence below which sentences are marked, rounded down to three decimals, so
        that what is shown is what is used; None where none is high enough. Answers that
        rounding lets through are not counted.
    """
    point = risk_coverage(probabilities, labels, (accuracy,)).targets[accuracy]
    return math.floor(1000 * point.confidence) / 1000 if point else None
