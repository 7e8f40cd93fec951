"""Rows of unequal length in one array."""

from __future__ import annotations

import numpy as np

from framelens.training.padding import padded


def test_the_shorter_rows_are_filled_up():
    array = padded([[1, 2, 3], [4], []], -1)
    assert array.tolist() == [[1, 2, 3], [4, -1, -1], [-1, -1, -1]]
    assert array.dtype == np.int64


def test_rows_may_be_rows_of_arrays():
    array = padded([[[0.5, 1.0]], [[2.0, 3.0], [4.0, 5.0]]], -1.0, np.float32)
    assert array.tolist() == [[[0.5, 1.0], [-1.0, -1.0]], [[2.0, 3.0], [4.0, 5.0]]]
    assert array.dtype == np.float32
