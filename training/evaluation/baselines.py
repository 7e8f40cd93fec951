"""Simple models that any other should beat."""

from __future__ import annotations

import numpy as np
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from framelens.data import Corpus
from framelens.model import Scheme
from framelens.training.evaluation.predictions import (
    Leaves,
    Predictions,
    leaf_array,
    likeliest_leaves,
)

__all__ = ["MAJORITY", "TFIDF", "baseline_leaves"]

WORD_OR_MARK = r"\w+|[^\w\s]"

MAJORITY = "majority"
TFIDF = "TF-IDF + logistic regression"


def baseline_leaves(test: Predictions, train: Corpus | None) -> dict[str, Leaves]:
    """The leaves that each baseline gives to the test sentences.

    Without a training corpus, the majority is that of the test labels and stands alone.
    """
    scheme = test.scheme
    if not train:
        return {MAJORITY: _majority(test.leaf_labels, len(test.texts), scheme)}
    labelled = [
        (document.text_of(sentence), sentence.label)
        for document in train
        for sentence in document.sentences
    ]
    texts = [text for text, _ in labelled]
    leaves = leaf_array((label for _, label in labelled), scheme)
    baselines = {MAJORITY: _majority(leaves, len(test.texts), scheme)}
    if len(np.unique(leaves)) > 1:
        baselines[TFIDF] = (_tfidf_each if scheme.multi_label else _tfidf)(texts, leaves, test)
    return baselines


def _majority(leaves: Leaves, sentences: int, scheme: Scheme) -> Leaves:
    """The most frequent label and its most frequent leaf, for every sentence.

    Of a multi-label scheme, the labels that at least half of the sentences have.
    """
    if scheme.multi_label:
        frequencies = leaves.mean(axis=0)
    else:
        frequencies = np.bincount(leaves, minlength=len(scheme.leaves)) / len(leaves)
    return np.repeat(likeliest_leaves(frequencies[np.newaxis], scheme), sentences, axis=0)


def _tfidf(texts: list[str], leaves: Leaves, test: Predictions) -> Leaves:
    model = _tfidf_model().fit(texts, leaves)
    probabilities = np.zeros((len(test.texts), len(test.scheme.leaves)))
    probabilities[:, model.classes_] = model.predict_proba(test.texts)
    return likeliest_leaves(probabilities, test.scheme)


def _tfidf_each(texts: list[str], leaves: Leaves, test: Predictions) -> Leaves:
    """A model for each leaf, which answers yes or no."""
    vectors, regression = _tfidf_model().steps
    features = vectors[1].fit_transform(texts)
    tested = vectors[1].transform(test.texts)
    answers = np.zeros((len(test.texts), leaves.shape[1]), dtype=bool)
    for column, own in enumerate(leaves.T):
        answers[:, column] = (
            clone(regression[1]).fit(features, own).predict(tested) if len(set(own)) > 1 else own[0]
        )
    return answers


def _tfidf_model() -> Pipeline:
    """Words, marks and pairs of them: a quotation mark tells more than most words."""
    return make_pipeline(
        TfidfVectorizer(token_pattern=WORD_OR_MARK, ngram_range=(1, 2), sublinear_tf=True),
        # C was chosen on a held-out part of the framing annotations' training data.
        # Newton's method needs a few steps where the default solver needs a hundred.
        LogisticRegression(C=10, class_weight="balanced", solver="newton-cg"),
    )
