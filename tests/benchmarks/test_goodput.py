"""Goodput out of arrivals."""

from __future__ import annotations

import pytest

from benchmarks.arrivals import LOST, Arrival
from benchmarks.goodput import Capacity, Overload, flatness

SHARES = {"short": 0.9, "long": 0.1}
CAPACITY = Capacity(SHARES, rates=[100, 10], requests=50)
FLAT = [(float(second), 1e8) for second in range(61)]


def measured(arrivals: list[Arrival], memory: list[tuple[float, float]] = FLAT) -> Overload:
    return Overload(arrivals, memory, CAPACITY, seconds=60, deadline=2)


def test_capacity_is_told_by_what_each_kind_takes():
    assert CAPACITY.worth(0) == 0.01
    assert CAPACITY.work == pytest.approx(50 * (0.9 * 0.01 + 0.1 * 0.1))


def test_an_answer_counts_when_it_comes_and_only_in_time():
    slices = measured(
        [
            Arrival(0.5, 0, 200, 0.1),
            Arrival(0.9, 1, 200, 1.5),
            Arrival(0.9, 0, 200, 2.5),
            Arrival(0.9, 0, 429, 0.05),
            Arrival(59.9, 0, 200, 1),
        ]
    ).slices()
    assert len(slices) == 60
    assert [each.arrived for each in slices[:4]] == [4, 0, 0, 0]
    assert [each.in_time for each in slices[:4]] == [1, 0, 1, 0], "the late one not"
    assert [each.refused for each in slices[:2]] == [1, 0]
    assert slices[0].goodput == pytest.approx(0.01 / CAPACITY.work)
    assert slices[2].goodput == pytest.approx(0.1 / CAPACITY.work)
    assert (slices[2].p50, slices[3].p50) == (1.5, 2.5)
    assert slices[59].arrived == 1
    assert slices[59].in_time == 0, "after the end"


def steady(kind: int, rate: int, **changes: float) -> list[Arrival]:
    arrival = Arrival(0, kind, 200, 0.5)._replace(**changes)
    return [arrival._replace(at=number / rate) for number in range(60 * rate)]


def goals(overload: Overload) -> dict[str, tuple[str, bool]]:
    return {goal.name: (goal.measured, goal.reached) for goal in overload.goals()}


def test_goals_that_are_reached_whatever_mixture_is_let_in():
    for kind, rate in ((0, 95), (1, 10)):
        found = goals(measured([*steady(kind, rate), *steady(0, 200, status=429)]))
        assert {reached for _, reached in found.values()} == {True}, found
        assert found["99th percentile of the accepted"][0] == "0.50 s"


def test_goals_that_are_missed():
    arrivals = [
        *steady(0, 80, latency=1.99),
        *steady(0, 1, latency=3),
        *[Arrival(1, 0, 503, 0.1)] * 2,
        Arrival(1, 0, LOST, 0.1),
    ]
    growing = [(at, used * (1 + at / 60)) for at, used in FLAT]
    found = goals(measured(arrivals, growing))
    assert found == {
        "goodput": ("84.2%", False),
        "99th percentile of the accepted": ("3.00 s", False),
        "answers of 5xx": ("2", False),
        "requests without an answer": ("1", False),
        "memory, end against begin": ("1.696 times", False),
    }


def test_kinds_have_figures_of_their_own():
    kinds = measured([*steady(0, 2), *steady(1, 1, status=429, latency=0.1)]).kinds()
    assert kinds["short"]["arrived"] == kinds["short"]["in_time"] == 2
    assert kinds["long"]["refused"] == 1
    assert (kinds["short"]["p50"], kinds["long"]["refused_p99"]) == (0.5, 0.1)


def test_memory_is_flat_where_it_stays_after_the_begin():
    begin = [(0.0, 1e7), (5.0, 5e7)]
    assert flatness([*begin, *FLAT[6:]]) == 1
    assert flatness([(0.0, 1e8), (1.0, 2e8)]) == 2
