"""What a model says of labelled sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from framelens.data import Corpus, LabelledDocument, LabelledSentence, sentences_in_context
from framelens.model import FramingClassifier, InputError, Scheme
from framelens.model.multi_label import certainties, given
from framelens.training.evaluation.scoring import document_logits

__all__ = [
    "Leaves",
    "Predictions",
    "fold_leaves",
    "is_right",
    "label_flags",
    "leaf_array",
    "likeliest_leaves",
    "predict",
]

Floats = npt.NDArray[np.floating[Any]]
Leaves = npt.NDArray[Any]
"""Leaves or labels of sentences: their positions ``[sentences]``, or, of a multi-label scheme,
whether sentences have them, ``[sentences, leaves]``."""
Integers = npt.NDArray[np.integer[Any]]
Sentence = tuple[str, LabelledSentence | None]

NO_KIND = "unnamed"


@dataclass(frozen=True, eq=False)
class Predictions:
    """Labelled sentences, and what a model says of each.

    ``leaf_logits`` are ``[sentences, leaves]`` and uncalibrated. ``leaf_labels`` are the
    true leaves, ``[sentences]`` or ``[sentences, leaves]``, see :data:`Leaves`. ``documents`` has
    the position of each sentence's document among all, ``kinds`` the kind of text it is from,
    ``votes`` the leaves that single annotators chose, and ``annotators`` their names, where these
    are known. ``unread`` counts the labelled sentences that are missing here,
    having no character that the model reads. ``review_below`` is the model's own threshold of
    the review mark, if it has one.
    """

    scheme: Scheme
    leaf_logits: Floats
    temperature: float
    leaf_labels: Leaves
    documents: Integers
    kinds: Sequence[str]
    texts: Sequence[str]
    votes: Sequence[tuple[Any, ...]]
    unread: int = 0
    review_below: float | None = None
    annotators: Sequence[tuple[str, ...]] = ()

    @cached_property
    def leaf_probabilities(self) -> npt.NDArray[np.float64]:
        """Calibrated probabilities ``[sentences, leaves]``."""
        return self.scheme.probabilities(self.leaf_logits, self.temperature)

    @cached_property
    def label_probabilities(self) -> Floats:
        """Calibrated probabilities of the public labels ``[sentences, labels]``."""
        return self.scheme.fold(self.leaf_probabilities)

    @cached_property
    def labels(self) -> Leaves:
        """The true public labels."""
        return fold_leaves(self.leaf_labels, self.scheme)

    @cached_property
    def predicted_leaves(self) -> Leaves:
        """The leaves that the model answers."""
        return likeliest_leaves(self.leaf_probabilities, self.scheme)

    @cached_property
    def predicted_labels(self) -> Leaves:
        """The public labels that the model answers."""
        return fold_leaves(self.predicted_leaves, self.scheme)

    @cached_property
    def correct(self) -> npt.NDArray[np.bool_]:
        """Whether the model's answer is the true one, all labels of a sentence together."""
        return is_right(self.predicted_labels, self.labels)

    @cached_property
    def confidences(self) -> Floats:
        """How sure the model is of its answers ``[sentences]``, as the classifier tells it."""
        probabilities = self.label_probabilities
        return certainties(probabilities) if self.scheme.multi_label else probabilities.max(axis=1)


def is_right(answered: Leaves, true: Leaves) -> npt.NDArray[np.bool_]:
    """Whether answers ``[sentences]`` are the true ones."""
    same = answered == true
    return np.asarray(same.all(axis=1) if same.ndim == 2 else same)


def leaf_array(labels: Iterable[str], scheme: Scheme) -> Leaves:
    """The leaves that sentences' labels name.

    Raises:
        SchemeError: a label is not in the scheme.
    """
    if scheme.multi_label:
        rows = [scheme.indicators(label) > 0 for label in labels]
        return np.array(rows, dtype=bool).reshape(-1, len(scheme.leaves))
    return np.array([scheme.leaf_index(label) for label in labels], dtype=np.int64)


def fold_leaves(leaves: Leaves, scheme: Scheme) -> Leaves:
    """The public label of each leaf, or, of a multi-label scheme, of each sentence's leaves."""
    if scheme.multi_label:
        return np.asarray(leaves @ scheme.folding > 0)
    return np.asarray(scheme.folding.argmax(axis=1)[leaves])


def label_flags(labels: Leaves, scheme: Scheme) -> npt.NDArray[np.bool_]:
    """Which public labels sentences have, ``[sentences, labels]``, whatever the kind of scheme."""
    return labels if scheme.multi_label else np.eye(len(scheme.labels), dtype=bool)[labels]


def likeliest_leaves(leaf_probabilities: Floats, scheme: Scheme) -> Leaves:
    """The leaf inside the likeliest public label, as the classifier answers.

    It need not be the likeliest of all leaves: several may share a label's probability. Of a
    multi-label scheme, all leaves that are given.
    """
    if scheme.multi_label:
        return given(leaf_probabilities)
    labels = scheme.fold(leaf_probabilities).argmax(axis=1)
    inside = scheme.folding.T[labels] > 0
    return np.asarray(np.where(inside, leaf_probabilities, -1.0).argmax(axis=1))


def predict(classifier: FramingClassifier, corpus: Corpus) -> Predictions:
    """Score every labelled sentence of a corpus, read in its whole document.

    Raises:
        InputError: no labelled sentence has a character that the model reads.
        SchemeError: a label is not in the classifier's scheme.
        EngineError: the engine gave no finite score.
    """
    readable = {
        position: sentences
        for position, document in enumerate(corpus)
        if (sentences := _readable_sentences(document, classifier))
    }
    texts = ([text for text, _ in sentences] for sentences in readable.values())
    logits: list[Floats] = []
    scored: list[tuple[int, Sentence]] = []
    for (position, sentences), output in zip(
        readable.items(), document_logits(classifier, texts), strict=True
    ):
        rows = [row for row, (_, labelled) in enumerate(sentences) if labelled]
        logits.append(output[rows])
        scored += [(position, sentences[row]) for row in rows]
    if not scored:
        raise InputError("no labelled sentence has a character that the model reads")
    return _predictions(classifier, corpus, np.concatenate(logits), scored)


def _readable_sentences(
    document: LabelledDocument, classifier: FramingClassifier
) -> list[Sentence]:
    """The document's sentences that the model reads; none where it reads no labelled one."""
    sentences = [
        (document.text[begin:end], labelled)
        for (begin, end), labelled in sentences_in_context(document)
    ]
    readable = list(compress(sentences, classifier.readable([text for text, _ in sentences])))
    return readable if any(labelled for _, labelled in readable) else []


def _predictions(
    classifier: FramingClassifier,
    corpus: Corpus,
    logits: Floats,
    scored: Sequence[tuple[int, Sentence]],
) -> Predictions:
    scheme = classifier.artefact.scheme
    labelled = [sentence for _, (_, sentence) in scored if sentence]
    total = sum(len(document.sentences) for document in corpus)
    return Predictions(
        scheme=scheme,
        leaf_logits=logits,
        temperature=classifier.artefact.manifest.temperature,
        leaf_labels=leaf_array((sentence.label for sentence in labelled), scheme),
        documents=np.array([position for position, _ in scored]),
        kinds=[corpus[position].metadata.get("kind", NO_KIND) for position, _ in scored],
        texts=[text for _, (text, _) in scored],
        votes=[tuple(leaf_array(sentence.votes, scheme)) for sentence in labelled],
        unread=total - len(scored),
        review_below=classifier.artefact.manifest.review_below,
        annotators=[sentence.annotators for sentence in labelled],
    )
