"""What ``framelens score`` says of mistakes: one line with the place, and exit code 1."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "We won."', "2:19: not JSON: Expecting ',' delimiter"),
        ('  {"text": We won.}', "2:12: not JSON: Expecting value"),
        ("[" * 100_000, "2: not JSON that can be read: maximum recursion depth exceeded"),
        ('["We won."]', "2: expected an object with 'text' or 'sentences'"),
        ('{"id": "a"}', "2: give either 'text' or 'sentences'"),
        ('{"text": "a", "sentences": ["a"]}', "2: give either 'text' or 'sentences'"),
        ('{"text": 7}', "2: text: expected text"),
        ('{"sentences": ""}', "2: sentences: expected a list of texts"),
        ('{"sentences": ["a", null]}', "2: sentences: expected a list of texts"),
        ('{"id": "\\udfff", "text": "a"}', "2: id: has half of a surrogate pair"),
        ('{"id": true, "text": "a"}', "2: id: expected text or a whole number"),
    ],
)
@pytest.mark.usefixtures("loaded")
def test_json_lines(run: Run, tmp_path: Path, line: str, message: str):
    file = tmp_path / "lines.jsonl"
    file.write_text(f'{{"text": "We won."}}\n{line}\n', encoding="utf-8")
    result = run("score", file)
    assert result.stderr.startswith(f"framelens: error: {file}:{message}")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("id,body\n1,a", ": no column 'text', only 'id', 'body'; see --text-column"),
        (
            "id,text\n1,We won, they say",
            ":2: 3 fields, but the header has 2; "
            "a field that holds the separator needs quotation marks",
        ),
        (
            'text\nWe won.\n"We\nlost',
            ":3: not a row of a table: unexpected end of data; "
            "inside quotation marks, write each quotation mark twice",
        ),
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
def test_not_utf8(run: Run, tmp_path: Path):
    file = tmp_path / "latin.txt"
    file.write_bytes("Día uno.\nDía dos: señal.\n".encode() + "señal".encode("latin-1"))
    fails(run("score", file), f"{file}:3:3: not UTF-8: byte 0xf1; save the file as UTF-8")


@pytest.mark.usefixtures("loaded")
def test_not_utf8_on_standard_input(run: Run):
    result = run("score", stdin=b"\xef\xbb\xbfS\xc3\xad \xff")
    fails(result, "<stdin>:1:4: not UTF-8: byte 0xff; save the file as UTF-8")


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
def test_a_folder(run: Run, tmp_path: Path):
    fails(run("score", tmp_path), f"{tmp_path}: Is a directory")


@pytest.mark.usefixtures("loaded")
def test_an_output_that_cannot_be_written(run: Run, tmp_path: Path):
    output = tmp_path / "missing" / "out.jsonl"
    fails(run("score", "--output", output, stdin=TEXT), f"{output}: No such file or directory")


@pytest.mark.usefixtures("loaded")
def test_an_output_that_is_also_read(run: Run, tmp_path: Path):
    file = tmp_path / "text.txt"
    file.write_text(TEXT, encoding="utf-8")
    result = run("score", file, "--output", tmp_path / "." / "text.txt")
    fails(result, f"{file}: is read as well; write to another file")
    assert file.read_text(encoding="utf-8") == TEXT


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
