"""What of a load beyond capacity was answered in time, and at what cost."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.arrivals import LOST, Arrival
from benchmarks.figures import percentile
from benchmarks.report import number, percent

__all__ = ["FLAT", "GOODPUT", "Capacity", "Goal", "Memory", "Overload", "Slice", "flatness"]

SLICES = 60
BEGIN = 0.1
"""The share of the time that passes before anything is judged: the queue fills."""

GOODPUT = 0.9
"""What goodput is to be at least, of the capacity."""

FLAT = 1.05
"""What memory may grow to, against the begin."""

OK, REFUSED, FAILED = 200, 429, 500

Memory = Sequence[tuple[float, float]]
"""Bytes at so many seconds from the begin."""


@dataclass(frozen=True)
class Capacity:
    """What a server can do, measured by clients that wait for their answers.

    ``rates`` are answers a second of each kind alone, and ``requests`` answers a second of the
    mixture in which each kind has its share.
    """

    shares: Mapping[str, float]
    rates: Sequence[float]
    requests: float

    @property
    def work(self) -> float:
        """What it does in a second of the mixture; see :meth:`worth`."""
        return self.requests * sum(
            share * self.worth(kind) for kind, share in enumerate(self.shares.values())
        )

    def worth(self, kind: int) -> float:
        """Seconds that an answer of a kind takes where there is nothing else.

        By these, goodput can be told whatever mixture of kinds is let in.
        """
        return 1 / self.rates[kind]


@dataclass(frozen=True)
class Slice:
    """A while of the load: how many requests arrived, were answered in time, and were refused.

    ``goodput`` is the worth of the answers in time, as a share of the capacity.
    """

    begin: float
    arrived: int
    in_time: int
    refused: int
    goodput: float
    p50: float
    p99: float


@dataclass(frozen=True)
class Goal:
    """What was asked, in words, what was measured, and whether that is enough."""

    name: str
    asked: str
    measured: str
    reached: bool


@dataclass(frozen=True)
class Overload:
    """A load beyond capacity: what arrived in so many seconds, each with the same deadline."""

    arrivals: Sequence[Arrival]
    memory: Memory
    capacity: Capacity
    seconds: float
    deadline: float

    def slices(self) -> list[Slice]:
        """The time in equal parts; an answer counts in the part in which it came."""
        width = self.seconds / SLICES
        came: list[list[Arrival]] = [[] for _ in range(SLICES)]
        went: list[list[Arrival]] = [[] for _ in range(SLICES)]
        for each in self.arrivals:
            came[min(int(each.at / width), SLICES - 1)].append(each)
            end = int((each.at + each.latency) / width)
            if end < SLICES:
                went[end].append(each)
        return [
            self._slice(index * width, *pair)
            for index, pair in enumerate(zip(came, went, strict=True))
        ]

    def goals(self) -> Iterator[Goal]:
        """What is asked of a server under overload, beside what came of it."""
        judged = self.slices()[int(BEGIN * SLICES) :]
        goodput = statistics.fmean(each.goodput for each in judged)
        asked = f"at least {GOODPUT:.0%} of capacity"
        yield Goal("goodput", asked, percent(goodput), goodput >= GOODPUT)
        p99 = percentile(self._latencies(self.arrivals, OK), 0.99)
        asked = f"at most {self.deadline:g} s"
        yield Goal("99th percentile of the accepted", asked, f"{p99:.2f} s", p99 <= self.deadline)
        failed = sum(each.status >= FAILED for each in self.arrivals)
        yield Goal("answers of 5xx", "none", number(failed), not failed)
        lost = sum(each.status == LOST for each in self.arrivals)
        yield Goal("requests without an answer", "none", number(lost), not lost)
        growth = flatness(self.memory)
        asked = f"at most {FLAT:g} times"
        yield Goal("memory, end against begin", asked, f"{growth:.3f} times", growth <= FLAT)

    def kinds(self) -> dict[str, dict[str, float]]:
        """Rates and latencies of each kind."""
        found = {}
        for index, name in enumerate(self.capacity.shares):
            own = [each for each in self.arrivals if each.kind == index]
            latencies, refusals = self._latencies(own, OK), self._latencies(own, REFUSED)
            found[name] = {
                "arrived": len(own) / self.seconds,
                "in_time": sum(map(self._is_in_time, own)) / self.seconds,
                "refused": len(refusals) / self.seconds,
                "p50": percentile(latencies, 0.5),
                "p99": percentile(latencies, 0.99),
                "refused_p99": percentile(refusals, 0.99),
            }
        return found

    def _slice(self, begin: float, came: Sequence[Arrival], went: Sequence[Arrival]) -> Slice:
        good = [each for each in went if self._is_in_time(each)]
        worth = sum(self.capacity.worth(each.kind) for each in good)
        latencies = self._latencies(went, OK)
        return Slice(
            begin=begin,
            arrived=len(came),
            in_time=len(good),
            refused=len(self._latencies(went, REFUSED)),
            goodput=worth / (self.seconds / SLICES) / self.capacity.work,
            p50=percentile(latencies, 0.5),
            p99=percentile(latencies, 0.99),
        )

    def _is_in_time(self, arrival: Arrival) -> bool:
        return arrival.status == OK and arrival.latency <= self.deadline

    @staticmethod
    def _latencies(arrivals: Sequence[Arrival], status: int) -> list[float]:
        return [each.latency for each in arrivals if each.status == status]


def flatness(memory: Memory) -> float:
    """Median memory of the last tenth of the time, over that of the second tenth."""
    end = memory[-1][0]
    first = [used for at, used in memory if 0.1 * end <= at <= 0.2 * end] or [memory[0][1]]
    last = [used for at, used in memory if at >= 0.9 * end]
    return statistics.median(last) / statistics.median(first)
