"""The temperature that makes confidences mean what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from framelens.model.calibration import softmax

__all__ = ["fit_temperature"]

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
