"""Offsets in the unit that a caller's language counts strings in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

__all__ = ["Boundaries", "OffsetUnit", "boundaries", "code_points"]

OffsetUnit = Literal["utf32", "utf16", "utf8"]
"""Code points (Python), UTF-16 code units (JavaScript, Java, C#) or UTF-8 bytes (Go, Rust)."""

Boundaries = Sequence[int]
"""For every code point offset of a text, the same place in another unit."""


def boundaries(text: str, unit: OffsetUnit) -> Boundaries:
    """Convert all code point offsets of a text, its end included, in one pass over it."""
    if unit == "utf32":
        return range(len(text) + 1)
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    widths = np.ones(len(points), dtype=np.int64)
    for first_wider in (0x10000,) if unit == "utf16" else (0x80, 0x800, 0x10000):
        widths += points >= first_wider
    ends: list[int] = widths.cumsum().tolist()
    return [0, *ends]


def code_points(text: str, unit: OffsetUnit) -> Mapping[int, int]:
    """For every offset in a unit, unless it is inside a character: that in code points."""
    return {offset: point for point, offset in enumerate(boundaries(text, unit))}
