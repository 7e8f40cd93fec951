"""What two models, or files of answers, say of the same labelled sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from framelens.data import Corpus
from framelens.data.answers import Answers
from framelens.model import FramingClassifier, InputError, Scheme
from framelens.training.evaluation.comparison import Comparison, compare_answers
from framelens.training.evaluation.metrics import Flags
from framelens.training.evaluation.predictions import fold_leaves, label_flags, leaf_array, predict

__all__ = ["System", "compare_systems"]

System: TypeAlias = FramingClassifier | Answers
"""A model, or what one answered; their public labels are those of one scheme."""


def compare_systems(
    names: tuple[str, str], systems: tuple[System, System], corpus: Corpus, scheme: Scheme
) -> Comparison:
    """Compare two systems on the labelled sentences that both can read.

    Args:
        names: of the systems.
        systems: the two of them.
        corpus: the documents; the models should not have seen them.
        scheme: of the labels.

    Raises:
        InputError: the scheme of a model has other leaves, or no sentence can be read.
        DataError: a file has no answer for a sentence.
        EngineError: an engine gave no finite score.
    """
    models = [system for system in systems if isinstance(system, FramingClassifier)]
    for name, system in zip(names, systems, strict=True):
        if isinstance(system, FramingClassifier):
            _check_leaves(name, system.artefact.scheme, scheme)
    readable = _readable(corpus, models)
    if not readable:
        raise InputError("no labelled sentence has a character that the models read")
    true = [sentence.label for each in readable for sentence in each.sentences]
    sentences = [len(each.sentences) for each in readable]
    first, second = (_labels(system, readable, scheme) for system in systems)
    return compare_answers(
        names,
        scheme.label_names,
        label_flags(fold_leaves(leaf_array(true, scheme), scheme), scheme),
        (first, second),
        np.repeat(np.arange(len(readable)), sentences),
        unread=sum(len(each.sentences) for each in corpus) - sum(sentences),
    )


def _labels(system: System, corpus: Corpus, scheme: Scheme) -> Flags:
    """Which public labels a system gives to sentences, ``[sentences, labels]``."""
    if isinstance(system, Answers):
        given = system.labels(corpus)
        return np.array([[place in each for place in range(len(scheme.labels))] for each in given])
    return label_flags(predict(system, corpus).predicted_labels, scheme)


def _check_leaves(name: str, leaves: Scheme, scheme: Scheme) -> None:
    if (leaves.leaf_names, leaves.multi_label) != (scheme.leaf_names, scheme.multi_label):
        raise InputError(
            f"{name}: its leaves are not those of the scheme {scheme.name!r}; compare files of "
            "public labels instead, as 'framelens score' writes them"
        )


def _readable(corpus: Corpus, models: Sequence[FramingClassifier]) -> Corpus:
    """The documents with the labelled sentences that all models read, if they have any."""
    kept = []
    for document in corpus:
        texts = [document.text_of(sentence) for sentence in document.sentences]
        read = [model.readable(texts) for model in models]
        sentences = tuple(
            sentence
            for place, sentence in enumerate(document.sentences)
            if all(readable[place] for readable in read)
        )
        if sentences:
            kept.append(replace(document, sentences=sentences))
    return kept
