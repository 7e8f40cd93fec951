"""Servers with the same weights under the same loads, in turns."""

from __future__ import annotations

import json
import math
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.bare import BARE, BarePlan
from benchmarks.contenders import OURS, PEERS, Contender, Models
from benchmarks.documents import Documents
from benchmarks.efforts import Effort
from benchmarks.environments import MissingError, pinned_versions
from benchmarks.figures import MEGABYTE, MILLISECOND, Spread
from benchmarks.goals import Figures, goal_rows
from benchmarks.loads import Load, make_loads
from benchmarks.machine import versions
from benchmarks.processes import module, run_to_the_end
from benchmarks.report import UNKNOWN, number, paragraph, percent, spread, table, write_report
from benchmarks.server import Server, Timing, running
from framelens.model import Document, FramingClassifier

__all__ = ["compare_servers"]

PACKAGES = (
    *("bentoml", "fastapi", "infinity_emb", "litserve"),
    *("openvino", "torch", "transformers", "uvicorn"),
)
"""Whose versions a peer's settings name."""


@dataclass
class _Record:
    """The figures of each round by load, contender and figure, and what was skipped and why."""

    loads: dict[str, dict[str, dict[str, list[float]]]] = field(default_factory=dict)
    starts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    agreement: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def add(self, load: str, name: str, figures: Mapping[str, float]) -> None:
        rows = self.loads.setdefault(load, {}).setdefault(name, defaultdict(list))
        for figure, value in figures.items():
            rows[figure].append(value)

    def spreads(self) -> Figures:
        return {
            load: {
                name: {figure: Spread.of(values) for figure, values in figures.items()}
                for name, figures in rows.items()
            }
            for load, rows in self.loads.items()
        }


class _Comparison:
    """Turns of servers under the same loads."""

    def __init__(self, models: Models, loads: Sequence[Load], effort: Effort) -> None:
        self.record = _Record()
        self._models = models
        self._loads = loads
        self._timing = Timing(effort.warm_up, effort.seconds)
        self._questions = [request[0] for request in loads[0].requests[: effort.answers]]
        self._expected = self._expected_labels()

    def take_turn(self, contender: Contender) -> None:
        """Start a server, compare its answers, and put it under every load."""
        name = contender.name
        try:
            with running(contender, self._models) as server:
                self.record.starts[name].append(server.start_seconds)
                self.record.agreement[name] = self._agreement(server)
                for load in self._loads:
                    measured = server.measure(load, self._timing)
                    figures = {"memory": measured.memory, "server_cores": measured.server_cores}
                    self.record.add(load.name, name, figures | asdict(measured.outcome))
        except MissingError as error:
            self.record.skipped[name] = str(error)
            print(f"servers: {name} is skipped: {error}", flush=True)

    def take_bare_turn(self) -> None:
        """The same loads on framelens without a server."""
        for load in self._loads:
            plan = BarePlan(
                self._models.artefact, load.requests, load.clients, **asdict(self._timing)
            )
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "plan.json"
                path.write_text(json.dumps(asdict(plan)), encoding="utf-8")
                done = run_to_the_end(module("benchmarks.bare", path))
            self.record.add(load.name, BARE, {"memory": done.peak} | json.loads(done.output))

    def _expected_labels(self) -> list[str]:
        """What framelens says of each sentence by itself."""
        classifier = FramingClassifier.load(self._models.artefact)
        results = classifier.classify([Document(sentences=[each]) for each in self._questions])
        return [result.sentences[0].label for result in results]

    def _agreement(self, server: Server) -> float:
        labels = server.labels(self._questions)
        return sum(map(str.__eq__, labels, self._expected)) / len(self._expected)


def compare_servers(models: Models, documents: Documents, effort: Effort, folder: Path) -> Path:
    """Measure every server that is installed, and write ``servers.md`` and ``servers.json``."""
    comparison = _Comparison(models, make_loads(documents), effort)
    contenders = [OURS, *PEERS]
    for turn in range(effort.rounds):
        print(f"servers: round {turn + 1}, {BARE}", flush=True)
        comparison.take_bare_turn()
        for contender in contenders:
            if contender.name not in comparison.record.skipped:
                print(f"servers: round {turn + 1}, {contender.name}", flush=True)
                comparison.take_turn(contender)
        # Nobody always follows the same neighbour.
        contenders = contenders[1:] + contenders[:1]
    return _write(comparison.record, documents, effort, folder)


def _write(record: _Record, documents: Documents, effort: Effort, folder: Path) -> Path:
    figures = record.spreads()
    starts = {name: Spread.of(values) for name, values in record.starts.items()}
    content = {
        "documents": documents.source,
        "versions": versions(("framelens", "openvino", "fastapi", "uvicorn")),
        "effort": effort,
        "skipped": record.skipped,
        "contenders": {
            each.name: {"settings": each.settings, "versions": _named_versions(each)}
            for each in [OURS, *PEERS]
        },
        "agreement": record.agreement,
        "start_seconds": starts,
        "loads": figures,
        "against": {
            load: {
                name: _rate_of_ours(rows).against(row["sentences"]) for name, row in rows.items()
            }
            for load, rows in figures.items()
        },
        "rounds": record.loads,
    }
    lines = [*_page(record, figures, starts, documents, effort)]
    return write_report(folder, "servers", lines, content)


def _page(
    record: _Record,
    figures: Figures,
    starts: Mapping[str, Spread],
    documents: Documents,
    effort: Effort,
) -> Iterator[str]:
    yield "Servers"
    yield paragraph(
        "The same weights everywhere; a peer that cannot pack sentences into windows reads each by "
        "itself. Servers and clients share this machine. Sentences of the requests: "
        f"{documents.source}. Medians of {effort.rounds} rounds of {effort.seconds:g} s, in which "
        "the servers take turns; *spread* is the lowest and the highest round against the median, "
        "*against* framelens's rate over the row's. Memory is the sum over a server's processes, "
        "cores are processor seconds in a second."
    )
    yield ""
    for load, rows in figures.items():
        yield from (f"## {load[0].upper()}{load[1:]}", "")
        yield from _load_table(rows)
    yield from ("## Goals", "")
    start = starts.get(OURS.name, Spread.of([])).median
    yield from table(("", "goal", "measured"), goal_rows(figures, start))
    yield from ("## Starts and answers", "")
    yield from table(
        ("server", "start to first answer, s", "same label as framelens", "settings"),
        (_start_row(each, record, starts) for each in [OURS, *PEERS]),
    )


def _rate_of_ours(rows: Mapping[str, Mapping[str, Spread]]) -> Spread:
    return rows.get(OURS.name, {}).get("sentences", Spread.of([]))


def _named_versions(contender: Contender) -> dict[str, str]:
    pinned = pinned_versions(contender.environment) if contender.environment else {}
    return {name: pinned[name] for name in PACKAGES if name in pinned}


def _load_table(rows: Mapping[str, Mapping[str, Spread]]) -> list[str]:
    ours = _rate_of_ours(rows)
    header = "server", "sentences/s", "spread", "against", "p50, ms", "p99, ms", "memory, MB"
    return table(
        (*header, "cores of the server", "of the clients", "failed"),
        (
            (
                name,
                number(row["sentences"].median),
                spread(row["sentences"]),
                number(ours.against(row["sentences"]), 2),
                number(row["p50"].median / MILLISECOND, 1),
                number(row["p99"].median / MILLISECOND, 1),
                number(row["memory"].median / MEGABYTE),
                number(row["server_cores"].median, 2) if "server_cores" in row else UNKNOWN,
                number(row["client_cores"].median, 2),
                number(row["failed"].high),
            )
            for name, row in rows.items()
        ),
    )


def _start_row(
    contender: Contender, record: _Record, starts: Mapping[str, Spread]
) -> tuple[str, str, str, str]:
    if contender.name in record.skipped:
        return contender.name, UNKNOWN, UNKNOWN, f"skipped: {record.skipped[contender.name]}"
    named = ", ".join(f"{name} {each}" for name, each in _named_versions(contender).items())
    return (
        contender.name,
        number(starts[contender.name].median, 2),
        percent(record.agreement.get(contender.name, math.nan)),
        f"{contender.settings} ({named})" if named else contender.settings,
    )
