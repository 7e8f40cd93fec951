"""Labels that are probably wrong, found by a simple model that has not learnt them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from framelens.data import Corpus, LabelledDocument, LabelledSentence
from framelens.model import Scheme
from framelens.model.scheme import SEPARATOR
from framelens.training.folds import draw_folds
from framelens.training.states import Encode, SentenceEncoder, labelled_vectors, scaled

__all__ = ["Suspect", "confident_errors", "label_errors", "out_of_fold"]

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]

FOLDS = 5
STRENGTH = 1.0
"""Inverse of the penalty on the squared weights of the simple model."""

FEWEST = 2
"""Documents that a class must stand in: one to learn it from, one to judge."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A sentence whose label is probably wrong.

    ``begin:end`` is its place in the document's text. ``likelier`` is what the simple model takes
    it for, without having learnt its label; ``probability`` and ``likelier_probability`` are those
    of its own label and of that one, of a multi-label scheme those of the label they differ in.
    """

    document: str
    begin: int
    end: int
    text: str
    label: str
    likelier: str
    probability: float
    likelier_probability: float


class _Error(NamedTuple):
    """A row that is probably of another class."""

    row: int
    likelier: int
    probability: float
    likelier_probability: float


def label_errors(corpus: Corpus, scheme: Scheme, encode: Encode | None = None) -> list[Suspect]:
    """The sentences whose label is probably wrong, the most suspicious first.

    A logistic regression over the vectors of a frozen encoder learns four fifths of the documents
    and judges the sentences of the last one, in turn; :func:`confident_errors` says what is
    suspicious then. The simple model makes mistakes of its own: a person has to look. There is
    nothing to find where fewer than two labels stand in two documents each.

    Args:
        corpus: the labelled documents.
        scheme: the scheme of the labels.
        encode: makes the vectors; the packaged base does where nothing is given.

    Raises:
        BaseError: the packaged base is not installed.
    """
    placed = [(document, each) for document in corpus for each in document.sentences]
    labels = [sentence.label for _, sentence in placed]
    numbers: dict[str, int] = {}
    groups = np.array(
        [numbers.setdefault(each.text.casefold(), len(numbers)) for each, _ in placed]
    )
    vectors = scaled(labelled_vectors(corpus, encode or SentenceEncoder.load(scheme)))
    if scheme.multi_label:
        found = [*_wrong_decisions(vectors, labels, groups, scheme)]
    else:
        leaves = np.array([scheme.leaf_index(label) for label in labels])
        errors = _errors(vectors, leaves, groups)
        found = [(error, scheme.leaf_names[error.likelier]) for error in errors]
    found.sort(key=lambda each: each[0].probability - each[0].likelier_probability)
    return [_suspect(*placed[error.row], error, likelier) for error, likelier in found]


def out_of_fold(vectors: Floats, classes: Integers, groups: Integers) -> Floats:
    """Probabilities ``[sentences, classes]`` by models that learnt nothing of the same group.

    Args:
        vectors: ``[sentences, size]``, :func:`scaled`.
        classes: ``[sentences]``; those that no sentence has get a probability of zero.
        groups: ``[sentences]``, such as the documents, two at least.
    """
    probabilities = np.zeros((len(classes), int(classes.max()) + 1))
    for judged in draw_folds(classes, groups, FOLDS, seed=0):
        learnt = ~judged
        known = np.unique(classes[learnt])
        if len(known) == 1:
            probabilities[judged, known[0]] = 1.0
            continue
        model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(vectors[learnt], classes[learnt])
        probabilities[np.ix_(judged, model.classes_)] = model.predict_proba(vectors[judged])
    return probabilities


def confident_errors(probabilities: Floats, classes: Integers) -> dict[int, int]:
    """The sentences that are confidently of another class, and that class.

    Confident learning (Northcutt et al. 2021, arXiv 1911.00068): of the class that is likeliest,
    where it gets at least the mean probability that the sentences of that class get for it.

    Args:
        probabilities: ``[sentences, classes]``, by models that did not learn the sentence.
        classes: ``[sentences]``.
    """
    own = probabilities[np.arange(len(classes)), classes]
    counts = np.bincount(classes, minlength=probabilities.shape[1])
    sums = np.bincount(classes, own, minlength=probabilities.shape[1])
    thresholds = np.where(counts, sums / counts.clip(1), np.inf)
    likeliest = probabilities.argmax(axis=1)
    is_confident = probabilities.max(axis=1) >= thresholds[likeliest]
    found = np.flatnonzero(is_confident & (likeliest != classes))
    return {int(row): int(likeliest[row]) for row in found}


def _errors(vectors: Floats, classes: Integers, groups: Integers) -> list[_Error]:
    """What is probably of another class, among the classes that can be learnt and judged."""
    pairs = np.unique(np.stack([classes, groups]), axis=1)[0]
    learnable, documents = np.unique(pairs, return_counts=True)
    rows = np.flatnonzero(np.isin(classes, learnable[documents >= FEWEST]))
    if len(np.unique(classes[rows])) < 2:
        return []
    probabilities = out_of_fold(vectors[rows], classes[rows], groups[rows])
    return [
        _Error(
            int(rows[row]),
            likelier,
            float(probabilities[row, classes[rows[row]]]),
            float(probabilities[row, likelier]),
        )
        for row, likelier in confident_errors(probabilities, classes[rows]).items()
    ]


def _wrong_decisions(
    vectors: Floats, labels: Sequence[str], groups: Integers, scheme: Scheme
) -> Iterator[tuple[_Error, str]]:
    """What is probably wrong of each label of a multi-label scheme, and what should stand there."""
    indicators = np.array([scheme.indicators(label) for label in labels], dtype=np.int64)
    for leaf in range(len(scheme.leaves)):
        for error in _errors(vectors, indicators[:, leaf], groups):
            changed = indicators[error.row].copy()
            changed[leaf] = error.likelier
            yield error, SEPARATOR.join(compress(scheme.leaf_names, changed))


def _suspect(
    document: LabelledDocument, sentence: LabelledSentence, error: _Error, likelier: str
) -> Suspect:
    return Suspect(
        document.id,
        sentence.begin,
        sentence.end,
        document.text_of(sentence),
        sentence.label,
        likelier,
        error.probability,
        error.likelier_probability,
    )
