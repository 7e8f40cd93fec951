"""Documents scored a few at a time, so that memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, islice
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from framelens.model import FramingClassifier
from framelens.model.engines.base import Logits

__all__ = ["document_logits", "document_probabilities", "in_groups", "readable_logits"]

Floats = npt.NDArray[np.floating[Any]]
Item = TypeVar("Item")

DOCUMENTS_AT_ONCE = 32


def in_groups(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Consecutive items, as many as are scored at once."""
    remaining = iter(items)
    while group := list(islice(remaining, DOCUMENTS_AT_ONCE)):
        yield group


def document_logits(
    classifier: FramingClassifier, documents: Iterable[Sequence[str]]
) -> Iterator[Logits]:
    """Uncalibrated logits ``[sentences, leaves]`` of each document, given as its sentences.

    Raises:
        InputError: a sentence has nothing that the model reads.
        EngineError: the engine gave no finite score.
    """
    for group in in_groups(documents):
        yield from classifier.sentence_logits(group)


def readable_logits(
    classifier: FramingClassifier, documents: Iterable[Sequence[str]], size: int, filling: float
) -> Iterator[Floats]:
    """Uncalibrated logits ``[sentences, size]`` of each document, given as its sentences.

    Args:
        classifier: the model.
        documents: the sentences of each.
        size: how many logits a sentence has.
        filling: what stands for those of a sentence that the model cannot read.

    Raises:
        EngineError: the engine gave no finite score.
    """
    for group in in_groups(documents):
        readable = [classifier.readable(sentences) for sentences in group]
        texts = [list(compress(*each)) for each in zip(group, readable, strict=True)]
        logits = iter(classifier.sentence_logits([each for each in texts if each]))
        for read in readable:
            rows = np.full((len(read), size), filling, dtype=np.float32)
            if any(read):
                rows[read] = next(logits)
            yield rows


def document_probabilities(
    classifier: FramingClassifier, documents: Iterable[Sequence[str]]
) -> Iterator[Floats]:
    """Calibrated probabilities ``[sentences, labels]``; see :func:`document_logits`."""
    scheme, temperature = classifier.artefact.scheme, classifier.artefact.manifest.temperature
    for logits in document_logits(classifier, documents):
        yield scheme.fold(scheme.probabilities(logits, temperature))
