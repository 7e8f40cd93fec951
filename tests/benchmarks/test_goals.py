"""The goals beside what was measured."""

from __future__ import annotations

from benchmarks.bare import BARE
from benchmarks.contenders import OPENVINO, OURS, PEERS
from benchmarks.figures import Spread
from benchmarks.goals import Figures, goal_rows
from benchmarks.loads import DOCUMENTS, MIXED, TEXT, TEXTS


def figures(**rates: dict[str, float]) -> Figures:
    figures = {
        name: {"sentences": value, "p50": 1 / value, "memory": 3e8} for name, value in rates.items()
    }
    rows = {
        name: {figure: Spread.of([value]) for figure, value in row.items()}
        for name, row in figures.items()
    }
    return dict.fromkeys((TEXT, TEXTS, DOCUMENTS, MIXED), rows)


def test_ratios_are_against_the_best_peer_on_torch():
    slow, fast = PEERS[0].name, PEERS[1].name
    rates = {OURS.name: 900.0, BARE: 1000.0, slow: 100.0, fast: 300.0, OPENVINO: 600.0}
    measured = [row[2] for row in goal_rows(figures(**rates), 1.5)]
    assert measured == [
        *("3.00 times", "3.00 times", "1.50 times", "1.50 times", "90.0%", "90.0%"),
        *("1.1 ms", "1.11 times", "300 MB", "1.50 s"),
    ]


def test_what_was_skipped_leaves_its_goals_open():
    measured = [row[2] for row in goal_rows(figures(**{OURS.name: 900.0, BARE: 1000.0}), 1.5)]
    assert measured[:4] == ["– times"] * 4
