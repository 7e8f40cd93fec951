"""Problems say where they are, and an error shows the first of them."""

from __future__ import annotations

import pickle

from framelens.data import DataError, Problem
from framelens.data.problems import Place
from framelens.model.errors import FramelensError


def test_a_problem_says_as_much_of_its_place_as_is_known():
    assert str(Problem("a.csv", 3, "label", "empty")) == "a.csv:3: label: empty"
    assert str(Problem("a.csv", 3, None, "not CSV")) == "a.csv:3: not CSV"
    assert str(Problem("a.csv", None, None, "holds no document")) == "a.csv: holds no document"


def test_fields_nest():
    place = Place("a.jsonl", 2).at("sentences[1]").at("label")
    assert place.problem("empty") == Problem("a.jsonl", 2, "sentences[1].label", "empty")
    assert str(place) == "a.jsonl:2: sentences[1].label"


def test_an_error_shows_ten_problems_and_counts_the_rest():
    error = DataError(Problem("a.csv", line, None, "empty") for line in range(1, 13))
    assert isinstance(error, FramelensError)
    assert len(error.problems) == 12
    lines = str(error).splitlines()
    assert lines[0] == "a.csv:1: empty"
    assert lines[9:] == ["a.csv:10: empty", "and 2 more problems"]


def test_an_error_of_ten_problems_hides_none():
    problems = [Problem("a.csv", line, None, "empty") for line in range(1, 11)]
    assert str(DataError(problems)).splitlines()[-1] == "a.csv:10: empty"


def test_an_error_survives_pickling():
    error = DataError([Problem("a.csv", 1, None, "empty")])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems  # noqa: S301
