"""How far predicted classes agree with true ones, with intervals bootstrapped by document.

Scores are computed from confusion matrices: rows are true classes, columns predicted ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "ClassScores",
    "Estimate",
    "Scores",
    "accuracy",
    "document_confusions",
    "document_counts",
    "document_means",
    "document_resamples",
    "document_share",
    "estimates",
    "f1_of_counts",
    "f1_scores",
    "label_f1",
    "macro_f1",
    "mean_f1",
    "ratio",
    "score",
]

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]

RESAMPLES = 1000
CONFIDENCE = 0.95
FEWEST_DOCUMENTS = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the 95% interval around it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClassScores:
    """How one class fares; ``support`` counts the sentences that truly have it.

    The figures are NaN where neither data nor predictions have the class.
    """

    name: str
    precision: float
    recall: float
    f1: Estimate
    support: int


@dataclass(frozen=True, slots=True)
class Scores:
    """How a set of classes fares; ``confusion`` is ``[true, predicted]``, in sentences.

    Where a sentence may have several classes, ``accuracy`` is the share of those for which all are
    right, ``micro_f1`` is the F1 over all classes together, and ``confusion`` has a last row and
    column more, for no class; see :func:`multi_label.score_labels`. Otherwise ``micro_f1`` is
    None, since it would be the accuracy.
    """

    macro_f1: Estimate
    accuracy: Estimate
    classes: tuple[ClassScores, ...]
    confusion: tuple[tuple[int, ...], ...]
    micro_f1: Estimate | None = None


def document_confusions(
    true: Integers, predicted: Integers, documents: Integers, classes: int
) -> Integers:
    """One confusion matrix for each document that occurs, ``[documents, true, predicted]``."""
    names, positions = np.unique(documents, return_inverse=True)
    confusions = np.zeros((len(names), classes, classes), dtype=np.int64)
    np.add.at(confusions, (positions, true, predicted), 1)
    return confusions


def document_counts(true: Flags, answered: Flags, documents: Integers) -> Integers:
    """Hits, answers and truths of each class, ``[documents, classes, 3]``, in sentences.

    Args:
        true: ``[sentences, classes]``, which a sentence has.
        answered: ``[sentences, classes]``, which it was given.
        documents: ``[sentences]``, the document that each is from.
    """
    names, positions = np.unique(documents, return_inverse=True)
    counts = np.zeros((len(names), true.shape[1], 3), dtype=np.int64)
    np.add.at(counts, positions, np.stack([true & answered, answered, true], axis=-1))
    return counts


def document_resamples(documents: int, resamples: int = RESAMPLES, seed: int = 0) -> Integers:
    """How often each document stands in each bootstrap sample, ``[resamples, documents]``.

    Whole documents are drawn with replacement, since sentences of one document are alike.
    """
    generator = np.random.default_rng(seed)
    return generator.multinomial(documents, np.full(documents, 1 / documents), size=resamples)


def document_means(values: Floats | Integers, documents: Integers) -> list[Estimate]:
    """The mean of each figure over sentences, NaN where there is no sentence.

    Args:
        values: ``[sentences, figures]``.
        documents: ``[sentences]``, the document that each is from.
    """
    names, positions = np.unique(documents, return_inverse=True)
    if not len(names):
        return [Estimate(np.nan, np.nan, np.nan)] * values.shape[1]
    totals = np.zeros((len(names), values.shape[1] + 1))
    np.add.at(totals, positions, np.column_stack([values, np.ones(len(values))]))
    return estimates(
        lambda sums: np.asarray(sums[..., :-1] / sums[..., -1:]),
        totals.sum(axis=0),
        document_resamples(len(names)) @ totals,
    )


def document_share(chosen: npt.NDArray[np.bool_], documents: Integers) -> Estimate:
    """The share of the sentences that are chosen, NaN where there is no sentence.

    The interval is NaN where it would say nothing of other documents: over fewer than five,
    or where each has the same share, as all or none.

    Args:
        chosen: ``[sentences]``.
        documents: ``[sentences]``, the document that each is from.
    """
    (share,) = document_means(chosen[:, np.newaxis].astype(np.int64), documents)
    if len(np.unique(documents)) < FEWEST_DOCUMENTS or share.low == share.high:
        return Estimate(share.value, np.nan, np.nan)
    return share


def f1_scores(confusion: Integers) -> Floats:
    """F1 of each class ``[..., classes]`` from ``[..., true, predicted]``.

    Zero where a class is never predicted right, NaN where neither data nor predictions
    have it.
    """
    return f1_of_counts(_hits(confusion), confusion.sum(axis=-2), confusion.sum(axis=-1))


def f1_of_counts(
    hits: Integers | Floats, answers: Integers | Floats, truths: Integers | Floats
) -> Floats:
    """F1 from how many sentences have a class rightly, are given it, and have it; NaN of none."""
    return ratio(2 * hits, answers + truths)


def label_f1(counts: Integers | Floats) -> Floats:
    """F1 ``[..., classes]`` from summed :func:`document_counts`, NaN where a class never occurs."""
    return f1_of_counts(*np.moveaxis(counts, -1, 0))


def mean_f1(f1: Floats) -> Floats:
    """Mean ``[...]`` over the classes of ``[..., classes]`` that occur, NaN where none does."""
    occurs = ~np.isnan(f1)
    return ratio(np.where(occurs, f1, 0.0).sum(axis=-1), occurs.sum(axis=-1))


def macro_f1(confusion: Integers) -> Floats:
    """Mean F1 ``[...]`` over the classes that occur in data or predictions.

    The classes and their scores are those of scikit-learn's ``f1_score`` with
    ``average="macro"`` and ``zero_division=0``.
    """
    return mean_f1(f1_scores(confusion))


def accuracy(confusion: Integers) -> Floats:
    """Share ``[...]`` of the sentences whose predicted class is the true one."""
    return ratio(_hits(confusion).sum(axis=-1), confusion.sum(axis=(-1, -2)))


def score(names: Sequence[str], confusions: Integers, resamples: Integers) -> Scores:
    """Score predictions, with percentile intervals over bootstrap samples.

    Args:
        names: the classes, in the order of the matrices.
        confusions: ``[documents, true, predicted]``.
        resamples: ``[resamples, documents]``, see :func:`document_resamples`.
    """
    confusion = confusions.sum(axis=0)
    resampled = np.tensordot(resamples, confusions, axes=1)
    true, predicted, hits = confusion.sum(axis=1), confusion.sum(axis=0), _hits(confusion)
    occurs = true + predicted > 0
    precisions = np.where(occurs, hits / np.maximum(predicted, 1), np.nan)
    recalls = np.where(occurs, hits / np.maximum(true, 1), np.nan)
    f1 = estimates(f1_scores, confusion, resampled)
    return Scores(
        macro_f1=estimates(macro_f1, confusion, resampled)[0],
        accuracy=estimates(accuracy, confusion, resampled)[0],
        classes=tuple(
            ClassScores(name, float(precisions[row]), float(recalls[row]), f1[row], int(true[row]))
            for row, name in enumerate(names)
        ),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
    )


def estimates(
    statistic: Callable[[Any], Floats], counts: Floats | Integers, resampled: Floats | Integers
) -> list[Estimate]:
    """An estimate of each figure that the statistic gives; NaN in a sample does not count.

    Args:
        statistic: makes figures ``[..., figures]`` of counts ``[..., counts]``.
        counts: of all documents together.
        resampled: ``[resamples, counts]``, of the documents in each bootstrap sample.
    """
    values = np.atleast_1d(statistic(counts))
    samples = statistic(resampled).reshape(len(resampled), -1)
    bounds = np.full((2, len(values)), np.nan)
    known = ~np.isnan(values)
    tail = (1 - CONFIDENCE) / 2
    bounds[:, known] = np.nanquantile(samples[:, known], (tail, 1 - tail), axis=0)
    return [Estimate(*figures) for figures in zip(values.tolist(), *bounds.tolist(), strict=True)]


def ratio(numerator: Integers | Floats, denominator: Integers | Floats) -> Floats:
    """The quotient, NaN where the denominator is zero."""
    undefined = np.full(np.shape(denominator), np.nan)
    quotients = np.divide(numerator, denominator, out=undefined, where=denominator > 0)
    return np.asarray(quotients)


def _hits(confusion: Integers) -> Integers:
    return np.diagonal(confusion, axis1=-2, axis2=-1)
