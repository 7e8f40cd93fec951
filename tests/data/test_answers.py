"""Answers of models, read from files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from framelens.data import DataError, LabelledDocument, LabelledSentence
from framelens.data.answers import read_answers
from framelens.model import Scheme

SCHEME = Scheme.from_dict(
    {
        "name": "weather",
        "labels": {"sunny": {}, "said": {}},
        "leaves": {
            "sun": {"label": "sunny", "code": "s"},
            "said_sun": {"label": "said"},
            "said_rain": {"label": "said"},
        },
    }
)
DOCUMENT = LabelledDocument(
    "one",
    "It shone. He said so.",
    (LabelledSentence(0, 9, "sun"), LabelledSentence(10, 21, "said_sun")),
)


def labels(path: Path, *documents: LabelledDocument) -> list[str]:
    found = read_answers(path, SCHEME).labels([*documents] or [DOCUMENT])
    return [SCHEME.label_names[label] for (label,) in found]


def write(path: Path, *lines: object) -> Path:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return path


def sentence(begin: int, end: int, label: str, **others: object) -> dict[str, object]:
    return {"begin": begin, "end": end, "label": label, **others}


def test_scored_documents_are_read_and_leaves_stand_for_their_labels(tmp_path: Path):
    parts = [sentence(0, 9, "s", confidence=0.9), sentence(10, 21, "said_rain")]
    path = write(tmp_path / "scored.jsonl", {"id": "one", "language": None, "sentences": parts})
    assert labels(path) == ["sunny", "said"]


def test_a_line_or_a_row_may_be_one_sentence(tmp_path: Path):
    parts = sentence(0, 9, "said"), sentence(10, 21, "sunny")
    lines = write(tmp_path / "scored.jsonl", *({"id": "one", **each} for each in parts))
    rows = ("id,sentence,begin,end,label", "one,0,0,9,said", "one,1,10,21,sunny")
    table = write(tmp_path / "scored.csv", *rows)
    pq.write_table(
        pa.Table.from_pylist([{"id": "one", **each} for each in parts]), tmp_path / "scored.parquet"
    )
    for path in (lines, table, tmp_path / "scored.parquet"):
        assert labels(path) == ["said", "sunny"]


def test_a_table_may_answer_for_whole_documents(tmp_path: Path):
    path = write(tmp_path / "answers.tsv", "id\tlabel", "two\tsunny", "one\tsaid")
    assert labels(path) == ["said", "said"]


def test_an_empty_place_is_the_whole_document(tmp_path: Path):
    other = LabelledDocument("two", "Rain.", (LabelledSentence(0, 5, "sun"),))
    rows = ("id,label,begin,end", "one,said,0,9", "one,sunny,10,21", "two,said,,")
    path = write(tmp_path / "answers.csv", *rows)
    assert labels(path, DOCUMENT, other) == ["said", "sunny", "said"]


def test_sentences_cut_otherwise_have_the_answer_of_the_larger_part(tmp_path: Path):
    parts = [sentence(0, 5, "said"), sentence(5, 8, "sunny"), sentence(8, 21, "sunny")]
    path = write(tmp_path / "scored.jsonl", {"id": "one", "sentences": parts})
    assert labels(path) == ["said", "sunny"]


def test_what_has_no_answer_is_named(tmp_path: Path):
    parts = [sentence(0, 9, "sunny")]
    path = write(tmp_path / "scored.jsonl", {"id": "one", "sentences": parts})
    other = LabelledDocument("two", "Rain.", (LabelledSentence(0, 5, "sun"),))
    with pytest.raises(DataError) as raised:
        labels(path, DOCUMENT, other)
    assert str(raised.value) == (
        f"{path}: no answer for 10:21 of document 'one'\n{path}: no answer for document 'two'"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"sentences": []}, ":1: id: field is missing"),
        ({"id": 7, "label": "sunny"}, ":1: id: expected text, found a whole number"),
        ({"id": "one"}, ":1: label: field is missing"),
        ({"id": "one", "sentences": [{}]}, ":1: sentences[0].label: field is missing"),
        ({"id": "one", "sentences": []}, ": holds no answer"),
        (
            {"id": "one", "label": "rainy"},
            ":1: label: unknown label 'rainy'; known are 'sunny', 'said', 'sun', 'said_sun' or "
            "'said_rain'",
        ),
        ({"id": "one", "label": "said", "begin": 0}, ":1: has only one of 'begin' and 'end'"),
        ("[]", ":1: expected an object, found a list"),
    ],
)
def test_mistakes_are_named_by_their_place(tmp_path: Path, line: object, message: str):
    path = write(tmp_path / "scored.jsonl", line)
    with pytest.raises(DataError, match=re.escape(f"{path}{message}") + "$"):
        read_answers(path, SCHEME)


def test_mistakes_in_tables_are_named_by_row_and_column(tmp_path: Path):
    path = write(tmp_path / "a.csv", "id,label,begin,end", "one,said,x,9", ",said,0,9", "one,,0,9")
    with pytest.raises(DataError) as raised:
        read_answers(path, SCHEME)
    assert str(raised.value).splitlines() == [
        f"{path}:2: begin: expected a whole number, found text",
        f"{path}:2: has only one of 'begin' and 'end'",
        f"{path}:3: id: empty",
        f"{path}:4: label: empty",
    ]
    path = write(tmp_path / "b.csv", "id,label", "one,said", "one,sunny")
    with pytest.raises(DataError, match=re.escape(f"b.csv:3: is answered already in {path}:2")):
        read_answers(path, SCHEME)
    with pytest.raises(DataError, match=r"c\.txt: unknown kind of file; use '\.jsonl'"):
        read_answers(tmp_path / "c.txt", SCHEME)


def test_a_sentence_may_have_several_labels_or_none(tmp_path: Path):
    labels: dict[str, object] = {"angry": {}, "sad": {}, "calm": {}}
    scheme = Scheme.from_dict({"name": "moods", "labels": labels, "multi_label": True})
    path = write(tmp_path / "a.csv", "id,label,begin,end", "one,sad|angry,0,9", "one,,10,21")
    assert read_answers(path, scheme).labels([DOCUMENT]) == [(0, 1), ()]
    path = write(tmp_path / "b.csv", "id,label", "one,sad|glad")
    with pytest.raises(DataError, match=r"b\.csv:2: label: unknown label 'sad\|glad'; known are"):
        read_answers(path, scheme)
