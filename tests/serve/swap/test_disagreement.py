"""Figures over pairs of results."""

from __future__ import annotations

import pytest

from framelens.model import SentenceResult
from framelens.serve.swap.disagreement import Disagreement
from framelens.serve.thresholds import LabelThresholds, ThresholdSet

POLICY = ThresholdSet(
    "policy",
    "1",
    {"a": LabelThresholds(act=0.9), "b": LabelThresholds(act=0.9, review=0.6)},
    review_below=0.5,
)


def sentence(a: float, b: float) -> SentenceResult:
    scores = {"a": a, "b": b, "c": round(1 - a - b, 6)}
    label = max(scores, key=scores.__getitem__)
    return SentenceResult(0, 1, "x", label, scores[label], False, scores, None, 1, 1)


def test_nothing_is_told_of_nothing():
    answer = Disagreement(["a", "b"]).answer()
    assert answer.sentences == 0
    assert answer.agreement is answer.score_difference is answer.consequences_changed is None
    assert answer.labels["a"].agreement is answer.labels["a"].score_difference is None
    assert answer.labels["a"].candidate == {"a": 0, "b": 0}


def test_labels_scores_and_consequences_are_compared():
    disagreement = Disagreement(["a", "b", "c"])
    for own, candidate in [
        ((0.95, 0.05), (0.92, 0.08)),  # act on both
        ((0.95, 0.05), (0.80, 0.20)),  # act, and nothing
        ((0.95, 0.05), (0.05, 0.95)),  # act on one label, and on another
        ((0.10, 0.70), (0.10, 0.85)),  # review of both
    ]:
        disagreement.add(sentence(*own), sentence(*candidate), POLICY, POLICY)
    answer = disagreement.answer()
    assert answer.sentences == 4
    assert answer.agreement == 0.75
    assert answer.consequences_changed == 0.5
    a, b, c = (answer.labels[label] for label in "abc")
    assert a.candidate == {"a": 2, "b": 1, "c": 0}
    assert b.candidate == {"a": 0, "b": 1, "c": 0}
    assert (a.sentences, b.sentences, c.sentences) == (3, 1, 0)
    assert a.agreement == a.consequences_changed == pytest.approx(2 / 3)
    assert (b.agreement, b.consequences_changed, c.agreement) == (1, 0, None)
    assert a.score_difference == pytest.approx((0.03 + 0.15 + 0.9 + 0) / 4)
    assert b.score_difference == pytest.approx((0.03 + 0.15 + 0.9 + 0.15) / 4)
    assert c.score_difference == pytest.approx(0.15 / 4)
    assert answer.score_difference == pytest.approx((1.08 + 1.23 + 0.15) / 12)


def test_each_model_has_its_own_thresholds():
    lenient = ThresholdSet("lenient", "1", {}, review_below=0.1)
    disagreement = Disagreement(["a", "b", "c"])
    disagreement.add(sentence(0.4, 0.3), sentence(0.4, 0.3), POLICY, lenient)
    assert disagreement.answer().agreement == 1
    assert disagreement.answer().consequences_changed == 1


def test_for_review_the_label_does_not_matter():
    disagreement = Disagreement(["a", "b", "c"])
    disagreement.add(sentence(0.4, 0.3), sentence(0.3, 0.4), POLICY, POLICY)
    assert disagreement.answer().agreement == 0
    assert disagreement.answer().consequences_changed == 0
