"""Parts of labelled sentences to hold out in turn."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

__all__ = ["Mask", "draw_folds"]

Mask = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.integer[Any]]


def draw_folds(classes: Integers, groups: Integers, most: int, seed: int) -> list[Mask]:
    """Which sentences ``[sentences]`` are held out in each turn, each sentence in one.

    Those of a group are held out together, and every class is spread over the turns. There are no
    more turns than groups, nor than the most frequent class has sentences; none where these are
    fewer than two.

    Args:
        classes: ``[sentences]``.
        groups: ``[sentences]``, such as their documents.
        most: how many turns there may be.
        seed: of the draw.
    """
    count = min(most, len(np.unique(groups)), int(np.bincount(classes).max()))
    if count < 2:
        return []
    split = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # Of a rare class not every turn has a sentence.
        warnings.simplefilter("ignore", UserWarning)
        turns = [held for _, held in split.split(classes, classes, groups)]
    return [np.isin(np.arange(len(classes)), held) for held in turns if len(held)]
