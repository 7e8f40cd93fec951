"""Temperature scaling on data whose temperature is known."""

from __future__ import annotations

import numpy as np
import pytest

from framelens.model.calibration import softmax
from framelens.training.calibration import fit_temperature, review_threshold


def draw(probabilities: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    thresholds = generator.random((len(probabilities), 1))
    return (probabilities.cumsum(axis=1) < thresholds).sum(axis=1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_the_labels_were_drawn_with_is_found(temperature: float):
    generator = np.random.default_rng(0)
    logits = generator.normal(scale=3.0, size=(20_000, 4))
    labels = draw(softmax(logits, temperature), generator)
    assert fit_temperature(logits, labels, np.eye(4)) == pytest.approx(temperature, rel=0.05)


def test_the_likelihood_is_that_of_the_folded_labels():
    generator = np.random.default_rng(1)
    logits = generator.normal(scale=3.0, size=(20_000, 4))
    folding = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=float)
    labels = draw(softmax(logits, 2.0) @ folding, generator)
    assert fit_temperature(logits, labels, folding) == pytest.approx(2.0, rel=0.05)


def test_few_sentences_make_no_certainty():
    logits, labels = np.array([[4.0, 0.0], [0.0, 4.0]] * 5), np.array([0, 1] * 5)
    certain, modest = (fit_temperature(logits, labels, np.eye(2), prior) for prior in (0, 1))
    assert softmax(logits, certain).max(axis=1) == pytest.approx(1, abs=1e-5)
    assert softmax(logits, modest).max(axis=1) == pytest.approx(11 / 12, abs=1e-3)


def test_no_sentence_is_refused():
    with pytest.raises(ValueError, match="at least one held-out sentence"):
        fit_temperature(np.empty((0, 4)), np.empty(0, dtype=int), np.eye(4))


def answers(right: list[bool]) -> tuple[np.ndarray, np.ndarray]:
    """Answers by falling confidence, from 0.9927 on in steps of 0.01, right or wrong."""
    confidences = 0.9927 - 0.01 * np.arange(len(right))
    return np.stack([confidences, 1 - confidences], axis=1), 1 - np.array(right, dtype=int)


def test_the_review_threshold_leaves_as_many_as_it_can():
    # Of the first ten nine are right, of any more sentences fewer.
    probabilities, labels = answers([True] * 5 + [False] + [True] * 4 + [False] * 3)
    threshold = review_threshold(probabilities, labels, 0.9)
    assert threshold == 0.902, "0.9027 rounded down, so that its answer stays unmarked"
    unmarked = probabilities[:, 0] >= threshold
    assert (labels[unmarked] == 0).mean() == 0.9


def test_where_all_are_right_the_threshold_is_the_lowest_confidence_seen():
    probabilities, labels = answers([True] * 8)
    assert review_threshold(probabilities, labels, 1.0) == 0.922


def test_there_is_no_threshold_where_the_surest_are_wrong():
    assert review_threshold(*answers([False, True, True]), 0.95) is None
