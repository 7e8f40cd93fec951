"""A server under very many requests of all lengths: does its memory stay flat?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import OURS, Models
from benchmarks.documents import Documents
from benchmarks.efforts import Effort
from benchmarks.figures import MEGABYTE
from benchmarks.goodput import FLAT, flatness
from benchmarks.loads import MIXED, TEXTS, Load, make_loads
from benchmarks.machine import versions
from benchmarks.overload import mixture
from benchmarks.plots import SOAK_PLOT, save_soak_plot
from benchmarks.report import number, paragraph, table, write_report
from benchmarks.server import Timing, running

__all__ = ["soak"]

LOAD = "mixed lengths and nine short texts for each, 16 clients"
"""As people comment on articles. The mixed load alone would take six times as long."""

ROWS = 20


@dataclass(frozen=True)
class _Point:
    """Requests answered so far, resident bytes then; rate and failures since the point before."""

    requests: int
    memory: float
    sentences_per_second: float
    failed: int


def soak(models: Models, documents: Documents, effort: Effort, folder: Path) -> Path:
    """Put ``framelens serve`` under load; write ``soak.md``, ``soak.json`` and the plot."""
    loads = {load.name: load for load in make_loads(documents)}
    load = Load(LOAD, loads[MIXED].clients, mixture([loads[TEXTS], loads[MIXED]]))
    points: list[_Point] = []
    with running(OURS, models) as server:
        requests = 0
        while requests < effort.soak_requests:
            outcome = server.measure(load, Timing(0, effort.seconds)).outcome
            # At least one, so that this ends.
            requests += max(1, round(outcome.requests * effort.seconds))
            points.append(_Point(requests, server.memory(), outcome.sentences, outcome.failed))
            print(f"soak: {requests:,} requests", flush=True)
    content = {
        "documents": documents.source,
        "versions": versions(("framelens", "openvino", "uvicorn")),
        "effort": effort,
        "growth": _growth(points),
        "failed": sum(point.failed for point in points),
        "points": points,
    }
    path = write_report(folder, "soak", _page(points, documents), content)
    save_soak_plot(
        folder,
        [point.requests for point in points],
        [point.memory for point in points],
        [point.sentences_per_second for point in points],
    )
    return path


def _growth(points: Sequence[_Point]) -> float:
    return flatness([(point.requests, point.memory) for point in points])


def _page(points: Sequence[_Point], documents: Documents) -> Iterator[str]:
    yield "Soak"
    yield paragraph(
        f"`framelens serve` under {LOAD} ({documents.source}): its memory after so "
        "many requests, and the sentences a second just before. From the second tenth of the "
        f"requests to the last it grew to {_growth(points):.3f} times; up to {FLAT:g} counts as "
        f"flat. {number(sum(point.failed for point in points))} requests failed."
    )
    yield ""
    yield from (f"![Memory and throughput]({SOAK_PLOT})", "")
    step = max(1, len(points) // ROWS)
    shown = [*points[:-1:step], points[-1]]
    yield from table(
        ("requests", "memory, MB", "sentences/s"),
        [
            (
                number(point.requests),
                number(point.memory / MEGABYTE),
                number(point.sentences_per_second),
            )
            for point in shown
        ],
    )
