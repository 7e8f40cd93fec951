"""Every fault of a JSONL file is named with its line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framelens.data import read_corpus
from framelens.model.scheme import Scheme


def test_not_utf8(write: Callable[..., Path], faults: Callable[..., list[str]]):
    content = b'{"id": "a"}\n{"id": "caf\xe9"}\n\xff\n'
    assert faults(write("a.jsonl", content)) == [
        "a.jsonl:2: not UTF-8: byte 0xe9 in column 12; save the file as UTF-8",
        "a.jsonl:3: not UTF-8: byte 0xff in column 1; save the file as UTF-8",
    ]


def test_columns_count_characters(write: Callable[..., Path], faults: Callable[..., list[str]]):
    assert faults(write("a.jsonl", "é".encode() + b"\xe9"))[0].startswith(
        "a.jsonl:1: not UTF-8: byte 0xe9 in column 2;"
    )


def test_no_such_file(tmp_path: Path, faults: Callable[..., list[str]]):
    missing = "a.jsonl: cannot read the file: No such file or directory"
    assert faults(tmp_path / "a.jsonl") == [missing]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id" "a"}', "not JSON: Expecting ':' delimiter (column 7)"),
        ("id,text", "not JSON: Expecting value (column 1)"),
        ("[1]", "expected an object, found a list"),
        ('"text"', "expected an object, found text"),
        ("null", "expected an object, found null"),
        ("true", "expected an object, found true or false"),
        ("1", "expected an object, found a whole number"),
        ("NaN", "expected an object, found a number"),
        ('{"id": "\\uD83D"}', "not Unicode: '\\ud83d' is half of a surrogate pair"),
        ('{"\\udc00": 1}', "not Unicode: '\\udc00' is half of a surrogate pair"),
    ],
)
def test_not_an_object(
    line: str,
    message: str,
    write: Callable[..., Path],
    faults: Callable[..., list[str]],
    entry: dict[str, Any],
):
    content = f"{json.dumps(entry)}\n\n{line}\n"
    assert faults(write("a.jsonl", content)) == [f"a.jsonl:3: {message}"]


@pytest.mark.parametrize("line", ["[" * 100_000, '{"id": ' + "1" * 5_000 + "}"])
def test_json_that_python_does_not_read(
    line: str, write: Callable[..., Path], faults: Callable[..., list[str]]
):
    (fault,) = faults(write("a.jsonl", line))
    assert fault.startswith("a.jsonl:1: not JSON that can be read: ")


def test_byte_order_mark_windows_newlines_and_blank_lines(
    write: Callable[..., Path], scheme: Scheme, entry: dict[str, Any]
):
    path = write("a.jsonl", f"\ufeff\r\n{json.dumps(entry)}\r\n  \r\n")
    assert [document.id for document in read_corpus([path], scheme)] == ["monday"]


def test_surrogate_pairs_and_separators_are_text(
    write: Callable[..., Path], scheme: Scheme, entry: dict[str, Any]
):
    entry["text"] = "The sun shines.\u2028It pours.\U0001f327\x00"
    escaped = json.dumps(entry)
    raw = json.dumps(entry | {"id": "tuesday"}, ensure_ascii=False)
    corpus = read_corpus([write("a.jsonl", f"{escaped}\n{raw}\n")], scheme)
    assert [document.text for document in corpus] == [entry["text"]] * 2


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_no_document(content: str, write: Callable[..., Path], faults: Callable[..., list[str]]):
    assert faults(write("a.jsonl", content)) == ["a.jsonl: holds no document"]
