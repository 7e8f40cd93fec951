"""Temperature scaling on data whose temperature is known."""

from __future__ import annotations

import numpy as np
import pytest

from framelens.model.calibration import softmax
from framelens.training.calibration import fit_temperature


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


def test_no_sentence_is_refused():
    with pytest.raises(ValueError, match="at least one held-out sentence"):
        fit_temperature(np.empty((0, 4)), np.empty(0, dtype=int), np.eye(4))
