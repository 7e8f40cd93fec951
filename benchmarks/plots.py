"""The pictures of growth, overload and soak, in the style of the evaluation's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.figures import MEGABYTE, MILLISECOND
from benchmarks.goodput import GOODPUT, Memory, Overload
from benchmarks.server import Measured
from framelens.training.evaluation.plots import BLUE, DOTS_PER_INCH, ORANGE, STYLE

__all__ = [
    "CLIENTS_PLOT",
    "LENGTHS_PLOT",
    "OVERLOAD_PLOT",
    "SOAK_PLOT",
    "plot_clients",
    "plot_lengths",
    "plot_overload",
    "plot_soak",
    "save_overload_plot",
    "save_plots",
    "save_soak_plot",
]

LENGTHS_PLOT = "growth_lengths.png"
CLIENTS_PLOT = "growth_clients.png"
OVERLOAD_PLOT = "overload.png"
SOAK_PLOT = "soak.png"

MARKERS = "osD^vPX"
COLORS = ("0.7", "0.5", "0.35", ORANGE)


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


def plot_overload(measured: Overload, times: float) -> Figure:
    """Goodput and requests, latency and memory over the time of a load ``times`` the capacity."""
    figure = Figure(figsize=(6.5, 10), layout="constrained")
    good, requests, latencies, memory = figure.subplots(4, 1, sharex=True)
    slices = measured.slices()
    seconds = [each.begin for each in slices]
    width = measured.seconds / len(slices)
    good.plot(seconds, [each.goodput for each in slices], color=BLUE)
    good.axhline(GOODPUT, color="0.5", linestyle=":")
    good.set(ylabel="Goodput, of capacity", title=f"{times:g} times the capacity", ylim=(0, None))
    for name, color in (("arrived", "0.6"), ("refused", ORANGE), ("in_time", BLUE)):
        rates = [getattr(each, name) / width for each in slices]
        requests.plot(seconds, rates, color=color, label=name.replace("_", " "))
    requests.set(ylabel="Requests a second", ylim=(0, None))
    requests.legend()
    for name, style in (("p99", "-"), ("p50", "--")):
        values = [getattr(each, name) for each in slices]
        latencies.plot(seconds, values, style, color=BLUE, label=f"{name} of what is accepted")
    latencies.axhline(measured.deadline, color="0.5", linestyle=":", label="deadline")
    latencies.set(ylabel="Seconds to an answer", ylim=(0, None))
    latencies.legend()
    _draw_memory(memory, measured.memory)
    memory.set(xlabel="Seconds")
    return figure


def plot_soak(requests: Sequence[int], memory: Sequence[float], rates: Sequence[float]) -> Figure:
    """Memory in bytes and sentences a second, by the requests answered so far."""
    figure = Figure(figsize=(6.5, 5), layout="constrained")
    used, done = figure.subplots(2, 1, sharex=True)
    _draw_memory(used, list(zip(requests, memory, strict=True)))
    used.set(title="Memory under a steady load")
    done.plot(requests, rates, color=BLUE)
    done.set(xlabel="Requests", ylabel="Sentences a second", ylim=(0, None))
    done.xaxis.set_major_formatter("{x:,.0f}")
    return figure


def _draw_memory(axes: Axes, memory: Memory) -> None:
    places, used = zip(*memory, strict=True)
    axes.plot(places, [each / MEGABYTE for each in used], color=ORANGE)
    axes.set(ylabel="Memory, MB", ylim=(0, 1.2 * max(used) / MEGABYTE))


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


def save_overload_plot(folder: Path, measured: Overload, times: float) -> None:
    """Write the picture of an overload as PNG into an existing folder."""
    with matplotlib.rc_context(STYLE):
        _save(plot_overload(measured, times), folder / OVERLOAD_PLOT)


def save_soak_plot(
    folder: Path, requests: Sequence[int], memory: Sequence[float], rates: Sequence[float]
) -> None:
    """Write the picture of a soak as PNG into an existing folder."""
    with matplotlib.rc_context(STYLE):
        _save(plot_soak(requests, memory, rates), folder / SOAK_PLOT)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=DOTS_PER_INCH, bbox_inches="tight")
