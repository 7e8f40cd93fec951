"""F1 and its intervals, against hand, scikit-learn and plain resampling."""

import math
import warnings

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from framelens.training.evaluation.metrics import (
    accuracy,
    document_confusions,
    document_means,
    document_resamples,
    document_share,
    f1_scores,
    macro_f1,
    score,
)


def test_figures_by_hand():
    # Class 0: 2 of 3 right, class 1: 1 of 2, nothing else predicted as 0.
    confusion = np.array([[2, 1], [1, 1]])
    assert f1_scores(confusion).tolist() == pytest.approx([2 * 2 / 6, 2 * 1 / 4])
    assert macro_f1(confusion) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert accuracy(confusion) == pytest.approx(3 / 5)


def test_a_class_that_is_nowhere_does_not_count():
    confusion = np.array([[2, 1, 0, 0], [0, 3, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]])
    scores = f1_scores(confusion)
    assert scores[2] == 0.0  # in the data, never predicted
    assert math.isnan(scores[3])
    assert macro_f1(confusion) == pytest.approx((0.8 + 0.75 + 0.0) / 3)


def test_one_matrix_for_each_document():
    confusions = document_confusions(
        true=np.array([0, 1, 1]),
        predicted=np.array([0, 0, 1]),
        documents=np.array([7, 3, 7]),
        classes=2,
    )
    assert confusions.tolist() == [[[0, 0], [1, 0]], [[1, 0], [0, 1]]]


@pytest.fixture(scope="module")
def sentences() -> tuple[np.ndarray, ...]:
    """True classes, predicted classes and documents; the last of five classes is nowhere."""
    generator = np.random.default_rng(3)
    true = generator.choice(4, 300, p=[0.6, 0.25, 0.1, 0.05])
    predicted = np.where(generator.random(300) < 0.6, true, generator.integers(0, 4, 300))
    return true, predicted, generator.integers(0, 25, 300)


def test_figures_agree_with_scikit_learn(sentences: tuple[np.ndarray, ...]):
    true, predicted, documents = sentences
    confusions = document_confusions(true, predicted, documents, 5)
    scores = score("abcde", confusions, document_resamples(len(confusions)))
    reference = precision_recall_fscore_support(true, predicted, labels=range(4))
    for row, scored in enumerate(scores.classes[:4]):
        figures = [scored.precision, scored.recall, scored.f1.value, scored.support]
        assert figures == pytest.approx([column[row] for column in reference])
    absent = scores.classes[4]
    assert absent.support == 0
    assert all(map(math.isnan, (absent.precision, absent.recall, *_ends(absent.f1))))
    macro = f1_score(true, predicted, average="macro", zero_division=0)
    assert scores.macro_f1.value == pytest.approx(macro)
    assert scores.accuracy.value == pytest.approx(accuracy_score(true, predicted))


def test_intervals_agree_with_resampling_sentence_lists(sentences: tuple[np.ndarray, ...]):
    true, predicted, documents = sentences
    confusions = document_confusions(true, predicted, documents, 5)
    resamples = document_resamples(len(confusions), resamples=60, seed=1)
    macro, rarest = [], []
    for counts in resamples:
        rows = np.concatenate(
            [
                np.tile(np.flatnonzero(documents == name), count)
                for name, count in zip(np.unique(documents), counts, strict=True)
            ]
        )
        macro.append(f1_score(true[rows], predicted[rows], average="macro", zero_division=0))
        rarest.append(f1_score(true[rows], predicted[rows], labels=[3], average="macro"))
    scores = score("abcde", confusions, resamples)
    assert _ends(scores.macro_f1)[1:] == pytest.approx(np.quantile(macro, (0.025, 0.975)))
    assert _ends(scores.classes[3].f1)[1:] == pytest.approx(np.quantile(rarest, (0.025, 0.975)))


def test_intervals_hold_the_point_and_depend_on_the_seed_alone(
    sentences: tuple[np.ndarray, ...],
):
    confusions = document_confusions(*sentences, 5)
    one, again, other = (
        score("abcde", confusions, document_resamples(len(confusions), seed=seed))
        for seed in (0, 0, 1)
    )
    assert one.macro_f1 == again.macro_f1
    assert one.macro_f1 != other.macro_f1
    for estimate in (one.macro_f1, one.accuracy, *(scored.f1 for scored in one.classes[:4])):
        assert estimate.low < estimate.value < estimate.high


def test_sentences_of_a_document_are_never_parted():
    # One document is all right, the other all wrong: a sample has none, half or all right.
    true = np.zeros(200, dtype=int)
    documents = np.repeat([0, 1], 100)
    confusions = document_confusions(true, documents, documents, 2)
    samples = accuracy(np.tensordot(document_resamples(2), confusions, axes=1))
    assert sorted(set(samples)) == [0.0, 0.5, 1.0]
    scores = score("ab", confusions, document_resamples(2))
    assert _ends(scores.accuracy) == (0.5, 0.0, 1.0)


def test_every_sample_has_as_many_documents():
    resamples = document_resamples(30, resamples=200)
    assert resamples.shape == (200, 30)
    assert (resamples.sum(axis=1) == 30).all()
    assert resamples.std() == pytest.approx(1.0, abs=0.05)


def test_perfect_predictions_have_no_doubt():
    confusions = document_confusions(np.arange(12) % 3, np.arange(12) % 3, np.arange(12) // 3, 3)
    scores = score("abc", confusions, document_resamples(4))
    assert _ends(scores.macro_f1) == (1.0, 1.0, 1.0)
    assert scores.confusion == ((4, 0, 0), (0, 4, 0), (0, 0, 4))


def test_a_single_sentence_can_be_scored():
    confusions = document_confusions(np.array([1]), np.array([0]), np.array([0]), 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = score("abc", confusions, document_resamples(1))
    assert _ends(scores.macro_f1) == (0.0, 0.0, 0.0)


def test_means_count_sentences_and_draw_documents():
    # Document 7 has three sentences, document 2 one: a sample has one of them, or both.
    values = np.array([[1, 0.5], [1, 0.5], [1, 0.5], [0, 0.1]])
    share, change = document_means(values, np.array([7, 7, 7, 2]))
    assert _ends(share) == (0.75, 0.0, 1.0)
    assert _ends(change) == pytest.approx((0.4, 0.1, 0.5))


def test_the_mean_of_nothing_is_not_defined():
    (mean,) = document_means(np.empty((0, 1)), np.empty(0, dtype=int))
    assert all(map(math.isnan, _ends(mean)))


def test_a_share_has_an_interval_where_it_says_something():
    chosen, documents = np.array([True, True, False, True, True, True]), np.arange(6)
    share = document_share(chosen, documents)
    assert share == document_means(chosen[:, np.newaxis].astype(int), documents)[0]
    for few in (document_share(chosen, documents // 2), document_share(chosen[3:], documents[3:])):
        assert math.isnan(few.low)
    all_of_them = document_share(np.ones(9, dtype=bool), np.arange(9))
    assert all_of_them.value == 1.0
    assert math.isnan(all_of_them.high)


def _ends(estimate: object) -> tuple[float, ...]:
    return estimate.value, estimate.low, estimate.high
