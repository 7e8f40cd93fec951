"""The human line: annotators measured as a model is, and how far they agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from sklearn.metrics import confusion_matrix

from framelens.model import Scheme
from framelens.training.evaluation.agreement import cohen_kappa
from framelens.training.evaluation.predictions import Leaves, Predictions, fold_leaves

__all__ = ["Agreement", "annotator_leaves", "measure_agreement"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa between annotators over public labels and over leaves.

    Cohen 1960, https://doi.org/10.1177/001316446002000104. With more than two annotators
    it is the mean over their pairs, and of a multi-label scheme the mean over the labels, each a
    yes or no.
    """

    labels: float
    leaves: float


def annotator_leaves(predictions: Predictions) -> dict[str, Leaves]:
    """The leaves of all sentences that each annotator chose, by name or else by number.

    Where names are unknown, an annotator is a position in the votes. There is none where a
    sentence has fewer than two votes of the same ones; those whom some sentence lacks are left out.
    """
    names = _common_names(predictions)
    if len(names) < 2:
        return {}
    places = [[voters.index(name) for name in names] for voters in _voters(predictions)]
    votes = [
        np.asarray(votes)[chosen] for votes, chosen in zip(predictions.votes, places, strict=True)
    ]
    return dict(zip(names, np.swapaxes(votes, 0, 1), strict=True))


def _voters(predictions: Predictions) -> list[list[str]]:
    """Who voted on each sentence."""
    if predictions.annotators and all(predictions.annotators):
        return [list(names) for names in predictions.annotators]
    return [[str(number) for number in range(1, len(votes) + 1)] for votes in predictions.votes]


def _common_names(predictions: Predictions) -> list[str]:
    first, *others = _voters(predictions)
    common = set(first).intersection(*others)
    return [name for name in first if name in common]


def measure_agreement(annotators: Sequence[Leaves], scheme: Scheme) -> Agreement | None:
    """Agreement of annotators, given the leaves of each; None of no two."""
    if len(annotators) < 2:
        return None
    labels = [fold_leaves(leaves, scheme) for leaves in annotators]
    return Agreement(
        labels=_mean_kappa(labels, len(scheme.labels)),
        leaves=_mean_kappa(annotators, len(scheme.leaves)),
    )


def _mean_kappa(annotators: Sequence[Leaves], classes: int) -> float:
    if annotators[0].ndim == 2:
        # A label that nobody gives is no disagreement, nor says how far they would agree.
        kappas = [
            _mean_kappa([each[:, label] for each in annotators], 2) for label in range(classes)
        ]
        known = [kappa for kappa in kappas if not math.isnan(kappa)]
        return float(np.mean(known)) if known else math.nan
    pairs = combinations(annotators, 2)
    confusions = [confusion_matrix(*pair, labels=range(classes)) for pair in pairs]
    return float(np.mean(cohen_kappa(np.stack(confusions))))
