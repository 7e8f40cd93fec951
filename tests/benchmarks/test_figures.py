"""Medians, spread, ratios and percentiles."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Spread, percentile


def test_a_spread_is_the_median_and_the_extremes():
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(median=2.0, low=1.0, high=3.0)


def test_a_round_without_a_figure_does_not_count():
    assert Spread.of([math.nan, 4.0]) == Spread(4.0, 4.0, 4.0)
    assert math.isnan(Spread.of([math.nan]).median)
    assert math.isnan(Spread.of([]).low)


def test_ratios_are_of_medians():
    assert Spread.of([3.0]).against(Spread.of([1.0, 2.0, 9.0])) == 1.5
    assert math.isnan(Spread.of([3.0]).against(Spread.of([0.0])))


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.25, 1), (0.5, 2), (0.51, 3), (0.99, 4), (1.0, 4)]
)
def test_a_percentile_is_one_of_the_values(share: float, expected: float):
    assert percentile([4, 2, 1, 3], share) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_as_many_values_as_it_says_do_not_exceed_a_percentile(values: list[float], share: float):
    found = percentile(values, share)
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert found in values


def test_no_values_have_no_percentile():
    assert math.isnan(percentile([], 0.5))
