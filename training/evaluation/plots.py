"""The pictures of an evaluation, legible in print and in shades of grey."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from matplotlib.typing import RcKeyType

from framelens.training.evaluation.confidence import Calibration, OperatingPoint
from framelens.training.evaluation.evaluation import Evaluation
from framelens.training.evaluation.metrics import Scores
from framelens.training.evaluation.sides import Sides
from framelens.training.evaluation.tables import confusion_names

__all__ = [
    "PLOTS",
    "SIDES_PLOT",
    "plot_confusion",
    "plot_reliability",
    "plot_risk_coverage",
    "plot_sides",
    "save_plots",
]

STYLE: dict[RcKeyType, Any] = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    # Labels are of anybody's making: dollar signs in them are no formulas.
    "text.parse_math": False,
}
DOTS_PER_INCH = 160
BLUE, ORANGE = "#1f3b57", "#b5651d"
GUIDE = "0.6"
_RELIABILITY = {
    False: ("Accuracy", "Confidence", "Sentences"),
    True: ("Share that have the label", "Probability of a label", "Labels of sentences"),
}


def plot_confusion(evaluation: Evaluation) -> Figure:
    """True against predicted classes, shaded by the share of each true class."""
    panels = [("Public labels", evaluation.scores.labels)]
    if evaluation.has_leaves:
        panels.append(("Leaves", evaluation.scores.leaves))
    sizes = [2.2 + 0.62 * len(scores.confusion) for _, scores in panels]
    figure = Figure(figsize=(sum(sizes), max(sizes)), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False, width_ratios=sizes)[0]
    for panel, (title, scores) in zip(axes, panels, strict=True):
        _draw_confusion(panel, scores)
        panel.set_title(title)
    return figure


def plot_reliability(evaluation: Evaluation) -> Figure:
    """Accuracy against confidence before and after calibration, over their histograms."""
    figure = Figure(figsize=(5, 6), layout="constrained")
    curve, histogram = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    curve.plot((0, 1), (0, 1), color=GUIDE, linewidth=1)
    _draw_bins(curve, histogram, evaluation.uncalibrated, after=False)
    _draw_bins(curve, histogram, evaluation.calibrated, after=True)
    right, confidence, counted = _RELIABILITY[evaluation.multi_label]
    curve.set(ylabel=right, ylim=(0, 1.02), title="Calibration of the public labels")
    curve.legend(loc="lower right")
    histogram.set(xlabel=confidence, ylabel=counted, xlim=(0, 1.02))
    return figure


def plot_risk_coverage(evaluation: Evaluation) -> Figure:
    """The share of wrong answers as the least confident answers are left out."""
    points = evaluation.risk_coverage.curve
    figure = Figure(figsize=(5, 3.6), layout="constrained")
    axes = figure.subplots()
    risks = [1 - point.accuracy for point in points]
    axes.plot([point.coverage for point in points], risks, color=BLUE)
    for target, point in evaluation.risk_coverage.targets.items():
        axes.axhline(1 - target, color=GUIDE, linewidth=1, linestyle=":")
        if point:
            _mark(axes, point, f"{point.coverage:.0%} answered, {target:.0%} right")
    axes.set(
        xlabel="Coverage: answered, the most confident first",
        ylabel="Risk: wrong among the answered",
        xlim=(0, 1.02),
        ylim=(0, None),
        title=f"Risk and coverage (mean risk {evaluation.risk_coverage.area:.3f})",
    )
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure


def plot_sides(sides: Sides) -> Figure:
    """The share of labels that flip when two sides are swapped, with the 95% intervals known."""
    rows = {f"all ({sides.effect.sentences:,})": sides.effect.flips} | {
        f"{' / '.join(pair.sides)} ({pair.effect.sentences:,})": pair.effect.flips
        for pair in sides.pairs
    }
    flips = list(rows.values())
    figure = Figure(figsize=(7, 1.4 + 0.27 * len(rows)), layout="constrained")
    axes = figure.subplots()
    axes.axvline(sides.effect.flips.value, color=GUIDE, linewidth=1, linestyle=":")
    for row, flip in enumerate(flips):
        color, marker = (ORANGE, "o") if row else (BLUE, "s")
        axes.plot((flip.low, flip.high), (row, row), color=color, linewidth=2)
        axes.plot(flip.value, row, marker, color=color, clip_on=False)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0, pad=8)
    axes.set(
        xlabel="Sentences whose label flips",
        xlim=(0, max(0.05, 1.05 * np.nanmax([(flip.value, flip.high) for flip in flips]))),
        title="Sides swapped (pairs of sentences)",
    )
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure


PLOTS: dict[str, Callable[[Evaluation], Figure]] = {
    "confusion.png": plot_confusion,
    "reliability.png": plot_reliability,
    "risk_coverage.png": plot_risk_coverage,
}
"""The pictures of every evaluation by the names of their files."""

SIDES_PLOT = "sides.png"
"""The picture of an evaluation whose sides were swapped."""


def save_plots(evaluation: Evaluation, folder: Path) -> None:
    """Write every picture as PNG into an existing folder."""
    with matplotlib.rc_context(STYLE):
        for name, plot in PLOTS.items():
            _save(plot(evaluation), folder / name)
        if evaluation.sides and evaluation.sides.pairs:
            _save(plot_sides(evaluation.sides), folder / SIDES_PLOT)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=DOTS_PER_INCH, bbox_inches="tight")


def _draw_confusion(axes: Axes, scores: Scores) -> None:
    counts = np.array(scores.confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        axes.text(
            column,
            row,
            f"{counts[row, column]}\n{share:.0%}",
            horizontalalignment="center",
            verticalalignment="center",
            fontsize=9,
            color="white" if share > 0.6 else "black",
        )
    names = confusion_names(scores)
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set(xlabel="Predicted", ylabel="True", anchor="N")


def _draw_bins(curve: Axes, histogram: Axes, calibration: Calibration, after: bool) -> None:
    """A line of bins, marked the larger the more sentences they hold, and a bar for each."""
    bins = calibration.bins
    confidences = [part.confidence for part in bins]
    accuracies = [part.accuracy for part in bins]
    counts = np.array([part.sentences for part in bins])
    color, style = (BLUE, "-") if after else (ORANGE, "--")
    name = f"{'after' if after else 'before'}: T = {calibration.temperature:.2f}"
    label = f"{name}, error {calibration.error:.3f}"
    curve.plot(confidences, accuracies, color=color, linestyle=style, label=label)
    areas = 10 + 150 * counts / counts.sum()
    marker = "s" if after else "o"
    curve.scatter(confidences, accuracies, areas, color, marker=marker, clip_on=False)
    half = (bins[0].high - bins[0].low) / 2
    histogram.bar(
        [part.low + half * after for part in bins],
        counts,
        width=half,
        align="edge",
        color=color if after else "white",
        edgecolor=color,
        hatch="" if after else "////",
    )


def _mark(axes: Axes, point: OperatingPoint, text: str) -> None:
    """Name a point of a rising curve, on the side where there is room."""
    place = (point.coverage, 1 - point.accuracy)
    axes.plot(*place, "o", color=BLUE)
    offset, horizontal, vertical = (
        ((-6, 5), "right", "baseline") if point.coverage > 0.5 else ((6, -5), "left", "top")
    )
    axes.annotate(text, place, offset, textcoords="offset points", ha=horizontal, va=vertical)
