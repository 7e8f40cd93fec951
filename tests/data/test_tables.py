"""Plain tables in CSV, TSV and Parquet, and their faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from framelens.data import LabelledDocument, LabelledSentence, read_corpus
from framelens.model.scheme import Scheme


def test_each_row_is_a_document(write: Callable[..., Path], scheme: Scheme):
    path = write("a.csv", 'label,text,note\nsunny, The sun shines. ,x\nr,"It ""pours"", again",\n')
    assert read_corpus([path], scheme) == [
        LabelledDocument(f"{path}:2", "The sun shines.", (LabelledSentence(0, 15, "sunny"),)),
        LabelledDocument(f"{path}:3", 'It "pours", again', (LabelledSentence(0, 17, "rainy"),)),
    ]


def test_ids(write: Callable[..., Path], scheme: Scheme):
    path = write("a.tsv", "id\ttext\tlabel\none\tSun\ts\ntwo\tRain\tr\n")
    assert [document.id for document in read_corpus([path], scheme)] == ["one", "two"]


def test_rows_of_a_document_are_joined(write: Callable[..., Path], scheme: Scheme):
    rows = "document,id,text,label\na,1,Sun,s\nb,2,Rain,r\na,3,More sun,qs\n"
    assert read_corpus([write("a.csv", rows)], scheme) == [
        LabelledDocument(
            "a",
            "Sun\nMore sun",
            (LabelledSentence(0, 3, "sunny"), LabelledSentence(4, 12, "said_sunny")),
        ),
        LabelledDocument("b", "Rain", (LabelledSentence(0, 4, "rainy"),)),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_byte_order_mark_and_newlines(newline: str, write: Callable[..., Path], scheme: Scheme):
    rows = newline.join(["\ufeff text , label", "", "Sun,s", ""])
    (document,) = read_corpus([write("a.CSV", rows)], scheme)
    assert document.id.endswith("a.CSV:3")
    assert document.text == "Sun"


def test_lines_are_right_after_quoted_newlines(
    write: Callable[..., Path], faults: Callable[..., list[str]]
):
    rows = 'text,label\n"Sun\nand\r\nmore",s\n\nRain,snow\n"a\nb",\n,s\n'
    allowed = "'weather' knows 'sunny', 'rainy', 'said_sunny', 's', 'r' or 'qs'"
    assert faults(write("a.csv", rows)) == [
        f"a.csv:6: label: unknown label 'snow': {allowed}",
        "a.csv:7: label: empty",
        "a.csv:9: text: empty",
    ]


@pytest.mark.parametrize("column", ["id", "document"])
def test_empty_id(column: str, write: Callable[..., Path], faults: Callable[..., list[str]]):
    path = write("a.csv", f"{column},text,label\nx,Sun,s\n ,Rain,r\n")
    assert faults(path) == [f"a.csv:3: {column}: empty"]


def test_repeated_id(write: Callable[..., Path], faults: Callable[..., list[str]]):
    path = write("a.csv", "id,text,label\nx,Sun,s\nx,Rain,r\n")
    assert faults(path) == ["a.csv:3: document id 'x' stands also in a.csv:2"]


def test_wrong_number_of_fields(write: Callable[..., Path], faults: Callable[..., list[str]]):
    path = write("a.csv", "text,label\nSun, and more,s\nRain\n")
    advice = "a field that holds the separator needs quotation marks"
    assert faults(path) == [
        f"a.csv:2: 3 fields, but the header has 2; {advice}",
        f"a.csv:3: 1 fields, but the header has 2; {advice}",
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_faulty_quotation_marks(
    name: str, write: Callable[..., Path], faults: Callable[..., list[str]]
):
    separator = "," if name == "a.csv" else "\t"
    rows = f'text{separator}label\n"Sun"ny{separator}s\n"Rain\n{separator}r\n'
    advice = "inside quotation marks, write each quotation mark twice"
    kind = name[2:].upper()
    assert faults(write(name, rows)) == [
        f"{name}:2: not {kind}: '{separator}' expected after '\"'; {advice}",
        f"{name}:3: not {kind}: unexpected end of data; {advice}",
    ]


def test_missing_and_repeated_columns(write: Callable[..., Path], faults: Callable[..., list[str]]):
    assert faults(write("a.csv", "\nText;Label\nSun;s\n")) == [
        "a.csv:2: text: column is missing; the header has 'Text;Label'",
        "a.csv:2: label: column is missing; the header has 'Text;Label'",
    ]
    assert faults(write("b.csv", "text,label,text\nSun,s,Rain\n")) == [
        "b.csv:1: text: column stands twice in the header"
    ]


@pytest.mark.parametrize("content", ["", "text,label\n", "\n\n"])
def test_no_document(content: str, write: Callable[..., Path], faults: Callable[..., list[str]]):
    assert faults(write("a.csv", content)) == ["a.csv: holds no document"]


def test_not_utf8(write: Callable[..., Path], faults: Callable[..., list[str]]):
    path = write("a.csv", b"text,label\nSun,s\ncaf\xe9,s\n")
    advice = "save the file as UTF-8"
    assert faults(path) == [f"a.csv:3: not UTF-8: byte 0xe9 in column 4; {advice}"]


def test_parquet(tmp_path: Path, scheme: Scheme):
    path = tmp_path / "a.parquet"
    table = {"text": ["Sun", "Rain"], "label": ["s", "r"], "other": [1.5, None]}
    parquet.write_table(pyarrow.table(table), path)
    corpus = read_corpus([path], scheme)
    assert [(document.id, document.text) for document in corpus] == [
        (f"{path}:1", "Sun"),
        (f"{path}:2", "Rain"),
    ]


def test_parquet_labels_may_be_numbers(tmp_path: Path):
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"text": ["Sun", "Rain"], "label": [0, 1]}), path)
    numbered = Scheme.from_dict({"name": "numbered", "labels": {"0": {}, "1": {}}})
    corpus = read_corpus([path], numbered)
    assert [document.sentences[0].label for document in corpus] == ["0", "1"]


def test_faults_in_parquet(tmp_path: Path, faults: Callable[..., list[str]]):
    path = tmp_path / "a.parquet"
    table = {"text": [b"Sun", b"Rain"], "label": ["s", None], "document": ["a", "a"]}
    parquet.write_table(pyarrow.table(table), path)
    assert faults(path) == [
        "a.parquet:1: text: expected text, found bytes",
        "a.parquet:2: text: expected text, found bytes",
    ]
    parquet.write_table(pyarrow.table({"text": [None, "Rain"], "label": ["s", ""]}), path)
    assert faults(path) == ["a.parquet:1: text: empty", "a.parquet:2: label: empty"]
    parquet.write_table(pyarrow.table({"text": ["Sun"]}), path)
    assert faults(path) == ["a.parquet: label: column is missing; the header has 'text'"]
