"""Whether the words shown as evidence carry the label: remove them and measure the drop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from framelens.data import Corpus, sentences_in_context
from framelens.model import (
    Document,
    EngineError,
    Evidence,
    FramingClassifier,
    SentenceResult,
    Word,
)
from framelens.training.evaluation.metrics import Estimate, document_means
from framelens.training.evaluation.scoring import document_probabilities, in_groups

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
    sentences of each label that the model answered. ``sentences`` counts them, once for each label
    where they may have several; those of
    fewer than five words are left out, and so are ``unreadable`` more, of which nothing that
    the model reads would remain.
    """

    share: float
    sentences: int
    unreadable: int
    drops: Mapping[str, Estimate]
    by_label: Mapping[str, Mapping[str, Estimate]]


@dataclass(frozen=True, slots=True)
class _Excerpt:
    """A sentence between its neighbours: its document's number, and its place among them."""

    document: int
    sentences: tuple[str, ...]
    position: int

    def with_sentence(self, text: str) -> list[str]:
        return [*self.sentences[: self.position], text, *self.sentences[self.position + 1 :]]


@dataclass(frozen=True, slots=True)
class _Answer:
    """A label of a sentence, its probability, and the words that carry it."""

    label: str
    probability: float
    words: Sequence[Word]


@dataclass(frozen=True, slots=True)
class _Drops:
    """What removing words does to one sentence: a drop for each of :data:`CHOICES`."""

    document: int
    label: str
    values: list[float]


def measure_deletion(classifier: FramingClassifier, corpus: Corpus, seed: int = 0) -> Deletion:
    """Remove words from every labelled sentence, each read between its two neighbours.

    Raises:
        EngineError: the engine gave no finite score.
    """
    generator = np.random.default_rng(seed)
    excerpts = _excerpts(classifier, corpus)
    measured = [
        drops for group in in_groups(excerpts) for drops in _drops(classifier, group, generator)
    ]
    drops = [each for each in measured if each]
    return _summary(drops, unreadable=len(measured) - len(drops))


def _excerpts(classifier: FramingClassifier, corpus: Corpus) -> Iterator[_Excerpt]:
    """Every labelled sentence of some length, between those beside it that the model reads."""
    for number, document in enumerate(corpus):
        sentences = [
            (document.text[begin:end], labelled)
            for (begin, end), labelled in sentences_in_context(document)
        ]
        readable = classifier.readable([text for text, _ in sentences])
        sentences = list(compress(sentences, readable))
        for index, (text, labelled) in enumerate(sentences):
            if labelled and len(text.split()) >= FEWEST_WORDS:
                first = max(index - 1, 0)
                around = tuple(each for each, _ in sentences[first : index + 2])
                yield _Excerpt(number, around, index - first)


def _drops(
    classifier: FramingClassifier, excerpts: Sequence[_Excerpt], generator: np.random.Generator
) -> Iterator[_Drops | None]:
    """The drops of each label of a sentence, None where the model could not read what remains."""
    tested = []
    for excerpt, answer in _answers(classifier, excerpts):
        variants = list(_variants(answer.words, generator))
        if all(classifier.readable(variants)):
            tested.append((excerpt, answer, variants))
        else:
            yield None
    documents = (
        excerpt.with_sentence(variant) for excerpt, _, variants in tested for variant in variants
    )
    after = document_probabilities(classifier, documents)
    labels = classifier.artefact.scheme.label_names
    for excerpt, answer, variants in tested:
        place = excerpt.position, labels.index(answer.label)
        drops = [answer.probability - float(next(after)[place]) for _ in variants]
        yield _Drops(excerpt.document, answer.label, drops)


def _answers(
    classifier: FramingClassifier, excerpts: Sequence[_Excerpt]
) -> Iterator[tuple[_Excerpt, _Answer]]:
    """Every label that the excerpts' sentences are given."""
    documents = [Document(sentences=excerpt.sentences) for excerpt in excerpts]
    results = classifier.classify(documents, evidence=True)
    for excerpt, result in zip(excerpts, results, strict=True):
        if result.error is not None:
            raise EngineError(result.error)
        sentence = result.sentences[excerpt.position]
        for label, evidence in _evidence(sentence):
            yield excerpt, _Answer(label, sentence.scores[label], evidence.words)


def _evidence(sentence: SentenceResult) -> Iterable[tuple[str, Evidence]]:
    if sentence.label_evidence is not None:
        return sentence.label_evidence.items()
    return [(sentence.label, sentence.evidence)] if sentence.evidence else []


def _variants(words: Sequence[Word], generator: np.random.Generator) -> Iterator[str]:
    """The sentence without some of its words, for each of :data:`CHOICES`."""
    for removed in _removals(words, generator):
        yield " ".join(np.delete(np.array([word.text for word in words], dtype=object), removed))


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


def _summary(measured: Sequence[_Drops], unreadable: int) -> Deletion:
    values = np.reshape([drops.values for drops in measured], (-1, len(CHOICES)))
    labels = np.array([drops.label for drops in measured], dtype=np.str_)
    documents = np.array([drops.document for drops in measured], dtype=np.int64)

    def means(chosen: npt.NDArray[np.bool_]) -> dict[str, Estimate]:
        return dict(zip(CHOICES, document_means(values[chosen], documents[chosen]), strict=True))

    return Deletion(
        share=SHARE,
        sentences=len(measured),
        unreadable=unreadable,
        drops=means(np.ones(len(measured), dtype=bool)),
        by_label={str(label): means(labels == label) for label in np.unique(labels)},
    )
