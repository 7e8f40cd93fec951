"""Documents in groups are scored as all at once."""

import numpy as np
import pytest

from framelens.model import FramingClassifier
from framelens.training.evaluation import scoring
from framelens.training.evaluation.scoring import (
    document_logits,
    document_probabilities,
    in_groups,
)

TEXTS = [[f"Number {n}.", "And?"] for n in range(5)]


def test_groups_change_nothing(classifier: FramingClassifier, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scoring, "DOCUMENTS_AT_ONCE", 2)
    assert [len(group) for group in in_groups(TEXTS)] == [2, 2, 1]
    together = np.stack(classifier.sentence_logits(TEXTS))
    apart = np.stack(list(document_logits(classifier, iter(TEXTS))))
    np.testing.assert_allclose(apart, together, rtol=1e-12)


def test_probabilities_are_those_of_the_classifier(classifier: FramingClassifier):
    (answer,) = classifier.classify(["Number 0.\nAnd?"])
    (probabilities,) = document_probabilities(classifier, TEXTS[:1])
    expected = [list(sentence.scores.values()) for sentence in answer.sentences]
    np.testing.assert_allclose(probabilities, expected, rtol=1e-12)
