"""Votes into annotators and their agreement."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from framelens.model import Scheme
from framelens.training.evaluation import Predictions
from framelens.training.evaluation.human import annotator_leaves, measure_agreement

Build = Callable[..., Predictions]


def test_votes_become_annotators(build: Build):
    voted = build([0, 1, 2], [0, 0, 0], votes=[(0, 1), (1, 1), (2, 3)])
    annotators = annotator_leaves(voted)
    assert {name: each.tolist() for name, each in annotators.items()} == {
        "1": [0, 1, 2],
        "2": [1, 1, 3],
    }


@pytest.mark.parametrize("votes", [[(), ()], [(0, 1), (1,)], [(0, 1), ()]])
def test_no_line_where_a_sentence_lacks_two_votes(build: Build, votes: list[tuple[int, ...]]):
    assert annotator_leaves(build([0, 1], [0, 0], votes=votes)) == {}


def test_only_positions_that_every_sentence_has_count(build: Build):
    voted = build([0, 1], [0, 0], votes=[(0, 1, 2), (1, 1)])
    assert [leaves.tolist() for leaves in annotator_leaves(voted).values()] == [[0, 1], [1, 1]]


def test_kappa_by_hand(scheme: Scheme):
    # Over leaves they agree on 3 of 4; by chance on (1·1 + 1·1 + 2·1 + 0·1) / 16 = 1/4.
    # Leaves 2 and 3 are one label, over which they always agree.
    agreement = measure_agreement([np.array([0, 1, 2, 2]), np.array([0, 1, 2, 3])], scheme)
    assert agreement is not None
    assert agreement.leaves == pytest.approx((3 / 4 - 1 / 4) / (1 - 1 / 4))
    assert agreement.labels == pytest.approx(1.0)


def test_kappa_of_three_is_the_mean_over_pairs(scheme: Scheme):
    same, other = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    agreement = measure_agreement([same, same, other], scheme)
    assert agreement is not None
    assert agreement.leaves == pytest.approx((1 + 0 + 0) / 3)


def test_nobody_agrees_with_nobody(scheme: Scheme):
    assert measure_agreement([], scheme) is None


def test_kappa_is_undefined_where_all_is_one_class(scheme: Scheme):
    agreement = measure_agreement([np.array([1, 1]), np.array([1, 1])], scheme)
    assert agreement is not None
    assert math.isnan(agreement.leaves)
