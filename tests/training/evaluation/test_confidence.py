"""Calibration and abstention, on cases worked out by hand."""

import math

import numpy as np
import pytest

from framelens.training.evaluation.confidence import (
    assess_calibration,
    assess_review,
    expected_calibration_error,
    reliability_bins,
    risk_coverage,
)


def binary(confidences: list[float] | np.ndarray) -> np.ndarray:
    """Probabilities of two labels, with the first the likelier."""
    first = np.asarray(confidences)
    return np.stack([first, 1 - first], axis=1)


def test_calibration_error_by_hand():
    # Confidences of 0.9 twice, once right: 0.4 apart. Of 0.6 twice, both right: 0.4 apart.
    # Of 0.75 four times, three right: no distance.
    probabilities = binary([0.9, 0.9, 0.6, 0.6, 0.75, 0.75, 0.75, 0.75])
    labels = np.array([0, 1, 0, 0, 0, 0, 0, 1])
    assert expected_calibration_error(probabilities, labels) == pytest.approx(0.2)
    assert [part.sentences for part in reliability_bins(probabilities, labels)] == [2, 4, 2]


def test_bins_are_coarser_where_asked():
    probabilities, labels = binary([0.6, 0.9]), np.array([1, 0])
    (only,) = reliability_bins(probabilities, labels, bins=2)
    assert (only.low, only.high, only.sentences) == (0.5, 1.0, 2)
    assert (only.confidence, only.accuracy) == pytest.approx((0.75, 0.5))
    assert expected_calibration_error(probabilities, labels, bins=2) == pytest.approx(0.25)


def test_honest_confidences_have_hardly_any_error():
    generator = np.random.default_rng(0)
    probabilities = generator.dirichlet((1, 1, 1), 60_000)
    labels = (generator.random((60_000, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    assert expected_calibration_error(probabilities, labels) < 0.01
    for part in reliability_bins(probabilities, labels):
        assert part.low <= part.confidence <= part.high


def test_boasting_is_found_out():
    labels = np.repeat([0, 1], [60, 40])
    assert expected_calibration_error(binary([0.9] * 100), labels) == pytest.approx(0.3)


def test_certainty_that_rounds_above_one_is_counted():
    probabilities = np.array([[1 + 1e-12, 0.0], [1.0, 0.0]])
    (only,) = reliability_bins(probabilities, np.array([0, 1]))
    assert only.sentences == 2
    assert expected_calibration_error(probabilities, np.array([0, 1])) == pytest.approx(0.5)


@pytest.mark.parametrize("spare", [0, 1])
def test_losses_by_hand(spare: int):
    # A third label that nobody has must not change them.
    probabilities = np.pad(binary([0.8, 0.5]), ((0, 0), (0, spare)))
    measured = assess_calibration(probabilities, np.array([0, 1]), temperature=1.5)
    assert measured.temperature == 1.5
    assert measured.log_loss == pytest.approx(-(math.log(0.8) + math.log(0.5)) / 2)
    assert measured.brier == pytest.approx((2 * 0.2**2 + 2 * 0.5**2) / 2)
    assert measured.error == pytest.approx((0.2 + 0.5) / 2)


def test_risk_and_coverage_by_hand():
    probabilities = binary([0.6, 0.9, 0.7, 0.8])
    curve = risk_coverage(probabilities, np.array([1, 0, 1, 0]))
    points = [(point.confidence, point.coverage, point.accuracy) for point in curve.curve]
    expected = [(0.9, 0.25, 1.0), (0.8, 0.5, 1.0), (0.7, 0.75, 2 / 3), (0.6, 1.0, 0.5)]
    assert points == [pytest.approx(point) for point in expected]
    assert curve.area == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    assert {target: point.coverage for target, point in curve.targets.items()} == {
        0.95: 0.5,
        0.90: 0.5,
    }


def test_equal_confidences_are_answered_together():
    # However they are sorted, the wrong one cannot be left out alone.
    curve = risk_coverage(binary([0.8, 0.8, 0.8, 0.6]), np.array([0, 0, 1, 0]))
    assert [point.coverage for point in curve.curve] == [0.75, 1.0]
    assert [point.accuracy for point in curve.curve] == pytest.approx([2 / 3, 3 / 4])
    assert curve.area == pytest.approx(0.75 / 3 + 0.25 / 4)
    assert curve.targets == {0.95: None, 0.90: None}


def test_the_widest_coverage_that_reaches_the_target_counts():
    # Accuracy falls below 95% at the first sentence and comes back at the 20th.
    confidences = np.linspace(0.99, 0.6, 25)
    labels = np.array([1] + [0] * 19 + [1] * 5)
    target = risk_coverage(binary(confidences), labels).targets[0.95]
    assert target is not None
    assert (target.coverage, target.accuracy) == (0.8, 0.95)
    assert target.confidence == pytest.approx(confidences[19])


def test_long_curves_are_thinned_to_percents():
    curve = risk_coverage(binary(np.linspace(0.5, 1.0, 5_000)), np.zeros(5_000, dtype=int))
    coverages = [point.coverage for point in curve.curve]
    assert len(coverages) == 100
    assert coverages == pytest.approx(np.linspace(0.01, 1.0, 100), abs=0.001)
    assert curve.area == 0.0


def test_targets_are_those_asked_for():
    probabilities, labels = binary([0.9, 0.8, 0.7]), np.array([0, 1, 0])
    targets = risk_coverage(probabilities, labels, (0.6, 1.0)).targets
    assert {target: point.confidence for target, point in targets.items()} == {0.6: 0.7, 1.0: 0.9}


def test_a_review_mark_by_hand():
    # Below 0.8 there are two of five, one of them wrong; of the others one is wrong as well.
    probabilities = binary([0.9, 0.85, 0.8, 0.7, 0.6])
    mark = assess_review(probabilities, np.array([0, 1, 0, 0, 1]), np.arange(5), 0.8)
    assert (mark.below, mark.sentences, mark.marked) == (0.8, 5, 2)
    assert (mark.coverage.value, mark.errors_marked.value) == (0.6, 0.5)
    assert mark.accuracy.value == pytest.approx(2 / 3)


def test_a_review_mark_has_intervals_over_documents():
    # Ten documents, each with two sure answers and an unsure one; every second has an error.
    probabilities = binary([0.9, 0.9, 0.6] * 10)
    labels = np.array([0, 0, 0, 0, 1, 0] * 5)
    mark = assess_review(probabilities, labels, np.arange(30) // 3, 0.8)
    assert mark.accuracy.low < mark.accuracy.value == 0.75 < mark.accuracy.high
    # All documents have the same share of marked sentences: that says nothing of others.
    assert mark.coverage.value == pytest.approx(2 / 3)
    assert math.isnan(mark.coverage.low)


def test_a_review_mark_on_all_or_for_nothing():
    probabilities, labels, documents = binary([0.9, 0.8]), np.array([0, 0]), np.arange(2)
    everything = assess_review(probabilities, labels, documents, 1.0)
    assert (everything.marked, everything.coverage.value) == (2, 0.0)
    assert math.isnan(everything.accuracy.value)
    assert math.isnan(everything.errors_marked.value)
    assert assess_review(probabilities, labels, documents, 0.0).marked == 0
