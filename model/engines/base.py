"""What an engine is, and the batches it is fed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["MOST_TOKENS", "Engine", "Ids", "Logits", "make_batch", "padded_length"]

Ids = npt.NDArray[np.int64]
Logits = npt.NDArray[np.floating[Any]]

LENGTH_STEP = 32

MOST_TOKENS = 1024
"""What a batch may hold, padding included: larger ones take more memory and time, and gain 2%."""


class Engine(Protocol):
    """Runs the network."""

    name: str
    precision: str
    streams: int
    """How many calls run side by side; more wait for these."""

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """The logits ``[windows, tokens, leaves]`` of a batch; may be called from any thread.

        Args:
            ids: input ids ``[windows, tokens]``.
            mask: 1 for the tokens of a window, 0 for padding, of the same shape.
        """
        ...

    def infer_apart(self, ids: Ids, mask: Ids) -> Logits:
        """The same, to the last bit whatever else runs, if not as soon."""
        ...


def padded_length(ids: Ids) -> int:
    """The tokens that a window takes in a batch: the next multiple of 32.

    Engines take milliseconds to change between input shapes, so there are few of them.
    """
    return -(-len(ids) // LENGTH_STEP) * LENGTH_STEP


def make_batch(windows: Sequence[Ids]) -> tuple[Ids, Ids]:
    """Input ids and mask of windows, padded to the longest of their padded lengths."""
    shape = len(windows), max(map(padded_length, windows))
    ids, mask = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for row, window in enumerate(windows):
        ids[row, : len(window)] = window
        mask[row, : len(window)] = 1
    return ids, mask
