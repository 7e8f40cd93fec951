"""Simple models that any other should beat."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from framelens.data import Corpus
from framelens.model import Scheme
from framelens.training.evaluation.predictions import Predictions, likeliest_leaves

__all__ = ["MAJORITY", "TFIDF", "baseline_leaves"]

Integers = npt.NDArray[np.integer[Any]]

WORD_OR_MARK = r"\w+|[^\w\s]"

MAJORITY = "majority"
TFIDF = "TF-IDF + logistic regression"


def baseline_leaves(test: Predictions, train: Corpus | None) -> dict[str, Integers]:
    """The leaves ``[sentences]`` that each baseline gives to the test sentences.

    Without a training corpus, the majority is that of the test labels and stands alone.
    """
    scheme = test.scheme
    if not train:
        return {MAJORITY: _majority(test.leaf_labels, len(test.texts), scheme)}
    labelled = [
        (document.text_of(sentence), scheme.leaf_index(sentence.label))
        for document in train
        for sentence in document.sentences
    ]
    texts, leaves = [text for text, _ in labelled], np.array([leaf for _, leaf in labelled])
    baselines = {MAJORITY: _majority(leaves, len(test.texts), scheme)}
    if len(np.unique(leaves)) > 1:
        baselines[TFIDF] = _tfidf(texts, leaves, test)
    return baselines


def _majority(leaves: Integers, sentences: int, scheme: Scheme) -> Integers:
    """The most frequent label and its most frequent leaf, for every sentence."""
    frequencies = np.bincount(leaves, minlength=len(scheme.leaves)) / len(leaves)
    return np.repeat(likeliest_leaves(frequencies[np.newaxis], scheme), sentences)


def _tfidf(texts: list[str], leaves: Integers, test: Predictions) -> Integers:
    model = _tfidf_model().fit(texts, leaves)
    probabilities = np.zeros((len(test.texts), len(test.scheme.leaves)))
    probabilities[:, model.classes_] = model.predict_proba(test.texts)
    return likeliest_leaves(probabilities, test.scheme)


def _tfidf_model() -> Pipeline:
    """Words, marks and pairs of them: a quotation mark tells more than most words."""
    return make_pipeline(
        TfidfVectorizer(token_pattern=WORD_OR_MARK, ngram_range=(1, 2), sublinear_tf=True),
        # C was chosen on a held-out part of the framing annotations' training data.
        # Newton's method needs a few steps where the default solver needs a hundred.
        LogisticRegression(C=10, class_weight="balanced", solver="newton-cg"),
    )
