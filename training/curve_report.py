"""A learning curve for people: what more labels would buy, in words, tables and a picture."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from rich.console import Console

from framelens.training.evaluation.console import rendered
from framelens.training.evaluation.plots import BLUE, DOTS_PER_INCH, ORANGE, STYLE
from framelens.training.evaluation.report import markdown_table
from framelens.training.evaluation.tables import UNDEFINED, Table, estimate_text, figure_text
from framelens.training.learning_curve import LearningCurve

__all__ = [
    "advice",
    "curve_table",
    "expectation_table",
    "plot_curve",
    "print_curve",
    "write_curve",
]

MULTIPLES = (1, 2, 4)
"""How many times the labels there are, of what is foretold."""

WORTH = 0.01
"""A gain of macro-F1 that is worth having."""

METHOD = """\
In parentheses are 95% intervals over samples of the draws and of the documents that the models were
measured on. What is foretold follows the power law through the measured points; it does not know of
labels that will be of another kind, or better."""


def advice(curve: LearningCurve) -> str:
    """What twice as many labels would buy, and whether that is worth it."""
    gain = curve.gains([2 * curve.total])[0]
    buy = f"{curve.total:,} more labelled sentences would buy {gain.value:.3f} of macro-F1"
    interval = f"({gain.low:.3f} to {gain.high:.3f})"
    if gain.low >= WORTH:
        verdict = "more labels help"
    elif gain.high < WORTH:
        verdict = "more of the same labels hardly help: look at agreement and suspects first"
    else:
        verdict = "whether more labels help is not certain"
    return f"{buy} {interval}: {verdict}."


def curve_table(curve: LearningCurve) -> Table:
    """What was measured at each point, and the F1 of each label there."""
    scores = [curve.label_scores(label) for label in range(len(curve.labels))]
    return Table(
        ("Labelled sentences", "Macro-F1", *(f"F1 {name}" for name in curve.labels), "Seconds"),
        [
            (
                f"{size:,}",
                estimate_text(measured),
                *(figure_text(label[point]) for label in scores),
                f"{seconds:.0f}",
            )
            for point, (size, measured, seconds) in enumerate(
                zip(curve.sizes, curve.measured, curve.seconds, strict=True)
            )
        ],
    )


def expectation_table(curve: LearningCurve) -> Table:
    """What is foretold of all the labels there are, and of more."""
    sizes = [multiple * curve.total for multiple in MULTIPLES]
    rows = zip(sizes, curve.expected(sizes), curve.gains(sizes), strict=True)
    return Table(
        ("Labelled sentences", "Expected macro-F1", "Gain over all there are"),
        [
            (
                f"{size:,}",
                estimate_text(expected),
                estimate_text(gain) if size > curve.total else UNDEFINED,
            )
            for size, expected, gain in rows
        ],
    )


def plot_curve(curve: LearningCurve) -> Figure:
    """The measured points with their intervals, and the power law with its band beyond them."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    sizes = np.geomspace(curve.sizes[0], MULTIPLES[-1] * curve.total, 60)
    expected = curve.expected(sizes)
    axes.fill_between(
        sizes,
        [each.low for each in expected],
        [each.high for each in expected],
        color=ORANGE,
        alpha=0.2,
        linewidth=0,
    )
    axes.plot(sizes, [each.value for each in expected], color=ORANGE, label="power law")
    for size, measured in zip(curve.sizes, curve.measured, strict=True):
        axes.plot((size, size), (measured.low, measured.high), color=BLUE, linewidth=1)
    values = [measured.value for measured in curve.measured]
    axes.plot(curve.sizes, values, "o", color=BLUE, label="measured")
    axes.axvline(curve.total, color="0.6", linewidth=1, linestyle=":")
    axes.set(
        xscale="log",
        xlabel="Labelled sentences (dotted: all there are)",
        ylabel="Macro-F1",
        title="What more labels would buy",
    )
    ticks = [*curve.sizes, *(multiple * curve.total for multiple in MULTIPLES[1:])]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()
    axes.legend(loc="lower right")
    return figure


def print_curve(curve: LearningCurve, console: Console) -> None:
    """Print the tables and the advice."""
    for table in (curve_table(curve), expectation_table(curve)):
        console.print(rendered(table))
    console.print(advice(curve), highlight=False)


def write_curve(curve: LearningCurve, folder: Path) -> None:
    """Write ``learning_curve.md``, ``.json`` and ``.png``, replacing older ones."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = (markdown_table(curve_table(curve)), markdown_table(expectation_table(curve)))
    picture = "![Macro-F1 against labelled sentences](learning_curve.png)"
    blocks = ("# Learning curve", advice(curve), *tables, METHOD, picture)
    (folder / "learning_curve.md").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    figures = json.dumps(_figures(curve), indent=2, ensure_ascii=False)
    (folder / "learning_curve.json").write_text(figures + "\n", encoding="utf-8")
    with matplotlib.rc_context(STYLE):
        plot_curve(curve).savefig(folder / "learning_curve.png", dpi=DOTS_PER_INCH)


def _figures(curve: LearningCurve) -> dict[str, Any]:
    sizes = [multiple * curve.total for multiple in MULTIPLES]
    scores = [curve.label_scores(label) for label in range(len(curve.labels))]
    return {
        "sentences": curve.total,
        "measured": [
            {
                "sentences": size,
                "macro_f1": asdict(measured),
                "labels": {
                    name: None if np.isnan(label[point]) else label[point]
                    for name, label in zip(curve.labels, scores, strict=True)
                },
                "seconds": seconds,
            }
            for point, (size, measured, seconds) in enumerate(
                zip(curve.sizes, curve.measured, curve.seconds, strict=True)
            )
        ],
        "expected": [
            {"sentences": size, "macro_f1": asdict(expected), "gain": asdict(gain)}
            for size, expected, gain in zip(
                sizes, curve.expected(sizes), curve.gains(sizes), strict=True
            )
        ],
    }
