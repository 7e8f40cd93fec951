"""Documents in groups are scored as all at once."""

import numpy as np
import pytest

from framelens.model import FramingClassifier
from framelens.training.evaluation import scoring
from framelens.training.evaluation.scoring import (
    document_logits,
    document_probabilities,
    in_groups,
    readable_logits,
)

TEXTS = [[f"Number {n}.", "And?"] for n in range(5)]


def test_groups_change_nothing(classifier: FramingClassifier, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scoring, "DOCUMENTS_AT_ONCE", 2)
    assert [len(group) for group in in_groups(TEXTS)] == [2, 2, 1]
    together = np.stack(classifier.sentence_logits(TEXTS))
    apart = np.stack(list(document_logits(classifier, iter(TEXTS))))
    np.testing.assert_allclose(apart, together, rtol=1e-12)


def test_what_cannot_be_read_is_filled(classifier: FramingClassifier):
    documents = [["Number 0.", "", "And?"], [" "], ["And?"]]
    answers = list(readable_logits(classifier, documents, 6, filling=0.0))
    first, last = classifier.sentence_logits([["Number 0.", "And?"], ["And?"]])
    assert [each.any(axis=1).tolist() for each in answers] == [[True, False, True], [False], [True]]
    np.testing.assert_allclose(answers[0][[0, 2]], first, rtol=1e-5)
    np.testing.assert_allclose(answers[2], last, rtol=1e-5)


def test_probabilities_are_those_of_the_classifier(classifier: FramingClassifier):
    (answer,) = classifier.classify(["Number 0.\nAnd?"])
    (probabilities,) = document_probabilities(classifier, TEXTS[:1])
    expected = [list(sentence.scores.values()) for sentence in answer.sentences]
    np.testing.assert_allclose(probabilities, expected, rtol=1e-12)
