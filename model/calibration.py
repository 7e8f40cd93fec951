"""Logits into calibrated probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["sigmoid", "softmax"]


def softmax(
    logits: npt.NDArray[np.floating[Any]], temperature: float = 1.0
) -> npt.NDArray[np.float64]:
    """Probabilities over the last axis, in double precision.

    ``temperature`` is the one parameter of temperature scaling (Guo et al. 2017,
    https://arxiv.org/abs/1706.04599): above one it makes the confidences more modest.
    """
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def sigmoid(
    logits: npt.NDArray[np.floating[Any]], temperature: float = 1.0
) -> npt.NDArray[np.float64]:
    """The probability of each yes by itself, in double precision; see :func:`softmax`."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    # Of the absolute value, since the exponential of a large number is none.
    small = np.exp(-np.abs(scaled))
    return np.asarray(np.where(scaled >= 0, 1.0, small) / (1.0 + small))
