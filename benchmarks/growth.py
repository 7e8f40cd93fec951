"""How cost grows: with the length of a document, and with the number of clients."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from benchmarks.contenders import OURS, PEERS, Models
from benchmarks.documents import Documents, sentences
from benchmarks.efforts import Effort
from benchmarks.environments import MissingError
from benchmarks.figures import MEGABYTE, MILLISECOND, Spread
from benchmarks.loads import single_texts
from benchmarks.machine import versions
from benchmarks.plots import CLIENTS_PLOT, LENGTHS_PLOT, save_plots
from benchmarks.processes import Finished
from benchmarks.report import number, paragraph, skipped_lines, table, write_report
from benchmarks.rows import score_rows, write_rows
from benchmarks.server import Measured, Timing, running

__all__ = ["Length", "measure_growth"]


@dataclass(frozen=True)
class Length:
    """``framelens score`` over documents of one length: median rate, highest memory.

    The rate is sentences a second without the start of the process; NaN where the start takes
    as long as the rest.
    """

    sentences: int
    documents: int
    rate: float
    peak: float


Clients = Mapping[str, Mapping[int, Measured]]
"""Server to number of clients to what was measured."""


def measure_growth(models: Models, documents: Documents, effort: Effort, folder: Path) -> Path:
    """Measure both; write ``growth.md``, ``growth.json`` and the plots."""
    start, lengths = _lengths(models, documents, effort)
    skipped: dict[str, str] = {}
    clients = _clients(models, documents, effort, skipped)
    content = {
        "documents": documents.source,
        "versions": versions(("framelens", "openvino", "uvicorn")),
        "effort": effort,
        "start_seconds": start,
        "lengths": lengths,
        "clients": clients,
        "skipped": skipped,
    }
    path = write_report(folder, "growth", _page(start, lengths, clients, skipped, effort), content)
    points = [(each.sentences, each.rate, each.peak) for each in lengths]
    save_plots(folder, points, clients, OURS.name)
    return path


def _lengths(models: Models, documents: Documents, effort: Effort) -> tuple[float, list[Length]]:
    """Seconds for a single sentence, and what documents of every length take beyond it."""
    pool = sentences(documents.texts)
    counts = {length: max(1, effort.least_sentences // length) for length in effort.lengths}
    starts: list[float] = []
    runs: dict[int, list[Finished]] = {length: [] for length in counts}
    for turn in range(effort.rounds):
        starts.append(_score(models, pool, 1, 1).seconds)
        for length, count in counts.items():
            print(f"growth: round {turn + 1}, {length} sentences", flush=True)
            runs[length].append(_score(models, pool, length, count))
    start = Spread.of(starts).median
    lengths = []
    for length, finished in runs.items():
        seconds = Spread.of([each.seconds for each in finished]).median - start
        rate = length * counts[length] / seconds if seconds > 0 else math.nan
        peak = max(each.peak for each in finished)
        lengths.append(Length(length, counts[length], rate, peak))
    return start, lengths


def _score(models: Models, pool: Sequence[str], length: int, count: int) -> Finished:
    """Score some documents of this many sentences, one a line."""
    lines = cycle(pool)
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "documents.jsonl", Path(name) / "scored.jsonl"
        write_rows(source, ("\n".join(islice(lines, length)) for _ in range(count)))
        return score_rows(models.artefact, source, target)


def _clients(
    models: Models, documents: Documents, effort: Effort, skipped: dict[str, str]
) -> dict[str, dict[int, Measured]]:
    measured: dict[str, dict[int, Measured]] = {}
    timing = Timing(effort.warm_up, effort.clients_seconds)
    for contender in (OURS, *PEERS):
        try:
            with running(contender, models) as server:
                for clients in effort.clients:
                    print(f"growth: {contender.name}, {clients} clients", flush=True)
                    load = single_texts(f"{clients} clients", clients, documents)
                    measured.setdefault(contender.name, {})[clients] = server.measure(load, timing)
        except MissingError as error:
            skipped[contender.name] = str(error)
    return measured


def _page(
    start: float,
    lengths: Sequence[Length],
    clients: Clients,
    skipped: Mapping[str, str],
    effort: Effort,
) -> Iterator[str]:
    yield "Growth"
    yield from _lengths_lines(start, lengths, effort)
    yield from _clients_lines(clients, skipped, effort)


def _lengths_lines(start: float, lengths: Sequence[Length], effort: Effort) -> Iterator[str]:
    yield "## Length of a document"
    yield ""
    yield paragraph(
        "`framelens score` over documents of one length, one sentence a line, as many as make "
        f"{effort.least_sentences:,} sentences and at least one; medians of {effort.rounds} rounds "
        f"less the {start:.2f} s that a single sentence takes, and the highest memory."
    )
    yield ""
    yield from table(
        ("sentences in a document", "documents", "sentences/s", "peak memory, MB"),
        [
            (
                number(each.sentences),
                number(each.documents),
                number(each.rate),
                number(each.peak / MEGABYTE),
            )
            for each in lengths
        ],
    )
    yield from (f"![Throughput and memory by length]({LENGTHS_PLOT})", "")


def _clients_lines(clients: Clients, skipped: Mapping[str, str], effort: Effort) -> Iterator[str]:
    yield from ("## Number of clients", "")
    yield paragraph(
        f"One short text a request, {effort.clients_seconds:g} s for each number of clients, which "
        "share the machine with the server: sentences a second, and the 99th percentile of the "
        "latency in milliseconds."
    )
    yield ""
    yield from table(
        ("server", *map(str, effort.clients), "highest memory, MB"),
        [
            (
                name,
                *(_cell(row[count]) for count in effort.clients),
                number(max(each.memory for each in row.values()) / MEGABYTE),
            )
            for name, row in clients.items()
        ],
    )
    yield from skipped_lines(skipped)
    yield f"![Throughput, latency and memory by clients]({CLIENTS_PLOT})"


def _cell(measured: Measured) -> str:
    outcome = measured.outcome
    return f"{number(outcome.sentences)} ({number(outcome.p99 / MILLISECOND)})"
