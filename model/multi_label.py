"""Answers of multi-label schemes, whose every label is a yes or no of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["CUT", "certainties", "given", "least_certain"]

Floats = npt.NDArray[np.floating[Any]]

CUT = 0.5
"""The probability from which on a label is given."""


def given(probabilities: Floats) -> npt.NDArray[np.bool_]:
    """Which labels are given, by their probabilities ``[..., labels]``."""
    return np.asarray(probabilities >= CUT)


def certainties(probabilities: Floats) -> Floats:
    """The probability ``[...]`` of the least certain yes or no of ``[..., labels]``."""
    return np.asarray(np.maximum(probabilities, 1.0 - probabilities).min(axis=-1))


def least_certain(scores: Mapping[str, float]) -> tuple[str, float]:
    """The label whose yes or no is the least certain, and the probability of that."""
    label = min(scores, key=lambda name: abs(scores[name] - CUT))
    return label, max(scores[label], 1.0 - scores[label])
