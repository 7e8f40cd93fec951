"""Softmax with a temperature, against scipy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from framelens.model.calibration import softmax

LOGITS = arrays(
    np.float64, st.tuples(st.integers(1, 4), st.integers(1, 6)), elements=st.floats(-1e4, 1e4)
)


@given(LOGITS, st.floats(0.05, 20))
def test_softmax_is_that_of_scipy(logits: npt.NDArray[np.float64], temperature: float):
    expected = scipy.special.softmax(logits / temperature, axis=-1)
    np.testing.assert_allclose(softmax(logits, temperature), expected, rtol=1e-9, atol=1e-300)


@given(LOGITS, st.floats(-1e4, 1e4))
def test_a_constant_added_to_all_logits_changes_nothing(
    logits: npt.NDArray[np.float64], constant: float
):
    np.testing.assert_allclose(softmax(logits + constant), softmax(logits), atol=1e-9)


def test_probabilities_of_known_odds():
    odds = np.log([1.0, 2.0, 5.0])
    np.testing.assert_allclose(softmax(odds), [0.125, 0.25, 0.625])
    np.testing.assert_allclose(softmax(odds, 0.5), np.array([1, 4, 25]) / 30)


@pytest.mark.parametrize("size", [1e3, 1e30, 1e300])
def test_extreme_logits_neither_overflow_nor_divide_by_zero(size: float):
    np.testing.assert_allclose(softmax(np.array([size, -size, 0.0])), [1.0, 0.0, 0.0])
    np.testing.assert_allclose(softmax(np.array([-size, -size])), [0.5, 0.5])


def test_single_precision_logits_give_double_precision_probabilities():
    probabilities = softmax(np.array([[0.1, 0.2, 0.3]], dtype=np.float32))
    assert probabilities.dtype == np.float64
    assert probabilities.sum() == pytest.approx(1, abs=1e-15)


def test_a_higher_temperature_is_more_modest_and_keeps_the_order():
    logits = np.array([2.0, 0.5, -1.0])
    cold, warm, hot = (softmax(logits, temperature) for temperature in (0.5, 1.0, 4.0))
    assert cold.max() > warm.max() > hot.max() > 1 / 3
    assert list(cold.argsort()) == list(warm.argsort()) == list(hot.argsort())
