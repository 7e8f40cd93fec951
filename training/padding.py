"""Rows of unequal length as one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["padded"]


def padded(
    rows: Sequence[Sequence[Any]], filling: float, dtype: type[np.generic] = np.int64
) -> npt.NDArray[Any]:
    """Rows ``[rows, longest, ...]``, the shorter ones filled up at their end.

    Args:
        rows: sequences of numbers, or of arrays that have one shape.
        filling: what stands behind the end of a row.
        dtype: the type of the numbers.
    """
    arrays = [np.asarray(row, dtype=dtype) for row in rows]
    shape = len(arrays), max(map(len, arrays)), *arrays[0].shape[1:]
    result = np.full(shape, filling, dtype=dtype)
    for number, array in enumerate(arrays):
        result[number, : len(array)] = array
    return result
