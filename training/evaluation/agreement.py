"""Coefficients of agreement between annotators.

All are computed from counts that add up, so the agreement in a sample of documents is that of
their summed counts. Leading axes are samples.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from framelens.training.evaluation.metrics import ratio

__all__ = [
    "alpha_by_class",
    "cohen_kappa",
    "coincidences",
    "fleiss_kappa",
    "fleiss_sums",
    "krippendorff_alpha",
    "specific_agreement",
]

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]


def cohen_kappa(confusion: Integers | Floats) -> Floats:
    """Cohen's kappa ``[...]`` of two annotators' classes, counted as ``[..., first, second]``.

    Cohen 1960, https://doi.org/10.1177/001316446002000104. NaN where both gave one and the same
    class throughout.
    """
    total = confusion.sum(axis=(-1, -2))
    hits = np.trace(confusion, axis1=-2, axis2=-1)
    chance = (confusion.sum(axis=-1) * confusion.sum(axis=-2)).sum(axis=-1)
    return ratio(total * hits - chance, total**2 - chance)


def fleiss_sums(counts: Integers) -> Floats:
    """What :func:`fleiss_kappa` needs of each sentence, ``[sentences, 2 + classes]``.

    Args:
        counts: votes ``[sentences, classes]``, at least two for each sentence.
    """
    votes = counts.sum(axis=1)
    agreement = (counts * (counts - 1)).sum(axis=1) / (votes * (votes - 1))
    return np.column_stack([agreement, np.ones(len(counts)), counts])


def fleiss_kappa(sums: Floats) -> Floats:
    """Fleiss' kappa ``[...]`` of any number of annotators, from summed :func:`fleiss_sums`.

    Fleiss 1971, https://doi.org/10.1037/h0031619. Where sentences have different numbers of
    votes, the agreement on each counts the same, and chance is that of all votes. NaN where all
    votes are of one class.
    """
    agreement = sums[..., 0] / sums[..., 1]
    shares = sums[..., 2:] / sums[..., 2:].sum(axis=-1, keepdims=True)
    chance = (shares**2).sum(axis=-1)
    return ratio(agreement - chance, 1 - chance)


def coincidences(counts: Integers) -> Floats:
    """Pairs of votes on each sentence, ``[sentences, classes, classes]``.

    A sentence weighs as much as it has votes (Krippendorff 2011, Computing Krippendorff's
    alpha-reliability).

    Args:
        counts: votes ``[sentences, classes]``, at least two for each sentence.
    """
    pairs = counts[:, :, np.newaxis] * counts[:, np.newaxis, :]
    pairs -= counts[:, :, np.newaxis] * np.eye(counts.shape[1], dtype=np.int64)
    return np.asarray(pairs / (counts.sum(axis=1) - 1)[:, np.newaxis, np.newaxis])


def krippendorff_alpha(coincident: Floats) -> Floats:
    """Krippendorff's nominal alpha ``[...]`` from summed :func:`coincidences`.

    One where all agree, zero where they do as by chance, NaN where all votes are of one class.
    """
    votes = coincident.sum(axis=-1)
    total = votes.sum(axis=-1)
    apart = total - np.trace(coincident, axis1=-2, axis2=-1)
    return 1 - ratio((total - 1) * apart, total**2 - (votes**2).sum(axis=-1))


def alpha_by_class(coincident: Floats) -> Floats:
    """Krippendorff's alpha ``[..., classes]`` of each class against all others together."""
    votes = coincident.sum(axis=-1)
    total = votes.sum(axis=-1, keepdims=True)
    apart = votes - np.diagonal(coincident, axis1=-2, axis2=-1)
    return 1 - ratio((total - 1) * apart, votes * (total - votes))


def specific_agreement(coincident: Floats) -> Floats:
    """How often another annotator chose a class too where one did, ``[..., classes]``.

    Dice 1945, https://doi.org/10.2307/1932409; NaN where nobody did.
    """
    return ratio(np.diagonal(coincident, axis1=-2, axis2=-1), coincident.sum(axis=-1))
