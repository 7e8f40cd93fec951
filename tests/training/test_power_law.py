"""The power law through points that follow one, and through those that do not."""

from __future__ import annotations

import numpy as np
import pytest

from framelens.training.power_law import fit_power_law

SIZES = np.array([50, 100, 200, 400, 800])


@pytest.mark.parametrize(("floor", "scale", "exponent"), [(0.2, 3.0, 0.5), (0.0, 1.5, 0.2)])
def test_what_follows_a_power_law_is_foretold(floor: float, scale: float, exponent: float):
    law = fit_power_law(SIZES, floor + scale * SIZES**-exponent + np.zeros((2, 1)))
    more = np.array([1600, 3200])
    assert law(more) == pytest.approx(floor + scale * more**-exponent + np.zeros((2, 1)), abs=0.01)
    assert law.exponent == pytest.approx(exponent, rel=0.1)


def test_samples_are_fitted_one_by_one():
    errors = np.array([0.5 * SIZES**-0.3, 0.1 + 2.0 * SIZES**-0.6])
    both = fit_power_law(SIZES, errors)
    for row, alone in enumerate([fit_power_law(SIZES, errors[[row]]) for row in (0, 1)]):
        assert both([1600])[row] == pytest.approx(alone([1600])[0])


def test_what_does_not_fall_is_foretold_to_stay():
    law = fit_power_law(SIZES, np.array([[0.3] * 5, [0.2, 0.25, 0.3, 0.35, 0.4]]))
    assert law([10_000])[0] == pytest.approx(0.3)
    assert 0.2 < law([10_000])[1, 0] < 0.4


def test_errors_never_fall_below_zero():
    law = fit_power_law(SIZES, np.array([[0.5, 0.3, 0.12, 0.04, 0.001]]))
    assert law.floor[0] == 0
    assert 0 <= law([10**6])[0, 0] < 0.01
