"""Whether the words shown as evidence carry the label: remove them and measure the drop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from framelens.data import Corpus, sentences_in_context
from framelens.model import Document, FramingClassifier, Word
from framelens.training.evaluation.metrics import Estimate, document_means

__all__ = ["CHOICES", "Deletion", "measure_deletion"]

CHOICES = ("most contributing", "random", "least contributing")
"""Which words of a sentence are removed, each in its turn."""

SHARE = 0.2
FEWEST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Deletion:
    """How far a label's probability falls when a fifth of its sentence's words go.

    The comprehensiveness of DeYoung et al. 2020 (ERASER, arXiv 1911.03429), of words with
    the highest contributions, of random ones, and of those with the lowest.

    ``drops`` has the mean drop for each of :data:`CHOICES`, ``by_label`` the same for the
    sentences of each label that the model answered. ``sentences`` counts them; those of
    fewer than five words are left out.
    """

    share: float
    sentences: int
    drops: Mapping[str, Estimate]
    by_label: Mapping[str, Mapping[str, Estimate]]


def measure_deletion(classifier: FramingClassifier, corpus: Corpus, seed: int = 0) -> Deletion:
    """Remove words from every labelled sentence, each read between its two neighbours."""
    generator = np.random.default_rng(seed)
    excerpts = list(_excerpts(corpus))
    labels: list[str] = []
    documents: list[int] = []
    variants: list[Document] = []
    before: list[float] = []
    positions: list[int] = []
    answers = classifier.classify(
        [Document(sentences=each) for _, each, _ in excerpts], evidence=True
    )
    for (document, sentences, position), answer in zip(excerpts, answers, strict=True):
        if answer.error is not None:
            continue
        original = answer.sentences[position]
        labels.append(original.label)
        documents.append(document)
        before.append(original.confidence)
        words = original.evidence.words if original.evidence else ()
        for removed in _removals(words, generator):
            shorter = list(sentences)
            shorter[position] = _without(sentences[position].split(), removed)
            variants.append(Document(sentences=shorter))
            positions.append(position)
    after = [
        answer.sentences[position].scores[label]
        for answer, position, label in zip(
            classifier.classify(variants), positions, np.repeat(labels, len(CHOICES)), strict=True
        )
    ]
    drops = np.array(before)[:, np.newaxis] - np.reshape(after, (-1, len(CHOICES)))
    return _summary(drops, np.array(labels), np.array(documents))


def _excerpts(corpus: Corpus) -> Iterator[tuple[int, Sequence[str], int]]:
    """Every labelled sentence of some length with its neighbours, and its place among them."""
    for number, document in enumerate(corpus):
        sentences = sentences_in_context(document)
        texts = [document.text[begin:end] for (begin, end), _ in sentences]
        for index, (_, labelled) in enumerate(sentences):
            if labelled and len(texts[index].split()) >= FEWEST_WORDS:
                first = max(index - 1, 0)
                yield number, texts[first : index + 2], index - first


def _removals(
    words: Sequence[Word], generator: np.random.Generator
) -> Iterator[npt.NDArray[np.integer[Any]]]:
    """Positions of the words to remove, for each of :data:`CHOICES`."""
    contributions = np.array([word.contribution for word in words])
    order = np.argsort(-contributions, kind="stable")
    count = round(SHARE * len(order))
    yield order[:count]
    yield generator.permutation(len(order))[:count]
    yield order[-count:]


def _without(words: Sequence[str], removed: npt.NDArray[np.integer[Any]]) -> str:
    return " ".join(np.delete(np.array(words, dtype=object), removed))


def _summary(
    drops: npt.NDArray[np.floating[Any]],
    labels: npt.NDArray[np.str_],
    documents: npt.NDArray[np.integer[Any]],
) -> Deletion:
    def means(chosen: npt.NDArray[np.bool_]) -> dict[str, Estimate]:
        estimates = document_means(drops[chosen], documents[chosen])
        return dict(zip(CHOICES, estimates, strict=True))

    return Deletion(
        share=SHARE,
        sentences=len(drops),
        drops=means(np.ones(len(drops), dtype=bool)),
        by_label={str(label): means(labels == label) for label in np.unique(labels)},
    )
