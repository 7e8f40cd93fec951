"""More than the server can do: requests arrive at random, three times as many as it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.arrivals import ArrivalPlan, Arrivals, Kind
from benchmarks.contenders import OURS, Models
from benchmarks.documents import Documents
from benchmarks.efforts import Effort
from benchmarks.figures import MILLISECOND
from benchmarks.goodput import Capacity, Overload
from benchmarks.loads import DOCUMENTS, TEXTS, Load, make_loads
from benchmarks.machine import versions
from benchmarks.plots import OVERLOAD_PLOT, save_overload_plot
from benchmarks.report import number, paragraph, table, write_report
from benchmarks.server import Server, Timing, running

__all__ = ["difference", "mixture", "overload"]

TIMES = 3
DEADLINE = 2.0
"""Seconds that each request gives the server."""

SHARES = {"short texts": 0.9, "documents": 0.1}
"""Of all requests; documents are most of the work all the same."""

SHOWN = 600
"""Points of memory in the report."""


def overload(models: Models, documents: Documents, effort: Effort, folder: Path) -> Path:
    """Overload ``framelens serve``; write ``overload.md``, ``overload.json`` and the plot."""
    loads = _loads(documents)
    with running(OURS, models) as server:
        capacity = _measure_capacity(server, loads, Timing(effort.warm_up, 2 * effort.seconds))
        rate = TIMES * capacity.requests
        print(f"overload: {rate:.0f} requests a second arrive", flush=True)
        kinds = [
            Kind(name, share, [server.contender.request(each) for each in load.requests])
            for (name, share), load in zip(SHARES.items(), loads, strict=True)
        ]
        seconds = effort.overload_seconds
        plan = ArrivalPlan(server.port, OURS.path, kinds, rate, seconds, DEADLINE)
        before = server.metrics()
        watched = server.watch("benchmarks.arrivals", plan)
        counted = difference(before, server.metrics())
    found = Arrivals.from_json(json.loads(watched.output))
    measured = Overload(found.arrivals, watched.memory, capacity, seconds, DEADLINE)
    content = {
        "documents": documents.source,
        "versions": versions(("framelens", "openvino", "uvicorn")),
        "effort": effort,
        "deadline": DEADLINE,
        "offered": rate,
        "capacity": capacity,
        "goals": [*measured.goals()],
        "kinds": measured.kinds(),
        "slices": measured.slices(),
        "memory": watched.memory[:: max(1, len(watched.memory) // SHOWN)],
        "server_cores": watched.server_cores,
        "client_cores": found.client_cores,
        "metrics": counted,
    }
    cores = watched.server_cores, found.client_cores
    lines = [*_page(measured, documents, rate, cores, counted)]
    path = write_report(folder, "overload", lines, content)
    save_overload_plot(folder, measured, TIMES)
    return path


def mixture(loads: Sequence[Load]) -> list[Sequence[str]]:
    """Requests of each load in turn, as many as its share."""
    fewest = min(SHARES.values())
    turns = [round(share / fewest) for share in SHARES.values()]
    found: list[Sequence[str]] = []
    for turn in range(len(loads[0].requests)):
        for load, count in zip(loads, turns, strict=True):
            begin = turn * count
            places = range(begin, begin + count)
            found += [load.requests[place % len(load.requests)] for place in places]
    return found


def difference(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What the server itself counted meanwhile: requests, problems, tokens, and mean times."""

    def moved(name: str) -> float:
        return after.get(name, 0.0) - before.get(name, 0.0)

    counted = tuple(f"framelens_{name}_total" for name in ("requests", "problems", "tokens_read"))
    found = {name: moved(name) for name in after if name.startswith(counted) and moved(name)}
    for part in ("prepare", "queue", "inference"):
        name = f"framelens_{part}_seconds"
        if count := moved(f"{name}_count"):
            found[f"mean of {name}"] = moved(f"{name}_sum") / count
    return found


def _loads(documents: Documents) -> list[Load]:
    """The loads of each kind alone, in the order of the shares."""
    loads = {load.name: load for load in make_loads(documents)}
    return [loads[TEXTS], loads[DOCUMENTS]]


def _measure_capacity(server: Server, loads: Sequence[Load], timing: Timing) -> Capacity:
    print("overload: what the server can do", flush=True)
    mixed = Load("the mixture", max(load.clients for load in loads), mixture(loads))
    # At least one: a short time on a slow machine may end before the first answer.
    *rates, requests = [
        max(server.measure(load, timing).outcome.requests, 1 / timing.seconds)
        for load in (*loads, mixed)
    ]
    return Capacity(SHARES, rates, requests)


def _page(
    measured: Overload,
    documents: Documents,
    rate: float,
    cores: tuple[float, float],
    counted: Mapping[str, float],
) -> Iterator[str]:
    yield "Overload"
    yield paragraph(
        f"`framelens serve` for {measured.seconds:g} s under {TIMES} times what it can do: "
        f"{number(rate)} requests a second arrive at random (a Poisson process), each with a "
        f"deadline of {measured.deadline:g} s. Nine in ten are one short text, the others a "
        f"document of 40 sentences ({documents.source}). What it can do was measured just before, "
        f"by clients that wait for their answers: {number(measured.capacity.requests)} requests "
        "of the same mixture a second. Goodput counts answers in time, each for what its kind "
        "takes where there is nothing else, since another mixture is let in than arrives. Server "
        f"and generator share the machine, and took {cores[0]:.2f} and {cores[1]:.2f} cores."
    )
    yield ""
    yield from table(
        ("", "goal", "measured", ""),
        [
            (goal.name, goal.asked, goal.measured, "reached" if goal.reached else "**missed**")
            for goal in measured.goals()
        ],
    )
    yield from (f"![Arrivals, latency and memory]({OVERLOAD_PLOT})", "")
    yield from _kind_table(measured)
    yield from ("## What the server counted", "")
    yield from table(
        ("metric", "value"),
        [
            (f"`{name}`", number(value, 4 if name.startswith("mean") else 0))
            for name, value in counted.items()
        ],
    )


def _kind_table(measured: Overload) -> list[str]:
    header = ("", "arrived/s", "in time/s", "refused/s", "p50, ms", "p99, ms")
    return table(
        (*header, "p99 of a refusal, ms"),
        [
            (
                name,
                *(number(row[key], 1) for key in ("arrived", "in_time", "refused")),
                *(number(row[key] / MILLISECOND) for key in ("p50", "p99", "refused_p99")),
            )
            for name, row in measured.kinds().items()
        ],
    )
