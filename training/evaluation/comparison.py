"""Two systems' answers to the same sentences, compared document by document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest

from framelens.training.evaluation.evaluation import plain
from framelens.training.evaluation.metrics import (
    FEWEST_DOCUMENTS,
    Estimate,
    Flags,
    Floats,
    Integers,
    document_counts,
    document_means,
    document_resamples,
    estimates,
    label_f1,
    mean_f1,
)

__all__ = ["Comparison", "Difference", "McNemar", "compare_answers"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of two systems, and how much more the second one has of it.

    ``sentences`` is how many the figure is about: of a label, those that truly have it.
    """

    name: str
    first: float
    second: float
    difference: Estimate
    sentences: int

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval has zero outside it; False where there is no interval."""
        return self.difference.low > 0 or self.difference.high < 0


@dataclass(frozen=True, slots=True)
class McNemar:
    """Sentences that only one of two systems has right, and how likely so uneven a share is.

    The exact test (McNemar 1947, https://doi.org/10.1007/BF02295996), two-sided. It takes
    sentences as independent, which those of one document are not.
    """

    only_first: int
    only_second: int
    p_value: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is known of the difference between two systems.

    ``unread`` counts the labelled sentences that one of them cannot read; no figure has them.
    The ``differences`` are of macro-F1, accuracy, and the F1 of each label.
    """

    names: tuple[str, str]
    documents: int
    sentences: int
    unread: int
    differences: tuple[Difference, ...]
    mcnemar: McNemar

    def to_dict(self) -> dict[str, Any]:
        """All figures as JSON holds them: rounded, null where a figure is not defined."""
        content: dict[str, Any] = plain(asdict(self))
        return content


def compare_answers(
    names: tuple[str, str],
    labels: Sequence[str],
    truth: Flags,
    answers: tuple[Flags, Flags],
    documents: Integers,
    unread: int = 0,
) -> Comparison:
    """Compare two systems with a paired bootstrap: both are resampled by the same documents.

    Efron and Tibshirani 1993; Berg-Kirkpatrick et al. 2012 show what it is worth in our field.

    Args:
        names: of the systems.
        labels: the public labels.
        truth: ``[sentences, labels]``, which labels a sentence truly has.
        answers: the same as each system says.
        documents: ``[sentences]``, the document that each is from.
        unread: the labelled sentences that are missing here.
    """
    right = np.stack([(each == truth).all(axis=1) for each in answers], axis=1)
    counts = np.stack([document_counts(truth, each, documents) for each in answers], axis=1)
    macro, *by_label = zip(*_f1(counts.sum(axis=0)).tolist(), strict=True)
    macro_difference, *label_differences = _f1_differences(counts)
    gained = right[:, 1:].astype(np.int64) - right[:, :1]
    (accuracy_difference,) = document_means(gained, documents)
    rows = [
        ("macro-F1", macro, macro_difference, len(truth)),
        ("accuracy", right.mean(axis=0).tolist(), accuracy_difference, len(truth)),
        *zip(labels, by_label, label_differences, truth.sum(axis=0).tolist(), strict=True),
    ]
    return Comparison(
        names=names,
        documents=len(counts),
        sentences=len(truth),
        unread=unread,
        differences=tuple(
            Difference(name, first, second, _known(difference, len(counts)), sentences)
            for name, (first, second), difference, sentences in rows
        ),
        mcnemar=_mcnemar(right),
    )


def _f1(counts: Integers) -> Floats:
    """Macro-F1 and the F1 of each label, ``[..., 1 + labels]``, from ``[..., labels, 3]``.

    They are NaN where there is no sentence with the label, or with any, and no such answer.
    """
    f1 = label_f1(counts)
    return np.concatenate([mean_f1(f1)[..., np.newaxis], f1], axis=-1)


def _f1_differences(counts: Integers) -> list[Estimate]:
    """How much more of each the second system has; ``[documents, systems, labels, 3]``."""
    resampled = np.tensordot(document_resamples(len(counts)), counts, axes=1)
    return estimates(
        lambda sums: np.diff(_f1(sums), axis=-2)[..., 0, :], counts.sum(axis=0), resampled
    )


def _known(difference: Estimate, documents: int) -> Estimate:
    """The difference without an interval that would say nothing of other documents."""
    if documents < FEWEST_DOCUMENTS:
        return Estimate(difference.value, np.nan, np.nan)
    return difference


def _mcnemar(right: Flags) -> McNemar:
    """The test, of ``[sentences, systems]``: who has which sentence right."""
    first, second = right.T
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    apart = only_first + only_second
    p_value = float(binomtest(only_first, apart).pvalue) if apart else 1.0
    return McNemar(only_first, only_second, p_value)
