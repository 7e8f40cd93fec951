"""The learning curve: how good models of ever more labels are, and what more would buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from framelens.training.evaluation.metrics import (
    Estimate,
    Floats,
    Integers,
    document_resamples,
    label_f1,
    mean_f1,
)
from framelens.training.power_law import PowerLaw, fit_power_law

__all__ = ["LearningCurve", "Trial"]

RESAMPLES = 1000
TAIL = 0.025


@dataclass(frozen=True, eq=False)
class Trial:
    """A model of a part of the data, measured on what it has not seen.

    ``size`` counts the labelled sentences it learnt from. ``counts`` are
    :func:`document_counts` of the public labels. ``seconds`` is what training took.
    """

    size: int
    counts: Integers
    seconds: float


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """Models of growing parts of the data, and what follows from them.

    ``labels`` are the public labels, ``total`` is how many labelled sentences there are, and
    ``draws`` are trials by growing size, measured on the same sentences inside a draw.
    """

    labels: tuple[str, ...]
    total: int
    draws: tuple[tuple[Trial, ...], ...]

    @cached_property
    def sizes(self) -> list[int]:
        """Labelled sentences at each point, the mean over the draws."""
        sizes = [[trial.size for trial in draw] for draw in self.draws]
        return [round(size) for size in np.mean(sizes, axis=0)]

    @property
    def measured(self) -> list[Estimate]:
        """Macro-F1 at each point."""
        return _estimates(self._samples)

    @property
    def seconds(self) -> list[float]:
        """What training took at each point."""
        times = np.array([[trial.seconds for trial in draw] for draw in self.draws])
        return [float(each) for each in times.mean(axis=0)]

    def expected(self, sizes: Sequence[float] | Floats) -> list[Estimate]:
        """Macro-F1 with as many labelled sentences, by the power law."""
        return _estimates(1 - self.law(sizes))

    def gains(self, sizes: Sequence[float]) -> list[Estimate]:
        """How much more macro-F1 that is than with all the labels there are."""
        return _estimates(self.law([self.total]) - self.law(sizes))

    def label_scores(self, label: int) -> list[float]:
        """The F1 of a label at each point, the mean over the draws that have it, NaN of none."""
        scores = np.array(
            [[label_f1(trial.counts.sum(axis=0))[label] for trial in draw] for draw in self.draws]
        )
        return [float(each) for each in mean_f1(scores.T)]

    @cached_property
    def law(self) -> PowerLaw:
        """The power law as measured, then that of each bootstrap sample."""
        return fit_power_law(np.array(self.sizes), 1 - self._samples)

    @cached_property
    def _samples(self) -> Floats:
        """Macro-F1 ``[samples, points]``: as measured, then in samples of draws and documents."""
        measured = [[_macro_f1(trial.counts.sum(axis=0)) for trial in draw] for draw in self.draws]
        resampled = np.array([_resampled(draw, seed) for seed, draw in enumerate(self.draws)])
        chosen = np.random.default_rng(0).integers(0, len(self.draws), (RESAMPLES, len(self.draws)))
        samples = resampled[chosen, np.arange(RESAMPLES)[:, np.newaxis]].mean(axis=1)
        return np.concatenate([np.mean(measured, axis=0, keepdims=True), samples])


def _macro_f1(counts: Integers) -> Floats:
    return mean_f1(label_f1(counts))


def _resampled(draw: Sequence[Trial], seed: int) -> Floats:
    """Macro-F1 ``[samples, points]`` of one draw, with the same documents at each point."""
    resamples = document_resamples(len(draw[0].counts), RESAMPLES, seed)
    return np.stack(
        [_macro_f1(np.tensordot(resamples, trial.counts, axes=1)) for trial in draw], axis=1
    )


def _estimates(samples: Floats) -> list[Estimate]:
    """The first sample of each column, with the interval that the others make."""
    low, high = np.quantile(samples[1:], (TAIL, 1 - TAIL), axis=0)
    return [Estimate(*map(float, figures)) for figures in zip(samples[0], low, high, strict=True)]
