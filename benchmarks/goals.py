"""What serving is to reach, beside what it reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.bare import BARE
from benchmarks.contenders import OPENVINO, OURS, PEERS
from benchmarks.figures import MEGABYTE, MILLISECOND, Spread
from benchmarks.loads import DOCUMENTS, MIXED, TEXT, TEXTS
from benchmarks.report import number, percent

__all__ = ["Figures", "goal_rows"]

Figures = Mapping[str, Mapping[str, Mapping[str, Spread]]]
"""Load to contender to figure."""


def goal_rows(figures: Figures, start: float) -> Iterator[tuple[str, str, str]]:
    """A goal in words, what it asks for, and what was measured.

    Args:
        figures: of every load.
        start: median seconds from framelens's start to its first answer.
    """
    torch = [peer.name for peer in PEERS if peer.name != OPENVINO]

    def figure(load: str, name: str, figure: str = "sentences") -> Spread:
        return figures[load].get(name, {}).get(figure, Spread.of([]))

    for load, kind, wanted in ((DOCUMENTS, "documents", 2.5), (TEXTS, "single texts", 3)):
        peers = [figure(load, name) for name in torch if name in figures[load]]
        best = max(peers, key=lambda peer: peer.median, default=Spread.of([]))
        ratio = figure(load, OURS.name).against(best)
        yield f"{kind}, against the best peer on torch", f"{wanted:g} times", _times(ratio)
    for load, kind in ((DOCUMENTS, "documents"), (TEXTS, "single texts")):
        ratio = figure(load, OURS.name).against(figure(load, OPENVINO))
        yield f"{kind}, against {OPENVINO}", "1.3 times", _times(ratio)
    for load, kind, share in ((DOCUMENTS, "documents", 0.9), (TEXTS, "single texts", 0.7)):
        ratio = figure(load, OURS.name).against(figure(load, BARE))
        yield f"{kind}, against {BARE}", f"{share:.0%}", percent(ratio)
    p50, call = figure(TEXT, OURS.name, "p50"), figure(TEXT, BARE, "p50")
    yield "median latency of one text", "at most 4 ms", f"{p50.median / MILLISECOND:.1f} ms"
    yield (
        "the same, against a call without a server",
        "at most 1.3 times",
        _times(p50.against(call)),
    )
    memory = figure(MIXED, OURS.name, "memory").median
    yield "memory under the mixed load", "under 400 MB", f"{memory / MEGABYTE:.0f} MB"
    yield "start to first answer", "under 2 s", f"{start:.2f} s"


def _times(ratio: float) -> str:
    return f"{number(ratio, 2)} times"
