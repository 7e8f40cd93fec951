"""The next sentences to label: those a model is unsure of, and that are unlike each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.preprocessing import normalize

from framelens.data.sheets import RANDOM, SheetRow, one_line
from framelens.model import FramelensError, FramingClassifier, Scheme
from framelens.training.evaluation.scoring import document_probabilities
from framelens.training.states import Encode, scaled

__all__ = ["SplitDocument", "suggest", "text_key", "uncertainties", "unlike_each_other"]

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]

UNCERTAIN = "uncertain"
VARIED = "varied"

CANDIDATES = 10
"""Sentences of which each one is chosen, as long as they are not more than half of all."""

AROUND = 2
"""Sentences before and after one that its vector knows of."""


@dataclass(frozen=True, slots=True)
class SplitDocument:
    """A document without labels, as its sentences."""

    id: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence by the positions of its document and in it, and how unsure its label is."""

    document: int
    sentence: int
    uncertainty: float


def suggest(
    documents: Sequence[SplitDocument],
    count: int,
    encode: Encode,
    classifier: FramingClassifier | None = None,
    random_share: float = 0.2,
    context: int = 2,
    known: Collection[str] = (),
    seed: int = 0,
) -> list[SheetRow]:
    """Choose sentences to label, given in the order of their documents.

    A share of them is drawn by chance, so that what is held out or tested on can be like the text.
    For the others, the sentences that the classifier is least sure of, ten times as many, are
    clustered by their vectors, and from each cluster the one in its middle is taken (Zhdanov
    2019, arXiv 1901.05954). Without a classifier, chance draws those that are clustered.

    Args:
        documents: the text.
        count: how many to choose; there may be fewer.
        encode: makes the vectors.
        classifier: a model of the same labels, if there is one yet.
        random_share: how many of them chance draws, from 0 to 1.
        context: sentences to show before and after each.
        known: the :func:`text_key` of sentences not to choose, such as those that have a label.
        seed: another seed draws others.

    Raises:
        FramelensError: there is no sentence to choose.
        EngineError: the classifier's engine gave no finite score.
    """
    generator = np.random.default_rng(seed)
    candidates = [
        each
        for each in _different(documents, _candidates(documents, classifier))
        if text_key(documents[each.document].sentences[each.sentence]) not in known
    ]
    if not candidates:
        raise FramelensError("there is no sentence to label that has no label yet")
    generator.shuffle(candidates)
    by_chance = round(random_share * min(count, len(candidates)))
    drawn, others = candidates[:by_chance], candidates[by_chance:]
    others.sort(key=lambda each: -each.uncertainty)
    wanted = count - by_chance
    others = others[: max(wanted, min(CANDIDATES * wanted, len(others) // 2))]
    chosen = _varied(documents, others, wanted, encode, seed)
    way = UNCERTAIN if classifier else VARIED
    selected = [(each, RANDOM) for each in drawn] + [(each, way) for each in chosen]
    selected.sort(key=lambda each: (each[0].document, each[0].sentence))
    return [_row(documents[each.document], each.sentence, context, how) for each, how in selected]


def text_key(sentence: str) -> str:
    """What two sentences share when they are the same but for case and white space."""
    return one_line(sentence).casefold()


def uncertainties(probabilities: Floats, scheme: Scheme) -> Floats:
    """How unsure answers are, ``[sentences]``, from 0 to 1.

    One less the difference of the two likeliest labels (Scheffer et al. 2001, margin sampling);
    in a multi-label scheme, one less that of yes and no for the label where it is smallest.

    Args:
        probabilities: ``[sentences, labels]``.
        scheme: that of the labels.
    """
    if scheme.multi_label:
        return np.asarray(1 - np.abs(2 * probabilities - 1).min(axis=1))
    second, first = np.partition(probabilities, (-2, -1), axis=1)[:, -2:].T
    return np.asarray(1 - (first - second))


def unlike_each_other(vectors: Floats, weights: Floats, count: int, seed: int = 0) -> Integers:
    """The positions of sentences from as many clusters, each the nearest to its middle.

    Where sentences have the same vector there are fewer clusters; then the sentences of the
    largest weights follow.

    Args:
        vectors: ``[sentences, size]``.
        weights: ``[sentences]``, how much each draws the middle of its cluster to itself.
        count: how many.
        seed: of the first middles.
    """
    if count >= len(vectors):
        return np.arange(len(vectors))
    directions = normalize(vectors)
    different = len(np.unique(directions, axis=0))
    clusters = KMeans(min(count, different), n_init=1, random_state=seed)
    # Where the model is sure of all, the weights would leave nothing to cluster.
    distances = clusters.fit(directions, sample_weight=weights + 1e-6).transform(directions)
    middles = np.unique(distances.argmin(axis=0))
    others = np.setdiff1d(np.argsort(-weights, kind="stable"), middles, assume_unique=True)
    return np.concatenate([middles, others[: count - len(middles)]])


def _candidates(
    documents: Sequence[SplitDocument], classifier: FramingClassifier | None
) -> list[_Candidate]:
    """Every sentence that can be read; without a classifier, all are as uncertain."""
    if classifier is None:
        return [
            _Candidate(position, sentence, 1.0)
            for position, document in enumerate(documents)
            for sentence in range(len(document.sentences))
        ]
    readable = [
        [row for row, can in enumerate(classifier.readable(document.sentences)) if can]
        for document in documents
    ]
    read = [(position, rows) for position, rows in enumerate(readable) if rows]
    texts = ([documents[position].sentences[row] for row in rows] for position, rows in read)
    scored = zip(read, document_probabilities(classifier, texts), strict=True)
    return [
        _Candidate(position, row, unsure)
        for (position, rows), probabilities in scored
        for row, unsure in zip(
            rows, uncertainties(probabilities, classifier.artefact.scheme).tolist(), strict=True
        )
    ]


def _different(
    documents: Sequence[SplitDocument], candidates: Sequence[_Candidate]
) -> list[_Candidate]:
    """Of sentences that are the same, the first."""
    first: dict[str, _Candidate] = {}
    for each in candidates:
        first.setdefault(text_key(documents[each.document].sentences[each.sentence]), each)
    return [*first.values()]


def _varied(
    documents: Sequence[SplitDocument],
    candidates: Sequence[_Candidate],
    count: int,
    encode: Encode,
    seed: int,
) -> list[_Candidate]:
    if count >= len(candidates):
        return [*candidates]
    excerpts = []
    for each in candidates:
        begin = max(0, each.sentence - AROUND)
        excerpts.append(documents[each.document].sentences[begin : each.sentence + 1 + AROUND])
    places = [min(each.sentence, AROUND) for each in candidates]
    vectors = [rows[place] for rows, place in zip(encode(excerpts), places, strict=True)]
    weights = np.array([each.uncertainty for each in candidates])
    chosen = unlike_each_other(scaled(np.stack(vectors)), weights, count, seed)
    return [candidates[position] for position in chosen]


def _row(document: SplitDocument, sentence: int, context: int, selected: str) -> SheetRow:
    texts = tuple(map(one_line, document.sentences))
    return SheetRow(
        document=document.id,
        number=sentence + 1,
        before=texts[max(0, sentence - context) : sentence],
        text=texts[sentence],
        after=texts[sentence + 1 : sentence + 1 + context],
        selected=selected,
    )
