"""Reports as Markdown and JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from benchmarks.efforts import QUICK
from benchmarks.figures import Spread
from benchmarks.machine import machine
from benchmarks.report import number, paragraph, percent, spread, table, write_report


def test_both_files_name_the_machine(tmp_path: Path):
    content = {"rates": {"some": Spread(2.0, 1.0, math.nan)}, "effort": QUICK, "rounds": [(1, 2)]}
    path = write_report(tmp_path / "new", "some", ["Title", "Text."], content)
    assert path.read_text(encoding="utf-8") == f"# Title\n\nMachine: {machine()}.\n\nText.\n"
    written = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert written["machine"] == machine()
    assert written["rates"]["some"] == {"median": 2.0, "low": 1.0, "high": None}
    assert written["effort"]["rounds"] == QUICK.rounds
    assert written["rounds"] == [[1, 2]]


def test_a_kill_while_a_report_is_written_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = write_report(tmp_path, "some", ["Title"], {"trials": [1]}).with_suffix(".json")
    written = path.read_text(encoding="utf-8")

    def die(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        write_report(tmp_path, "some", ["Title"], {"trials": [1, 2]})
    assert path.read_text(encoding="utf-8") == written


def test_a_table_ends_with_an_empty_line():
    assert table(("a", "b"), [("1", "2")]) == ["| a | b |", "| --- | --- |", "| 1 | 2 |", ""]


def test_figures_are_rounded_and_unknown_ones_shown_as_such():
    assert number(12_345.6) == "12,346"
    assert number(1.239, 2) == "1.24"
    assert percent(0.5) == "50.0%"
    assert spread(Spread(2.0, 1.0, 3.0)) == "0.50–1.50"
    assert number(math.nan) == percent(math.nan) == spread(Spread.of([])) == "–"
    assert spread(Spread(0.0, 0.0, 0.0)) == "–"


def test_a_paragraph_is_wrapped_between_words():
    lines = paragraph("some-thing " * 40).split("\n")
    assert len(lines) > 1
    assert all(len(line) <= 100 and line.endswith("some-thing") for line in lines)
