"""The documents format and its faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framelens.data import LabelledDocument, LabelledSentence, read_corpus
from framelens.model.scheme import Scheme


def test_codes_become_names_and_metadata_is_kept(
    write: Callable[..., Path], scheme: Scheme, entry: dict[str, Any]
):
    entry["sentences"][0] |= {"label": "qs", "votes": ["s", "said_sunny"], "doubtful": True}
    entry["metadata"] = {"kind": "note", "author": ""}
    (document,) = read_corpus([write("a.jsonl", [entry])], scheme)
    assert document == LabelledDocument(
        "monday",
        "The sun shines. It pours.",
        (
            LabelledSentence(0, 15, "said_sunny", ("sunny", "said_sunny"), doubtful=True),
            LabelledSentence(16, 25, "rainy"),
        ),
        {"kind": "note", "author": ""},
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"id": 7}, "id: expected text, found a whole number"),
        ({"id": " "}, "id: empty"),
        ({"text": None}, "text: expected text, found null"),
        ({"text": ""}, "text: empty"),
        ({"sentences": {}}, "sentences: expected a list, found an object"),
        ({"sentences": []}, "sentences: empty: a document needs at least one labelled sentence"),
        ({"sentences": ["x"]}, "sentences[0]: expected an object, found text"),
        ({"metadata": []}, "metadata: expected an object, found a list"),
        ({"metadata": {"year": 2}}, "metadata.year: expected text, found a whole number"),
        (
            {"title": "x"},
            "title: unknown field; known are 'id', 'text', 'sentences' or 'metadata'",
        ),
    ],
)
def test_faulty_field(
    change: dict[str, Any],
    fault: str,
    write: Callable[..., Path],
    faults: Callable[..., list[str]],
    entry: dict[str, Any],
):
    assert faults(write("a.jsonl", [entry | change])) == [f"a.jsonl:1: {fault}"]


@pytest.mark.parametrize("name", ["id", "text", "sentences"])
def test_missing_field(
    name: str, write: Callable[..., Path], faults: Callable[..., list[str]], entry: dict[str, Any]
):
    del entry[name]
    assert faults(write("a.jsonl", [entry])) == [f"a.jsonl:1: {name}: field is missing"]


def test_all_faults_of_all_lines(
    write: Callable[..., Path], faults: Callable[..., list[str]], entry: dict[str, Any]
):
    broken = {"id": "", "text": 1, "sentences": [{"begin": 1, "end": 1, "label": "snow"}]}
    path = write("a.jsonl", [entry | {"id": 1}, broken, entry, entry])
    assert faults(path)[0] == "a.jsonl:1: id: expected text, found a whole number"
    assert [fault.split(": ")[:2] for fault in faults(path)] == [
        ["a.jsonl:1", "id"],
        ["a.jsonl:2", "id"],
        ["a.jsonl:2", "text"],
        ["a.jsonl:2", "sentences[0].label"],
        ["a.jsonl:2", "sentences[0]"],
        ["a.jsonl:4", "document id 'monday' stands also in a.jsonl:3"],
    ]
