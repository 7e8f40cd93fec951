"""What an engine is, and the batches it is fed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Batch", "Engine", "Logits", "run_windows"]

Ids = npt.NDArray[np.int64]
Logits = npt.NDArray[np.floating[Any]]
Batch = tuple[Ids, Ids]
"""Input ids and attention mask, both ``[windows, tokens]``."""

BATCH_TOKENS = 4096
LENGTH_STEP = 32


class Engine(Protocol):
    """Runs the network."""

    name: str
    precision: str

    def run(self, batches: Iterable[Batch]) -> Iterator[Logits]:
        """Yield the logits ``[windows, tokens, leaves]`` of each batch, in order."""
        ...


def run_windows(engine: Engine, windows: Sequence[Ids]) -> list[Logits]:
    """Logits ``[tokens, leaves]`` of each window, given its input ids ``[tokens]``.

    Windows of similar length share a batch, padded to a multiple of 32 tokens: engines
    take milliseconds to change between input shapes, so there are few of them.
    """
    order = sorted(range(len(windows)), key=lambda index: len(windows[index]))
    groups = list(_groups(order, windows))
    results: list[Logits] = [np.empty(0)] * len(windows)
    outputs = engine.run(_pad([windows[index] for index in group]) for group in groups)
    for group, logits in zip(groups, outputs, strict=True):
        for row, index in enumerate(group):
            results[index] = logits[row, : len(windows[index])]
    return results


def _groups(order: Sequence[int], windows: Sequence[Ids]) -> Iterator[list[int]]:
    group: list[int] = []
    for index in order:
        if group and (len(group) + 1) * _padded_length(windows[index]) > BATCH_TOKENS:
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def _padded_length(ids: Ids) -> int:
    return -(-len(ids) // LENGTH_STEP) * LENGTH_STEP


def _pad(windows: Sequence[Ids]) -> Batch:
    shape = len(windows), max(_padded_length(ids) for ids in windows)
    ids, mask = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for row, window in enumerate(windows):
        ids[row, : len(window)] = window
        mask[row, : len(window)] = 1
    return ids, mask
