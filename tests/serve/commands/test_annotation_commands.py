"""``framelens suggest``, ``data agreement``, ``data suspects`` and ``learn-curve`` as commands."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import Result

from framelens.data import read_corpus
from framelens.model import Scheme

Run = Callable[..., Result]

WORDS = {"dry": "The sun burns on the dry hills", "wet": "Heavy rain floods the streets"}


@pytest.fixture
def scheme(tmp_path: Path) -> Path:
    path = tmp_path / "weather.yaml"
    path.write_text("name: weather\nlabels: {dry: {}, wet: {}}\n", encoding="utf-8")
    return path


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "report.txt"
    sentences = [f"{text} of town {town}." for town in range(8) for text in WORDS.values()]
    path.write_text(" ".join(sentences), encoding="utf-8")
    return path


def fill(sheet: Path, copy: Path, labels: list[str]) -> Path:
    """A copy of a sheet with the first rows labelled."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    for row, label in zip(rows, labels, strict=False):
        row[header.index("label")] = label
    with copy.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return copy


def test_from_text_to_labelled_documents(run: Run, scheme: Path, text: Path, tmp_path: Path):
    sheet = tmp_path / "sheet.csv"
    options = ("--scheme", scheme, "--output")
    result = run("suggest", text, "--count", 6, *options, sheet)
    assert (result.exit_code, result.stdout) == (0, f"wrote 6 sentences to {sheet}\n")
    ada = fill(sheet, tmp_path / "ada.csv", ["dry", "wet", "dry", "wet", "dry"])
    ben = fill(sheet, tmp_path / "ben.csv", ["dry", "wet", "dry", "dry", "dry"])
    labelled, unsettled = tmp_path / "labelled.jsonl", tmp_path / "unsettled.csv"
    read = ("--read", ada, "--read", ben, *options, labelled)
    result = run("suggest", *read)
    assert result.stdout.splitlines() == [
        f"wrote 4 of 6 sentences to {labelled}",
        "1 have no label yet",
        "1 have as many votes for another label; --unsettled writes them",
    ]
    result = run("suggest", *read, "--unsettled", unsettled)
    assert result.stdout.endswith(f"written to {unsettled}\n")
    carol = fill(unsettled, tmp_path / "carol.csv", ["wet"])
    assert run("suggest", "--read", carol, *read).stdout.startswith("wrote 5 of 6 sentences")
    (document,) = read_corpus([labelled], Scheme.from_file(scheme))
    assert document.id == str(text)
    assert {sentence.annotators for sentence in document.sentences} == {
        ("ada", "ben"),
        ("carol", "ada", "ben"),
    }
    second = tmp_path / "second.csv"
    result = run("suggest", text, "--labelled", labelled, *options, second)
    assert result.stdout == f"wrote 11 sentences to {second}\n"


def test_what_may_have_labels_is_not_written_over(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    sheet = Path("sheet.csv")
    sheet.write_text("by hand", encoding="utf-8")
    exists = "sheet.csv exists and may have labels; name a new file or remove it"
    for arguments, message in (
        (["a.txt", "--output", sheet], f"--output: {exists}"),
        (
            ["--read", "a.csv", "--output", "b.jsonl", "--unsettled", sheet],
            f"--unsettled: {exists}",
        ),
        (
            ["--read", "./sheet.csv", "--output", sheet],
            "--output: sheet.csv is read as well; write to another file",
        ),
    ):
        result = run("suggest", *arguments)
        assert (result.exit_code, result.stderr) == (1, f"framelens: error: {message}\n")
    assert sheet.read_text(encoding="utf-8") == "by hand"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name files of text to choose from, or filled sheets with --read"),
        (["none.txt"], "none.txt: No such file or directory"),
        (["--read", "none.csv"], "none.csv: cannot read the file: No such file or directory"),
    ],
)
def test_mistakes_of_suggest(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
):
    monkeypatch.chdir(tmp_path)
    result = run("suggest", *arguments, "--output", "out")
    assert (result.exit_code, result.stderr) == (1, f"framelens: error: {message}\n")
    assert [*tmp_path.iterdir()] == []


def test_rows_that_cannot_be_read_are_named(run: Run, tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "It rains."}\n{"text": 3}\n', encoding="utf-8")
    result = run("suggest", path, "--output", tmp_path / "sheet.csv")
    assert result.exit_code == 1
    assert f"{path}:2: text: expected text" in result.stderr


def test_agreement_of_annotators(run: Run, scheme: Path, tmp_path: Path):
    path = tmp_path / "votes.csv"
    rows = [(day, name, "dry") for day in range(8) for name in ("ada", "ben", "carol")]
    rows += [(day, name, "wet") for day in range(8, 16) for name in ("ada", "ben")]
    rows += [(day, "carol", "wet" if day % 2 else "dry") for day in range(8, 16)]
    lines = [f"{day},Day {day} was fine.,{label},{name}" for day, name, label in rows]
    path.write_text("\n".join(["id,text,label,annotator", *lines]), encoding="utf-8")
    result = run("data", "agreement", path, "--scheme", scheme)
    assert result.exit_code == 0, result.output
    cells = {line.split("  ")[0].strip(): line for line in result.stdout.splitlines()}
    # Carol agrees with each of the others on 12 of 16, by chance on 8 of 16.
    assert "1.000" in cells["Cohen's kappa, ada and ben"]
    assert "0.500" in cells["Cohen's kappa, ada and carol"]
    assert "dry / wet" in cells
    assert "carol" in cells


def test_agreement_needs_votes(run: Run, scheme: Path, tmp_path: Path):
    path = tmp_path / "votes.csv"
    path.write_text("text,label\nIt rains.,wet\n", encoding="utf-8")
    result = run("data", "agreement", path, "--scheme", scheme)
    assert result.exit_code == 1
    assert "no sentence has the votes of two annotators" in result.stderr


def test_suspicious_labels_are_listed_and_written(run: Run, scheme: Path, tmp_path: Path):
    rows = [
        (f"{text} of town {town}.", label) for town in range(10) for label, text in WORDS.items()
    ]
    rows[4] = (rows[4][0], "wet")
    data, output = tmp_path / "data.csv", tmp_path / "suspects.csv"
    with data.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    result = run("data", "suspects", data, "--scheme", scheme, "--output", output)
    assert result.exit_code == 0, result.output
    first, second, *_ = result.stdout.splitlines()
    assert first.endswith("of 20 labels are suspicious")
    assert f"{data}:6 0:{len(rows[4][0])}: wet (" in second
    assert "rather dry" in second
    with output.open(encoding="utf-8", newline="") as file:
        found = next(csv.DictReader(file))
    assert (found["text"], found["label"], found["likelier"]) == (rows[4][0], "wet", "dry")


def test_a_missing_extra_is_named(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for module in ("training.suspects", "training.suggestion", "training.growing_parts"):
        monkeypatch.setitem(sys.modules, f"framelens.{module}", None)
    for command in (
        ["data", "suspects", "a.csv"],
        ["suggest", "a.txt", "--output", "sheet.csv"],
        ["learn-curve", "--data", "a.csv"],
    ):
        result = run(*command)
        assert result.exit_code == 1
        assert "pip install 'framelens[train]'" in result.stderr


def test_the_curve_takes_the_settings_of_training(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    from framelens.training import curve_report, growing_parts

    asked = SimpleNamespace()

    def grow(settings: object, points: int, draws: int, console: object) -> None:
        asked.settings, asked.points, asked.draws = settings, points, draws

    monkeypatch.setattr(growing_parts, "grow", grow)
    monkeypatch.setattr(curve_report, "write_curve", lambda curve, output: None)
    monkeypatch.setattr(curve_report, "print_curve", lambda curve, console: None)
    settings = tmp_path / "train.yaml"
    settings.write_text(json.dumps({"data": ["a.csv"], "output": "model", "epochs": 2}))
    result = run("learn-curve", "--settings", settings, "--epochs", 3, "--draws", 2)
    assert result.exit_code == 0, result.output
    assert (asked.points, asked.draws) == (5, 2)
    assert (asked.settings.epochs, asked.settings.data) == (3, [Path("a.csv")])
