"""Coefficients of agreement: published examples, and what they must be in plain cases."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from framelens.training.evaluation.agreement import (
    alpha_by_class,
    cohen_kappa,
    coincidences,
    fleiss_kappa,
    fleiss_sums,
    krippendorff_alpha,
    specific_agreement,
)

# Votes of six psychiatrists on thirty patients, by diagnosis (Fleiss 1971, table 1).
FLEISS = np.array(
    [
        [0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0],
        [2, 0, 4, 0, 0], [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6],
        [1, 0, 0, 5, 0], [1, 1, 0, 4, 0], [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1],
        [0, 0, 5, 0, 1], [3, 0, 0, 1, 2], [5, 1, 0, 0, 0], [0, 2, 0, 4, 0], [1, 0, 2, 0, 3],
        [0, 0, 0, 0, 6], [0, 1, 0, 5, 0], [0, 2, 0, 1, 3], [2, 0, 0, 4, 0], [1, 0, 0, 4, 1],
        [0, 5, 0, 1, 0], [4, 0, 0, 0, 2], [0, 2, 0, 4, 0], [1, 0, 5, 0, 0], [0, 0, 0, 0, 6],
    ]
)  # fmt: skip

# Four observers of twelve units, with gaps (Krippendorff 2011, example C).
KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


def krippendorff_counts() -> np.ndarray:
    units = [[value for value in unit if value] for unit in zip(*KRIPPENDORFF, strict=True)]
    return np.array([[unit.count(value) for value in range(1, 6)] for unit in units[:-1]])


def test_the_example_of_fleiss():
    assert fleiss_kappa(fleiss_sums(FLEISS).sum(axis=0)) == pytest.approx(0.430, abs=5e-4)


def test_the_example_of_krippendorff():
    summed = coincidences(krippendorff_counts()).sum(axis=0)
    assert summed.sum() == pytest.approx(40)
    assert krippendorff_alpha(summed) == pytest.approx(0.743, abs=5e-4)


def test_alpha_of_a_class_is_that_of_the_votes_folded_in_two():
    counts = krippendorff_counts()
    alphas = alpha_by_class(coincidences(counts).sum(axis=0))
    for column, alpha in enumerate(alphas):
        own = counts[:, column]
        folded = np.column_stack([own, counts.sum(axis=1) - own])
        assert alpha == pytest.approx(krippendorff_alpha(coincidences(folded).sum(axis=0)))


def test_kappa_is_that_of_scikit_learn():
    generator = np.random.default_rng(0)
    one, other = generator.integers(0, 3, (2, 50))
    confusion = np.zeros((3, 3), dtype=np.int64)
    np.add.at(confusion, (one, other), 1)
    assert cohen_kappa(confusion) == pytest.approx(cohen_kappa_score(one, other))


def test_specific_agreement_is_the_f1_of_two_annotators():
    # They agree once on each class, and stand between the two classes once.
    counts = np.array([[2, 0], [0, 2], [1, 1]])
    summed = coincidences(counts).sum(axis=0)
    assert specific_agreement(summed) == pytest.approx([2 / 3, 2 / 3])


def test_chance_is_zero_and_full_agreement_one():
    generator = np.random.default_rng(0)
    chosen = generator.integers(0, 2, 20_000)
    other = generator.integers(0, 2, 20_000)
    by_chance = np.column_stack([(chosen == c).astype(int) + (other == c) for c in (0, 1)])
    same = np.column_stack([2 * (chosen == c).astype(int) for c in (0, 1)])
    for counts, expected in ((by_chance, 0), (same, 1)):
        assert krippendorff_alpha(coincidences(counts).sum(axis=0)) == pytest.approx(
            expected, abs=0.03
        )
        assert fleiss_kappa(fleiss_sums(counts).sum(axis=0)) == pytest.approx(expected, abs=0.03)


def test_of_one_class_alone_nothing_can_be_said():
    counts = np.array([[2, 0], [3, 0]])
    summed = coincidences(counts).sum(axis=0)
    figures = [
        krippendorff_alpha(summed),
        fleiss_kappa(fleiss_sums(counts).sum(axis=0)),
        cohen_kappa(np.array([[4, 0], [0, 0]])),
        specific_agreement(summed)[1],
    ]
    assert np.isnan(figures).all()
    assert np.isnan(alpha_by_class(summed)).all()


def test_leading_axes_are_samples():
    samples = np.stack([coincidences(FLEISS[:10]).sum(axis=0), coincidences(FLEISS).sum(axis=0)])
    alphas = krippendorff_alpha(samples)
    assert alphas.shape == (2,)
    assert alphas[1] == pytest.approx(krippendorff_alpha(samples[1]))
    assert alpha_by_class(samples).shape == (2, 5)
