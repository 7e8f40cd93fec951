"""Differences of two systems, by hand, against plain resampling, and in the large."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from rich.console import Console
from scipy.stats import binom

from framelens.training.evaluation.comparison import Comparison, compare_answers
from framelens.training.evaluation.comparison_report import print_comparison, write_comparison

LABELS = ("sunny", "rainy")
Booleans = npt.NDArray[np.bool_]


def one_hot(*labels: int) -> Booleans:
    return np.eye(2, dtype=bool)[list(labels)]


def compare(truth: Booleans, one: Booleans, other: Booleans, documents: Any) -> Comparison:
    return compare_answers(("A", "B"), LABELS, truth, (one, other), np.array(documents))


def random_labels(
    sentences: int, right: float, truth: Booleans, generator: np.random.Generator
) -> Booleans:
    """Answers, a share of which is right."""
    wrong = generator.random(sentences) >= right
    return np.where(wrong[:, None], ~truth, truth)


def test_figures_by_hand():
    truth, one, other = one_hot(0, 0, 1, 1), one_hot(0, 1, 0, 1), one_hot(0, 0, 0, 1)
    comparison = compare(truth, one, other, range(4))
    macro, accuracy, sunny, rainy = comparison.differences
    assert (accuracy.first, accuracy.second) == (0.5, 0.75)
    assert accuracy.difference.value == pytest.approx(0.25)
    assert (sunny.first, sunny.second) == pytest.approx((0.5, 0.8))
    assert (rainy.first, rainy.second) == pytest.approx((0.5, 2 / 3))
    assert macro.difference.value == pytest.approx((0.8 + 2 / 3 - 1) / 2)
    assert [each.sentences for each in comparison.differences] == [4, 4, 2, 2]
    assert np.isnan(macro.difference.low), "four documents are too few for an interval"
    assert not macro.excludes_zero


def test_mcnemar_is_the_binomial_test_of_the_sentences_apart():
    truth = one_hot(*[0] * 12)
    one, other = one_hot(*[0] * 9, 1, 1, 1), one_hot(0, *[1] * 8, 0, 0, 1)
    test = compare(truth, one, other, range(12)).mcnemar
    assert (test.only_first, test.only_second) == (8, 2)
    assert test.p_value == pytest.approx(2 * binom.cdf(2, 10, 0.5))
    assert compare(truth, one, one, range(12)).mcnemar.p_value == 1.0


def test_equal_answers_differ_by_nothing_in_any_sample():
    generator = np.random.default_rng(0)
    truth = one_hot(*generator.integers(0, 2, 60))
    one = random_labels(60, 0.7, truth, generator)
    comparison = compare(truth, one, one, np.arange(60) // 6)
    for each in comparison.differences:
        assert (each.difference.value, each.difference.low, each.difference.high) == (0, 0, 0)
        assert not each.excludes_zero


def test_intervals_are_those_of_plain_paired_resampling():
    generator = np.random.default_rng(1)
    truth = one_hot(*generator.integers(0, 2, 400))
    one, other = (random_labels(400, right, truth, generator) for right in (0.7, 0.85))
    documents = np.arange(400) // 10
    macro = compare(truth, one, other, documents).differences[0]
    differences = []
    for _ in range(1000):
        drawn = generator.integers(0, 40, 40)
        rows = np.concatenate([np.flatnonzero(documents == each) for each in drawn])
        first, second = (
            2 * (truth[rows] & each[rows]).sum(axis=0) / (truth[rows].sum(0) + each[rows].sum(0))
            for each in (one, other)
        )
        differences.append(second.mean() - first.mean())
    expected = np.quantile(differences, (0.025, 0.975))
    assert (macro.difference.low, macro.difference.high) == pytest.approx(expected, abs=0.02)
    assert macro.excludes_zero


def test_pairing_tells_apart_what_separate_intervals_do_not():
    # Documents differ much, the systems little: the second has two sentences more in each.
    generator = np.random.default_rng(2)
    truth = one_hot(*[0, 1] * 300)
    right = np.repeat(generator.integers(2, 18, 30), 20)
    place = np.tile(np.arange(20), 30)
    one, other = (np.where((place < right + more)[:, None], truth, ~truth) for more in (0, 2))
    accuracy = compare(truth, one, other, np.arange(600) // 20).differences[1]
    assert accuracy.difference.value == pytest.approx(0.1)
    assert accuracy.excludes_zero
    assert accuracy.difference.high - accuracy.difference.low < 0.01


def test_sentences_may_have_several_labels_or_none():
    truth = np.array([[1, 1], [0, 0], [0, 1], [1, 0]], dtype=bool)
    other = np.array([[1, 1], [0, 0], [1, 1], [1, 0]], dtype=bool)
    _, accuracy, sunny, rainy = compare(truth, ~truth, other, range(4)).differences
    assert (accuracy.first, accuracy.second) == (0.0, 0.75)
    assert (sunny.second, rainy.second) == pytest.approx((0.8, 1.0))
    assert (sunny.sentences, rainy.sentences) == (2, 2)


def test_a_label_that_is_nowhere_has_no_figures(tmp_path: Path):
    truth = one_hot(*[0] * 10)
    comparison = compare(truth, truth, truth, range(10))
    write_comparison(comparison, tmp_path)
    rainy = json.loads((tmp_path / "comparison.json").read_text())["differences"][3]
    assert rainy["first"] is None
    page = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    assert "| rainy    |     – |     – |                         – |         0 |" in page


def test_it_is_shown_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    truth = one_hot(*[0, 1] * 10)
    comparison = compare(truth, ~truth, truth, range(20))
    print_comparison(comparison, Console(width=100))
    shown = capsys.readouterr().out
    assert "20 sentences in 20 documents, 95% intervals by document" in shown
    assert "+1.000 (+1.000 to +1.000) *" in shown
    assert "Only A has 0 sentences right, only B 20 (McNemar's exact test: p = 1.9e-06)." in shown
    write_comparison(comparison, tmp_path)
    page = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    assert page.startswith("# A and B\n\n20 sentences in 20 documents.\n")
    assert "| macro-F1 | 0.000 | 1.000 | +1.000 (+1.000 to +1.000) * |        20 |" in page
