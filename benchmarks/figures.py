"""Figures of several rounds: medians, spread, ratios, percentiles; and the units of reports."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["MEGABYTE", "MILLISECOND", "Spread", "percentile"]

MEGABYTE = 1e6
"""In bytes."""

MILLISECOND = 1e-3
"""In seconds."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of a figure over the rounds, and its lowest and highest value."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of the rounds that gave a figure; all NaN where none did."""
        known = [value for value in values if not math.isnan(value)]
        if not known:
            return cls(math.nan, math.nan, math.nan)
        return cls(statistics.median(known), min(known), max(known))

    def against(self, other: Spread) -> float:
        """How many times the other's median this one's is."""
        return self.median / other.median if other.median else math.nan


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed, or NaN."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
