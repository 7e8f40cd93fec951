"""What ``framelens score`` says of mistakes: one line with the place, and exit code 1."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from framelens.model import FramingClassifier

Run = Callable[..., Result]

TEXT = "We won the cup. The court sits on Monday."


def fails(result: Result, message: str) -> None:
    assert result.stderr == f"framelens: error: {message}\n"
    assert result.exit_code == 1
    assert result.stdout == ""


@pytest.mark.usefixtures("loaded")
def test_a_row_that_cannot_be_read_stops_nobody(run: Run, tmp_path: Path):
    file = tmp_path / "lines.jsonl"
    file.write_text('{"text": "We won."}\n{"id": "a"}\n{"text": "We lost."}', encoding="utf-8")
    result = run("score", file)
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [
        f"{file}:1",
        f"{file}:3",
    ]
    assert result.stderr == (
        f"framelens: warning: {file}:2: give either 'text' or 'sentences'\n"
        "framelens: warning: 1 of 3 rows have no result\n"
    )
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("id,body\n1,a", ": no column 'text', only 'id', 'body'; see --text-column"),
        ("text\n", ": holds no document"),
        ("", ": holds no document"),
    ],
)
@pytest.mark.usefixtures("loaded")
def test_tables(run: Run, tmp_path: Path, rows: str, message: str):
    file = tmp_path / "table.csv"
    file.write_text(rows, encoding="utf-8")
    fails(run("score", file), f"{file}{message}")


@pytest.mark.usefixtures("loaded")
def test_missing_id_column(run: Run):
    result = run("score", "--input-format", "tsv", "--id-column", "key", stdin="text\tid\na\tb")
    fails(result, "<stdin>: no column 'key', only 'text', 'id'; see --id-column")


@pytest.mark.usefixtures("loaded")
def test_not_utf8(run: Run):
    result = run("score", stdin=b"\xef\xbb\xbfS\xc3\xad \xff")
    fault = "<stdin>:1: not UTF-8: byte 0xff in line 1; save the file as UTF-8"
    assert result.stderr.startswith(f"framelens: warning: {fault}\n")
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.usefixtures("loaded")
def test_no_document(run: Run):
    result = run("score", "--input-format", "jsonl", stdin="\n \n")
    fails(result, "<stdin>: holds no document")


@pytest.mark.usefixtures("loaded")
def test_no_such_file(run: Run, tmp_path: Path):
    missing = tmp_path / "missing.txt"
    result = run("score", "-", missing, stdin=TEXT)
    fails(result, f"{missing}: No such file or directory")


@pytest.mark.usefixtures("loaded")
def test_a_folder_without_files(run: Run, tmp_path: Path):
    fails(run("score", tmp_path), f"{tmp_path}: no file in this folder can be read")


@pytest.mark.usefixtures("loaded")
def test_an_output_that_cannot_be_written(run: Run, tmp_path: Path):
    output = tmp_path / "missing" / "out.jsonl"
    fails(
        run("score", "--output", output, stdin=TEXT), f"{output}.partial: No such file or directory"
    )


@pytest.mark.usefixtures("loaded")
def test_an_output_that_is_also_read(run: Run, tmp_path: Path):
    file = tmp_path / "text.txt"
    file.write_text(TEXT, encoding="utf-8")
    result = run("score", file, "--output", tmp_path / "." / "text.txt")
    fails(result, f"{file}: is read as well; write to another file")
    assert file.read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "parquet"], "--format parquet: needs a file; see --output"),
        (
            ["--output", "s3://bucket/out.jsonl"],
            "--output s3://bucket/out.jsonl: must be a local file; copy it to its place later",
        ),
    ],
)
@pytest.mark.usefixtures("loaded")
def test_outputs_that_are_none(run: Run, options: list[str], message: str):
    fails(run("score", *options, stdin=TEXT), message)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--model", "nothing-here", "nothing-here: no artefact here"),
        ("--engine", "abacus", "unknown engine 'abacus': use 'openvino'"),
        ("--precision", "f16", "unknown precision 'f16': use 'auto'"),
    ],
)
def test_unknown_names(run: Run, option: str, value: str, message: str):
    result = run("score", option, value, stdin=TEXT)
    assert result.stderr.startswith(f"framelens: error: {message}")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)


@pytest.mark.parametrize("threshold", ["1.5", "-0.1", "nan"])
@pytest.mark.usefixtures("loaded")
def test_a_threshold_out_of_range(run: Run, tmp_path: Path, threshold: str):
    output = tmp_path / "results.jsonl"
    output.write_text("earlier\n", encoding="utf-8")
    result = run("score", "--review-below", threshold, "--output", output, stdin=TEXT)
    fails(result, f"--review-below: {threshold} is not between 0 and 1")
    assert output.read_text(encoding="utf-8") == "earlier\n"


def test_an_interruption_is_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(FramingClassifier, "load", interrupted)
    result = run("score", stdin=TEXT)
    assert (result.exit_code, result.output) == (130, "")
