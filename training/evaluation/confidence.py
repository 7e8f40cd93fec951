"""Whether confidences mean what they say, and what abstaining by them is worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binned_statistic
from sklearn.metrics import brier_score_loss, log_loss

from framelens.model.multi_label import certainties, given
from framelens.training.evaluation.metrics import Estimate, document_share
from framelens.training.evaluation.predictions import Leaves, is_right

__all__ = [
    "Calibration",
    "OperatingPoint",
    "ReliabilityBin",
    "ReviewMark",
    "RiskCoverage",
    "assess_calibration",
    "assess_review",
    "expected_calibration_error",
    "reliability_bins",
    "risk_coverage",
]

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]

BINS = 15
CURVE_POINTS = 100
TARGET_ACCURACIES = (0.95, 0.90)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The sentences whose confidence is between ``low`` and ``high``; there is at least one.

    ``confidence`` is their mean confidence, ``accuracy`` the share that is right.
    """

    low: float
    high: float
    sentences: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well probabilities under a temperature fit the true labels.

    ``log_loss`` is in nats a sentence. ``brier`` is the squared error summed over the
    labels, from 0 to 2 (Brier 1950). ``error`` is the expected calibration error.

    Of a multi-label scheme, all are of single labels: the probability of each label of each
    sentence, and whether the sentence has it.
    """

    temperature: float
    log_loss: float
    brier: float
    error: float
    bins: tuple[ReliabilityBin, ...]


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What answering only from ``confidence`` on gives: share answered, and share of it right."""

    confidence: float
    coverage: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Accuracy against coverage as the least confident answers are left out.

    ``area`` is the mean risk (one minus accuracy) over all coverages, lower is better
    (Geifman et al. 2019, https://arxiv.org/abs/1805.08206). ``curve`` runs by rising
    coverage in steps of at least one percent. ``targets`` has, for each accuracy asked
    for, the point of widest coverage that reaches it, if any.
    """

    area: float
    curve: tuple[OperatingPoint, ...]
    targets: dict[float, OperatingPoint | None]


@dataclass(frozen=True, slots=True)
class ReviewMark:
    """What marking answers with a confidence under ``below`` for review costs, and gives.

    ``marked`` sentences are for a person to read, out of ``sentences``. ``coverage`` is the
    share of the others, ``accuracy`` the share of those that is right. ``errors_marked`` is
    the share of all wrong answers that carry the mark. Intervals are by document.
    """

    below: float
    sentences: int
    marked: int
    coverage: Estimate
    accuracy: Estimate
    errors_marked: Estimate


def reliability_bins(
    probabilities: Floats, labels: Leaves, bins: int = BINS
) -> tuple[ReliabilityBin, ...]:
    """Sentences by the confidence in their likeliest label, in bins of equal width.

    Of a multi-label scheme, every label of every sentence by its probability.

    Args:
        probabilities: ``[sentences, labels]``.
        labels: the true labels, see :data:`Leaves`.
        bins: how many bins divide the range from 0 to 1; empty ones are left out.
    """
    if labels.ndim == 2:
        confidences, correct = probabilities.ravel(), labels.ravel()
    else:
        confidences, correct = _answers(probabilities, labels)
    counts, edges, _ = binned_statistic(confidences, None, "count", bins, range=(0, 1))
    means = binned_statistic(confidences, [confidences, correct], "mean", bins, range=(0, 1))
    return tuple(
        ReliabilityBin(float(low), float(high), int(count), float(confidence), float(right))
        for low, high, count, confidence, right in zip(
            edges, edges[1:], counts, *means.statistic, strict=False
        )
        if count
    )


def expected_calibration_error(probabilities: Floats, labels: Leaves, bins: int = BINS) -> float:
    """Mean distance between confidence and accuracy over bins of equal width.

    The distance of each bin counts by its sentences (Naeini et al. 2015, Guo et al. 2017,
    https://arxiv.org/abs/1706.04599).

    Args:
        probabilities: ``[sentences, labels]``.
        labels: the true labels, see :data:`Leaves`.
        bins: how many bins divide the range from 0 to 1.
    """
    return _error(reliability_bins(probabilities, labels, bins))


def assess_calibration(probabilities: Floats, labels: Leaves, temperature: float) -> Calibration:
    """Measure probabilities ``[sentences, labels]`` against the true labels."""
    bins = reliability_bins(probabilities, labels)
    if labels.ndim == 2:
        # Each label is a yes or no of its own.
        labels = labels.ravel().astype(np.int64)
        probabilities = np.stack([1 - probabilities.ravel(), probabilities.ravel()], axis=1)
    classes = np.arange(probabilities.shape[1])
    return Calibration(
        temperature=temperature,
        log_loss=float(log_loss(labels, probabilities, labels=classes)),
        brier=float(brier_score_loss(labels, probabilities, labels=classes, scale_by_half=False)),
        error=_error(bins),
        bins=bins,
    )


def risk_coverage(
    probabilities: Floats, labels: Leaves, targets: Iterable[float] = TARGET_ACCURACIES
) -> RiskCoverage:
    """Leave out answers by rising confidence in their likeliest label.

    Args:
        probabilities: ``[sentences, labels]``.
        labels: the true labels, see :data:`Leaves`.
        targets: accuracies to look for.
    """
    confidences, correct = _answers(probabilities, labels)
    order = np.argsort(-confidences, kind="stable")
    ranked = confidences[order]
    # No threshold parts equal confidences: they are answered together.
    last = np.flatnonzero(np.append(ranked[1:] < ranked[:-1], True))
    coverage = (last + 1) / len(ranked)
    right = correct[order].cumsum()[last] / (last + 1)

    def point(position: int) -> OperatingPoint:
        place = last[position]
        return OperatingPoint(
            float(ranked[place]), float(coverage[position]), float(right[position])
        )

    steps = np.searchsorted(coverage, np.linspace(0, 1, CURVE_POINTS + 1)[1:])
    reached = {target: np.flatnonzero(right >= target) for target in targets}
    return RiskCoverage(
        area=float(((1 - right) * np.diff(coverage, prepend=0)).sum()),
        curve=tuple(point(position) for position in np.unique(steps)),
        targets={
            target: point(positions[-1]) if len(positions) else None
            for target, positions in reached.items()
        },
    )


def assess_review(
    probabilities: Floats, labels: Leaves, documents: Integers, below: float
) -> ReviewMark:
    """Measure a review mark on answers whose confidence is under a threshold.

    Args:
        probabilities: ``[sentences, labels]``.
        labels: the true labels, see :data:`Leaves`.
        documents: ``[sentences]``, the document that each is from.
        below: the threshold of confidence.
    """
    confidences, correct = _answers(probabilities, labels)
    marked = confidences < below
    return ReviewMark(
        below=below,
        sentences=len(marked),
        marked=int(marked.sum()),
        coverage=document_share(~marked, documents),
        accuracy=document_share(correct[~marked], documents[~marked]),
        errors_marked=document_share(marked[~correct], documents[~correct]),
    )


def _answers(probabilities: Floats, labels: Leaves) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Confidence in each answer, and whether it is the true one."""
    if labels.ndim == 2:
        return certainties(probabilities), is_right(given(probabilities), labels)
    # Sums of probabilities may pass one by a rounding error.
    confidences = np.minimum(probabilities.max(axis=1), 1.0)
    return confidences, probabilities.argmax(axis=1) == labels


def _error(bins: tuple[ReliabilityBin, ...]) -> float:
    distances = [abs(part.confidence - part.accuracy) for part in bins]
    return float(np.average(distances, weights=[part.sentences for part in bins]))
