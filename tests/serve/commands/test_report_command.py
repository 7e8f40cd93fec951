"""``framelens report``: the file that it writes, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from framelens.model import FramingClassifier

Run = Callable[..., Result]

TEXT = "We won the cup. “They broke every rule,” said Mara Tol. The court sits on Monday."


@pytest.fixture
def scored(run: Run, loaded: FramingClassifier, tmp_path: Path) -> Path:
    path = tmp_path / "scored.jsonl"
    rows = ({"id": str(day), "text": TEXT, "date": f"2026-11-0{day}"} for day in range(1, 4))
    run(
        "score", "--output", path, "--input-format", "jsonl", stdin="\n".join(map(json.dumps, rows))
    )
    return path


def test_what_is_scored_is_reported(run: Run, scored: Path, tmp_path: Path):
    output = tmp_path / "page.html"
    result = run("report", scored, "--output", output)
    assert (result.exit_code, result.output) == (0, "")
    page = output.read_text(encoding="utf-8")
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert "<dd>3</dd>" in page
    assert "<dd>9</dd>" in page


def test_standard_output(run: Run, scored: Path):
    assert run("report", scored, "--output", "-").stdout.startswith("<!doctype html>")


def test_what_is_read_is_not_overwritten(run: Run, scored: Path):
    result = run("report", scored, "--output", scored)
    assert result.exit_code == 1
    assert "is read as well; write to another file" in result.stderr


def test_a_missing_file(run: Run, tmp_path: Path):
    result = run("report", tmp_path / "none.jsonl")
    assert result.exit_code == 1
    assert "none.jsonl: No such file or directory" in result.stderr


def test_near_duplicates(run: Run, scored: Path, tmp_path: Path):
    output, groups = tmp_path / "page.html", tmp_path / "groups.jsonl"
    result = run("report", scored, "--output", output, "--near-duplicates", groups)
    assert result.exit_code == 0
    assert json.loads(groups.read_text(encoding="utf-8")) == {"ids": ["1", "2", "3"]}
    page = output.read_text(encoding="utf-8")
    assert "2\u00a0documents of 3 (67%) nearly repeat another one, in 1\u00a0group." in page


@pytest.mark.parametrize("similarity", ["0", "1.1", "nan"])
def test_a_similarity_that_is_none(run: Run, scored: Path, similarity: str):
    result = run("report", scored, "--similarity", similarity)
    assert result.exit_code == 1
    assert "--similarity: " in result.stderr
    assert "is not above 0 and at most 1" in result.stderr


def test_one_file_for_two_things(run: Run, scored: Path, tmp_path: Path):
    output = tmp_path / "page.html"
    result = run("report", scored, "--output", output, "--near-duplicates", output)
    assert result.exit_code == 1
    assert "is given twice" in result.stderr
