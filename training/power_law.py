"""The power law by which errors fall as labels grow in number, fitted to many samples at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["PowerLaw", "fit_power_law"]

Floats = npt.NDArray[np.floating[Any]]

EXPONENTS = np.geomspace(0.05, 2.0, 60)


@dataclass(frozen=True, eq=False)
class PowerLaw:
    """Errors of ``floor + scale * size ** -exponent``, ``[samples]`` each.

    What is left of the error with ever more examples is the floor: labels that contradict each
    other, and what the encoder cannot tell apart.
    """

    floor: Floats
    scale: Floats
    exponent: Floats

    def __call__(self, sizes: npt.ArrayLike) -> Floats:
        """The errors ``[samples, sizes]``."""
        powers = np.asarray(sizes, dtype=np.float64) ** -self.exponent[:, np.newaxis]
        return self.floor[:, np.newaxis] + self.scale[:, np.newaxis] * powers


def fit_power_law(sizes: Floats | npt.NDArray[np.integer[Any]], errors: Floats) -> PowerLaw:
    """The power law of each sample by weighted least squares, none of its figures negative.

    The method is that of Figueroa et al. 2012 (https://doi.org/10.1186/1472-6947-12-8). Larger
    sizes count more, by their square roots, since scores vary less there. For each of many
    exponents the rest is linear, so that a thousand samples take no longer than one.

    Args:
        sizes: ``[sizes]``, numbers of examples.
        errors: ``[samples, sizes]``.
    """
    weights = np.sqrt(sizes) / np.sqrt(sizes).sum()
    powers = np.asarray(sizes, dtype=np.float64) ** -EXPONENTS[:, np.newaxis]
    centre = powers @ weights
    variance = (powers**2) @ weights - centre**2
    mean = errors @ weights
    covariance = (errors * weights) @ powers.T - np.outer(mean, centre)
    scale = np.maximum(covariance / variance, 0.0)
    floor = mean[:, np.newaxis] - scale * centre
    # Where the floor would be below zero, the line goes through zero instead.
    through_zero = ((errors * weights) @ powers.T) / ((powers**2) @ weights)
    scale = np.where(floor < 0, through_zero, scale)
    floor = np.maximum(floor, 0.0)
    fitted = floor[..., np.newaxis] + scale[..., np.newaxis] * powers
    losses = ((fitted - errors[:, np.newaxis]) ** 2) @ weights
    best = losses.argmin(axis=1)
    rows = np.arange(len(errors))
    return PowerLaw(floor[rows, best], scale[rows, best], EXPONENTS[best])
