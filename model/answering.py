"""Probabilities into answers: the labels of sentences, and how sure these are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from framelens.model.multi_label import certainties, given
from framelens.model.results import Frame
from framelens.model.scheme import SEPARATOR, Scheme

__all__ = ["Answer", "answers"]

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sentence is labelled with; see :class:`SentenceResult`."""

    label: str
    confidence: float
    scores: dict[str, float]
    frame: Frame | None = None
    labels: tuple[str, ...] | None = None


def answers(leaves: Floats, scheme: Scheme) -> list[Answer]:
    """The answers that calibrated leaf probabilities ``[sentences, leaves]`` make."""
    scores = scheme.fold(leaves)
    by_name = [dict(zip(scheme.label_names, row, strict=True)) for row in scores.tolist()]
    if scheme.multi_label:
        return _multi_label(scores, by_name, scheme)
    best = scores.argmax(axis=1).tolist()
    return [
        Answer(scheme.label_names[label], own[scheme.label_names[label]], own, frame)
        for label, own, frame in zip(best, by_name, _frames(leaves, best, scheme), strict=True)
    ]


def _multi_label(scores: Floats, by_name: list[dict[str, float]], scheme: Scheme) -> list[Answer]:
    labels = [tuple(compress(scheme.label_names, row)) for row in given(scores).tolist()]
    return [
        Answer(SEPARATOR.join(names), confidence, own, labels=names)
        for names, confidence, own in zip(
            labels, certainties(scores).tolist(), by_name, strict=True
        )
    ]


def _frames(leaves: Floats, labels: Sequence[int], scheme: Scheme) -> list[Frame | None]:
    """The likeliest leaf inside each sentence's label, None for labels that have one only.

    Args:
        leaves: probabilities ``[sentences, leaves]``.
        labels: of the sentences, by their numbers.
        scheme: that of the labels.
    """
    inside = leaves * scheme.folding.T[labels]
    shares = (inside.max(axis=1) / inside.sum(axis=1)).tolist()
    likeliest = (scheme.leaves[leaf] for leaf in inside.argmax(axis=1).tolist())
    is_divided = (scheme.folding.sum(axis=0) > 1).tolist()
    return [
        Frame(leaf.frame or leaf.name, share) if is_divided[label] else None
        for label, leaf, share in zip(labels, likeliest, shares, strict=True)
    ]
