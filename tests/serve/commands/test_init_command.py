"""``framelens init``: what it says, what it writes, and what it refuses."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from framelens.serve.commands import init
from framelens.training import suspects
from framelens.training.suspects import Suspect

Run = Callable[..., Result]

ROOT = Path(__file__).parents[3]
LETTERS = ROOT / "seeds" / "letters.csv"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_it_says(run: Run):
    column = ("--document-column", "letter")
    result = run("init", LETTERS, *column, "--out", "letters", "--no-suspects")
    assert result.exit_code == 0, result.stderr
    said = re.sub(r" +", " ", result.stdout)
    assert "letters.csv: fields between commas, 120 rows" in said
    assert "text sentence" in said
    assert "label move" in said
    assert "120 sentences in 24 documents: one of 4 labels a sentence" in said
    assert "complaint 32 27%" in said
    assert "en 24 documents" in said
    assert "thanks 178" in said
    assert "framelens train --settings letters/train.yaml" in said
    assert sorted(path.name for path in Path("letters").iterdir()) == [
        "documents.jsonl",
        "scheme.yaml",
        "train.yaml",
    ]
    first = json.loads(Path("letters/documents.jsonl").read_text().splitlines()[0])
    assert (first["id"], first["metadata"]) == ("1", {"received": "2025-01-07"})


def test_the_tutorial_shows_what_it_says(run: Run):
    shutil.copytree(ROOT / "seeds", "seeds")
    page = (ROOT / "docs" / "retraining.md").read_text(encoding="utf-8")
    command, shown = re.findall(
        r"```sh\nframelens (init .*?)\n```.*?```console\n(.*?)```", page, re.S
    )[0]
    result = run(*command.split(), "--no-suspects", COLUMNS="100")
    said = [line.rstrip() for line in result.stdout.splitlines()]
    # Which labels are suspicious may differ on another machine.
    assert said == re.sub(r"suspicious .*?\n\n", "\n", shown, flags=re.S).splitlines()


def test_suspicious_labels_have_their_places(run: Run, monkeypatch: pytest.MonkeyPatch):
    Path("a.csv").write_text("text,label\nIt rains.,wet\nIt shines.,wet\nSun.,dry\n")
    suspect = Suspect("a.csv:3", 0, 10, "It shines.", "wet", "dry", 0.1, 0.9)
    monkeypatch.setattr(suspects, "label_errors", lambda corpus, scheme: [suspect])
    result = run("init", "a.csv", "--out", "weather")
    said = re.sub(r"\s+", " ", result.stdout)
    assert "suspicious 1 labels to a simple model" in said
    assert "a.csv:3 (wet, likelier dry)" in said


def test_it_says_where_suspicious_labels_are_not_looked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(init, "MOST_JUDGED", 2)
    Path("a.csv").write_text("text,label\nIt rains.,wet\nIt shines.,wet\nSun.,dry\n")
    said = re.sub(r"\s+", " ", run("init", "a.csv", "--out", "weather").stdout)
    command = "framelens data suspects weather/documents.jsonl --scheme weather/scheme.yaml"
    assert f"suspicious not looked for in more than 2 sentences; {command} does" in said


def test_faults_are_named_and_nothing_is_written(run: Run):
    Path("a.csv").write_text("text,label\nIt rains.,wet\nSun.,dry\n,dry\nFog.,\n")
    result = run("init", "a.csv", "--out", "weather", "--no-suspects")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "a.csv:4: text: empty",
        "a.csv:5: label: empty: the sentence has no label",
        "2 problems; mend them, or leave these rows out with --skip-faulty",
    ]
    assert not Path("weather").exists()


def test_faulty_rows_are_left_out_by_name(run: Run):
    Path("a.csv").write_text("text,label\nIt rains.,wet\nSun.,dry\n,dry\n")
    result = run("init", "a.csv", "--out", "weather", "--no-suspects", "--skip-faulty")
    assert result.exit_code == 0, result.stderr
    assert "left out 1: weather/skipped.txt names them" in result.stdout
    assert Path("weather/skipped.txt").read_text() == "a.csv:4: text: empty\n"
    assert len(Path("weather/documents.jsonl").read_text().splitlines()) == 2


def test_an_empty_name_is_no_column(run: Run):
    Path("a.csv").write_text("doc,text,label\n1,It rains.,wet\n1,Sun.,dry\n")
    result = run("init", "a.csv", "--out", "weather", "--no-suspects", "--document-column", "")
    assert result.exit_code == 0, result.stderr
    assert "2 sentences in 2 documents" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.csv", "--out", "here"], "--out: here exists; name a new folder or remove it"),
        (["a.csv", "--out", "b", "--rename", "wet"], "--rename: expected OLD=NEW, found 'wet'"),
        (["none.csv", "--out", "b"], "none.csv: cannot read the file: No such file or directory"),
        (["a.csv", "--out", "b", "--scheme", "none.yaml"], "none.yaml: cannot read the scheme"),
    ],
)
def test_mistakes(run: Run, arguments: list[str], message: str):
    Path("here").mkdir()
    Path("a.csv").write_text("text,label\nIt rains.,wet\nSun.,dry\n")
    result = run("init", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"framelens: error: {message}")


def test_names_in_square_brackets_are_no_markup(run: Run):
    Path("a.csv").write_text("text,label\nIt rains.,[bold]\nSun.,[/x]\n")
    result = run("init", "a.csv", "--out", "weather", "--no-suspects")
    assert result.exit_code == 0, result.stderr
    assert "[/x]" in result.stdout
