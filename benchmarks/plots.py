"""The pictures of how cost grows, in the style of the evaluation's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.server import Measured
from framelens.training.evaluation.plots import BLUE, DOTS_PER_INCH, ORANGE, STYLE

__all__ = ["CLIENTS_PLOT", "LENGTHS_PLOT", "plot_clients", "plot_lengths", "save_plots"]

LENGTHS_PLOT = "growth_lengths.png"
CLIENTS_PLOT = "growth_clients.png"

MARKERS = "osD^vPX"
COLORS = ("0.7", "0.5", "0.35", ORANGE)
MEGABYTE = 1e6
MILLISECOND = 1e-3


def plot_lengths(lengths: Sequence[tuple[int, float, float]]) -> Figure:
    """Sentences a second and highest memory in bytes, by the sentences of a document."""
    figure = Figure(figsize=(5, 5), layout="constrained")
    rates, memory = figure.subplots(2, 1, sharex=True)
    counts = [count for count, *_ in lengths]
    rates.plot(counts, [rate for _, rate, _ in lengths], "o-", color=BLUE, clip_on=False)
    memory.plot(
        counts, [peak / MEGABYTE for *_, peak in lengths], "s-", color=ORANGE, clip_on=False
    )
    rates.set(ylabel="Sentences a second", title="Length of a document", ylim=(0, None))
    memory.set(xlabel="Sentences in a document", ylabel="Peak memory, MB", ylim=(0, None))
    _count(memory, counts)
    return figure


def plot_clients(clients: Mapping[str, Mapping[int, Measured]], ours: str) -> Figure:
    """Sentences a second, 99th percentile of the latency and memory, by the number of clients."""
    figure = Figure(figsize=(6.5, 9), layout="constrained")
    rates, latencies, memory = figure.subplots(3, 1, sharex=True)
    for index, (name, row) in enumerate(clients.items()):
        measured = list(row.values())
        style: dict[str, Any] = {
            "color": BLUE if name == ours else COLORS[index % len(COLORS)],
            "linewidth": 2.5 if name == ours else 1,
            "marker": MARKERS[index % len(MARKERS)],
            "label": name,
            "clip_on": False,
        }
        counts = list(row)
        rates.plot(counts, [each.outcome.sentences for each in measured], **style)
        latencies.plot(counts, [each.outcome.p99 / MILLISECOND for each in measured], **style)
        memory.plot(counts, [each.memory / MEGABYTE for each in measured], **style)
        _count(memory, counts)
    rates.set(ylabel="Sentences a second", title="Clients with one short text each", ylim=(0, None))
    latencies.set(ylabel="99th percentile, ms", yscale="log")
    latencies.yaxis.set_major_formatter("{x:g}")
    latencies.yaxis.set_minor_formatter("{x:g}")
    memory.set(xlabel="Clients", ylabel="Memory, MB", ylim=(0, None))
    figure.legend(*rates.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _count(axes: Axes, counts: Sequence[int]) -> None:
    """A logarithmic axis of the numbers that were measured."""
    axes.set_xscale("log")
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.minorticks_off()


def save_plots(
    folder: Path,
    lengths: Sequence[tuple[int, float, float]],
    clients: Mapping[str, Mapping[int, Measured]],
    ours: str,
) -> None:
    """Write both pictures as PNG into an existing folder."""
    with matplotlib.rc_context(STYLE):
        _save(plot_lengths(lengths), folder / LENGTHS_PLOT)
        _save(plot_clients(clients, ours), folder / CLIENTS_PLOT)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=DOTS_PER_INCH, bbox_inches="tight")
