"""What the benchmark of labelling measures, on vectors in two clear clouds."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.labelled_vectors import (
    WAYS,
    LabelledVectors,
    measure_curves,
    measure_suggestions,
    measure_suspects,
)


@pytest.fixture(scope="module")
def labelled() -> LabelledVectors:
    """A thousand sentences in pairs, of two classes that are easily told apart."""
    generator = np.random.default_rng(0)
    classes = generator.integers(0, 2, 1000)
    vectors = generator.normal(size=(1000, 4)) + 4 * classes[:, np.newaxis]
    return LabelledVectors("clouds", vectors, classes, np.arange(1000) // 2)


def test_labels_made_wrong_are_found(labelled: LabelledVectors):
    found = measure_suspects(labelled, draws=1)
    assert found["precision"] > 0.9
    assert found["recall"] > 0.8
    assert found["first"] == 1.0


def test_every_way_to_choose_is_measured(labelled: LabelledVectors):
    measured = measure_suggestions(labelled, draws=1)
    assert measured.keys() == WAYS.keys()
    assert all(each["accuracy"] > 0.97 for each in measured.values())


def test_what_is_foretold_is_compared_with_what_comes(labelled: LabelledVectors):
    measured = measure_curves(labelled, draws=2)
    assert measured["foretold"] == pytest.approx(750, abs=10)
    assert measured["error"] < 0.03


def test_documents_are_not_divided(labelled: LabelledVectors):
    learnt, tested = labelled.divide(0)
    assert not {*labelled.documents[learnt]} & {*labelled.documents[tested]}
    assert sorted([*learnt, *tested]) == [*range(1000)]
    assert labelled.documents[labelled.rows(np.array([7, 3]))].tolist() == [7, 7, 3, 3]
