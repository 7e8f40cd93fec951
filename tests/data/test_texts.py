"""Texts are found in a folder, whatever else it holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow
from pyarrow import parquet

from framelens.data.problems import Problem
from framelens.data.texts import find_texts

WANTED = {("diary", "1"), ("diary", "2")}


def test_texts_are_found_in_every_row_group(tmp_path: Path):
    table = {
        "title": ["", "", "", ""],
        "text": ["Sun", "Fog", "Rain", None],
        "doc_id": ["1", "9", "2", "2"],
        "corpus": ["diary"] * 4,
    }
    parquet.write_table(pyarrow.table(table), tmp_path / "a.parquet", row_group_size=1)
    problems: list[Problem] = []
    assert find_texts(tmp_path, WANTED, problems).versions == {
        ("diary", "1"): ["Sun"],
        ("diary", "2"): ["Rain"],
    }
    assert problems == []


def test_lines_that_are_no_texts_are_passed_over(write: Callable[..., Path]):
    lines = [
        '{"corpus": "diary", "doc_id": "1", "text": "Sun"}',
        '{"corpus": "diary", "doc_id": "2"}',
        '{"corpus": ["diary"], "doc_id": "1", "text": "Fog"}',
        '{"corpus": "diary", "doc_id": "9", "text": "Fog"}',
        "[]",
        "{",
        "",
    ]
    folder = write("texts/a.jsonl", b"\xff\n" + "\n".join(lines).encode()).parent
    problems: list[Problem] = []
    assert find_texts(folder, WANTED, problems).versions == {("diary", "1"): ["Sun"]}
    assert problems == []


def test_files_of_other_kinds_are_passed_over(write: Callable[..., Path]):
    folder = write("texts/notes.txt", "corpus,doc_id,text\n").parent
    parquet.write_table(pyarrow.table({"text": ["Sun"]}), folder / "a.parquet")
    problems: list[Problem] = []
    assert find_texts(folder, WANTED, problems).versions == {}
    assert problems == []


def test_files_that_cannot_be_read_are_reported(write: Callable[..., Path]):
    folder = write("texts/a.parquet", "no Parquet").parent
    (folder / "b.jsonl").mkdir()
    problems: list[Problem] = []
    find_texts(folder, WANTED, problems)
    assert [problem.file for problem in problems] == [
        str(folder / "a.parquet"),
        str(folder / "b.jsonl"),
    ]
    assert problems[1].message == "cannot read the file: Is a directory"


def test_no_such_folder(tmp_path: Path):
    problems: list[Problem] = []
    assert find_texts(tmp_path / "texts", WANTED, problems).versions == {}
    message = "cannot look for texts here: No such file or directory"
    assert problems == [Problem(str(tmp_path / "texts"), None, None, message)]
