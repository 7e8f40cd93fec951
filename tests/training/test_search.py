"""Which settings are tried next."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from framelens.training.search import Candidate, Choices, Range, Space, propose, read_space
from framelens.training.settings import SettingsError

SETTINGS = {"data": ["a.csv"], "output": "out"}
GRID: Space = {"epochs": Choices((1, 2)), "batch_size": Choices((8, 16, 32))}
RANGES: Space = {
    "learning_rate": Range(1e-5, 1e-3, log=True, whole=False),
    "epochs": Range(1, 6, log=False, whole=True),
    "class_weighting": Choices(("none", "inverse")),
}


def proposals(space: Space, trials: int, seed: int = 0) -> list[Candidate]:
    """What is tried, where fewer epochs are better."""
    tried: list[tuple[Candidate, float]] = []
    while len(tried) < trials and (candidate := propose(space, tried, trials, seed)):
        tried.append((candidate, 1 / candidate["epochs"]))
    return [candidate for candidate, _ in tried]


def test_lists_and_ranges_are_read():
    content = {
        "learning_rate": {"low": "1e-5", "high": 1e-3, "log": True},
        "epochs": {"low": 1, "high": 6},
        "class_weighting": ["none", "inverse"],
    }
    assert read_space(content, SETTINGS, "a.yaml: search") == RANGES


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "search: expected lists or ranges"),
        ({"epoch": [1]}, "search: 'epoch' cannot be searched: use 'adaptation'"),
        ({"seed": [0, 1]}, "search: 'seed' cannot be searched"),
        ({"epochs": []}, r"search.epochs: expected \[value, value\] or {low"),
        ({"epochs": {"low": 1}}, r"search.epochs: expected \[value, value\] or {low"),
        ({"epochs": {"low": 1, "high": 2, "step": 1}}, "search.epochs: expected"),
        ({"epochs": {"low": 2, "high": 2}}, "search.epochs: low must be below high"),
        ({"learning_rate": {"low": 0, "high": 1, "log": True}}, "below high, and above 0"),
        ({"learning_rate": {"low": "a", "high": 1}}, "low and high must be numbers"),
        ({"epochs": {"low": 1, "high": 2, "log": 1}}, "log: expected true or false, found 1"),
        ({"base": {"low": 1, "high": 2}}, "search.base: is no number, so it needs a list"),
        ({"epochs": [1, 0]}, "search.epochs: 0 is not between 1 and 1000"),
        ({"epochs": [1, "two"]}, "search.epochs: expected int, found 'two'"),
        ({"context": ["all"]}, "search.context: 'all' is not allowed; use 'auto', 'sentence'"),
    ],
)
def test_mistakes_are_named(content: Any, message: str):
    with pytest.raises(SettingsError, match=message):
        read_space(content, SETTINGS, "a.yaml: search")


def test_a_small_grid_is_tried_wholly_and_in_order():
    tried = [(each["epochs"], each["batch_size"]) for each in proposals(GRID, trials=20)]
    assert tried == [(1, 8), (1, 16), (1, 32), (2, 8), (2, 16), (2, 32)]


def test_of_a_large_grid_nothing_is_tried_twice():
    tried = proposals(GRID, trials=5)
    assert len(tried) == 5
    assert all(tried.count(each) == 1 for each in tried)


def test_ranges_are_kept_and_good_parts_of_them_tried_more_often():
    tried = proposals(RANGES, trials=30)
    for each in tried:
        assert 1e-5 <= each["learning_rate"] <= 1e-3
        assert each["epochs"] in range(1, 7)
        assert each["class_weighting"] in ("none", "inverse")
    assert sum(each["epochs"] <= 2 for each in tried[10:]) > 10


def test_the_same_history_gives_the_same_proposal():
    assert proposals(RANGES, trials=12) == proposals(RANGES, trials=12)
    assert proposals(RANGES, trials=3) != proposals(RANGES, trials=3, seed=7)


def test_without_optuna_a_grid_is_all_that_can_be_searched(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert propose(GRID, [], 6, seed=0) == {"epochs": 1, "batch_size": 8}
    with pytest.raises(SettingsError, match=r"'framelens\[sweep\]', or search all 6 combinations"):
        propose(GRID, [], 5, seed=0)
    with pytest.raises(SettingsError, match=r"needs Optuna: pip install 'framelens\[sweep\]'$"):
        propose(RANGES, [], 5, seed=0)
