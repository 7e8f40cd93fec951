"""The human line: annotators measured as a model is, and how far they agree."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import cohen_kappa_score

from framelens.model import Scheme
from framelens.training.evaluation.predictions import Predictions, fold_leaves

__all__ = ["Agreement", "annotator_leaves", "measure_agreement"]

Integers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa between annotators over public labels and over leaves.

    Cohen 1960, https://doi.org/10.1177/001316446002000104. With more than two annotators
    it is the mean over their pairs.
    """

    labels: float
    leaves: float


def annotator_leaves(predictions: Predictions) -> list[Integers]:
    """The leaves ``[sentences]`` that each annotator chose.

    An annotator is a position in the votes. There is none where a sentence has fewer than
    two votes; positions that some sentence lacks are left out.
    """
    annotators = min(map(len, predictions.votes))
    if annotators < 2:
        return []
    return list(np.array([votes[:annotators] for votes in predictions.votes]).T)


def measure_agreement(annotators: list[Integers], scheme: Scheme) -> Agreement | None:
    """Agreement of annotators, given the leaves ``[sentences]`` of each; None of no two."""
    if len(annotators) < 2:
        return None
    labels = [fold_leaves(leaves, scheme) for leaves in annotators]
    return Agreement(
        labels=_mean_kappa(labels, len(scheme.labels)),
        leaves=_mean_kappa(annotators, len(scheme.leaves)),
    )


def _mean_kappa(annotators: list[Integers], classes: int) -> float:
    with warnings.catch_warnings():
        # Annotators who all gave one and the same class leave kappa undefined: NaN.
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        kappas = [
            cohen_kappa_score(one, other, labels=range(classes))
            for one, other in combinations(annotators, 2)
        ]
    return float(np.mean(kappas))
