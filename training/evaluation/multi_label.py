"""Scores of classes of which a sentence may have several, or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from framelens.training.evaluation.metrics import (
    ClassScores,
    Flags,
    Floats,
    Integers,
    Scores,
    estimates,
    f1_of_counts,
    mean_f1,
    ratio,
)
from framelens.training.evaluation.predictions import is_right

__all__ = ["label_confusion", "score_labels"]


def score_labels(
    names: Sequence[str], true: Flags, answered: Flags, documents: Integers, resamples: Integers
) -> Scores:
    """Score answers, with percentile intervals over bootstrap samples.

    Args:
        names: the classes.
        true: ``[sentences, classes]``, which a sentence has.
        answered: ``[sentences, classes]``, which it was given.
        documents: ``[sentences]``, the document that each is from.
        resamples: ``[resamples, documents]``, see :func:`document_resamples`.
    """
    counts = _document_counts(true, answered, documents)
    total, resampled = counts.sum(axis=0), resamples @ counts
    hits, answers, truths = _divided(total)
    f1 = estimates(_f1, total, resampled)
    occurs = answers + truths > 0
    precisions = np.where(occurs, hits / np.maximum(answers, 1), np.nan)
    recalls = np.where(occurs, hits / np.maximum(truths, 1), np.nan)
    return Scores(
        macro_f1=estimates(_macro_f1, total, resampled)[0],
        micro_f1=estimates(_micro_f1, total, resampled)[0],
        accuracy=estimates(_exact, total, resampled)[0],
        classes=tuple(
            ClassScores(
                name, float(precisions[row]), float(recalls[row]), f1[row], int(truths[row])
            )
            for row, name in enumerate(names)
        ),
        confusion=tuple(tuple(row) for row in label_confusion(true, answered).tolist()),
    )


def label_confusion(true: Flags, answered: Flags) -> Integers:
    """The confusion matrix ``[true, answered]`` of classes and, last, of no class.

    A class that is right counts for itself alone. One that is missing counts for each that is too
    many, or for none where there is no such class, and one too many without any missing counts for
    it in the row of none (Heydarian et al. 2022, https://doi.org/10.1109/ACCESS.2022.3151048).
    """
    missing, extra = (_with_none(true & ~answered), _with_none(answered & ~true))
    confusion = missing.T @ extra
    # Where nothing is wrong there is nothing to confuse; without any class, none is right.
    confusion[-1, -1] = (~true.any(axis=1) & ~answered.any(axis=1)).sum()
    hits = (true & answered).sum(axis=0)
    confusion[np.arange(len(hits)), np.arange(len(hits))] += hits
    return np.asarray(confusion)


def _with_none(flags: Flags) -> Integers:
    return np.column_stack([flags, ~flags.any(axis=1)]).astype(np.int64)


def _document_counts(true: Flags, answered: Flags, documents: Integers) -> Integers:
    """For each document hits, answers and truths of all classes, sentences all right, and all."""
    names, positions = np.unique(documents, return_inverse=True)
    right = is_right(answered, true)[:, np.newaxis]
    values = np.hstack([true & answered, answered, true, right, np.ones_like(right)])
    counts = np.zeros((len(names), values.shape[1]), dtype=np.int64)
    np.add.at(counts, positions, values)
    return counts


def _divided(counts: Any) -> Any:
    """Hits, answers and truths ``[..., classes]``."""
    return np.split(counts[..., :-2], 3, axis=-1)


def _f1(counts: Any) -> Floats:
    return f1_of_counts(*_divided(counts))


def _macro_f1(counts: Any) -> Floats:
    return mean_f1(_f1(counts))


def _micro_f1(counts: Any) -> Floats:
    return f1_of_counts(*(each.sum(axis=-1) for each in _divided(counts)))


def _exact(counts: Any) -> Floats:
    return ratio(counts[..., -2], counts[..., -1])
