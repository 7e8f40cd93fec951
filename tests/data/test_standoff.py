"""Stand-off annotations, put together with their texts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framelens.data import LabelledDocument, LabelledSentence, read_corpus
from framelens.model.scheme import Scheme

TEXT = "The sun shines. It pours."


@pytest.fixture
def annotation() -> dict[str, Any]:
    return {
        "corpus": "diary",
        "doc_id": "1",
        "sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
        "kind": "note",
        "selected": "random",
        "sentences": [
            {"start": 0, "end": 15, "code": "s", "doubtful": True},
            {"start": 16, "end": 25, "code": "qs", "votes": ["r", "qs"]},
        ],
    }


@pytest.fixture
def texts(write: Callable[..., Path]) -> Path:
    return write("texts/a.jsonl", [{"corpus": "diary", "doc_id": "1", "text": TEXT}]).parent


def test_annotations_and_texts_make_documents(
    write: Callable[..., Path], scheme: Scheme, annotation: dict[str, Any], texts: Path
):
    (document,) = read_corpus([write("a.jsonl", [annotation])], scheme, texts)
    assert document == LabelledDocument(
        "diary/1",
        TEXT,
        (
            LabelledSentence(0, 15, "sunny", doubtful=True),
            LabelledSentence(16, 25, "said_sunny", ("rainy", "said_sunny")),
        ),
        {"corpus": "diary", "kind": "note", "selected": "random"},
    )


def test_how_it_was_selected_may_be_unknown(
    write: Callable[..., Path], scheme: Scheme, annotation: dict[str, Any], texts: Path
):
    del annotation["kind"], annotation["selected"]
    (document,) = read_corpus([write("a.jsonl", [annotation])], scheme, texts)
    assert document.metadata == {"corpus": "diary"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"corpus": 1}, "corpus: expected text, found a whole number"),
        ({"doc_id": ""}, "doc_id: empty"),
        ({"kind": 3}, "kind: expected text, found a whole number"),
        ({"sentences": []}, "sentences: empty: a document needs at least one labelled sentence"),
        (
            {"text": ""},
            "text: unknown field; known are "
            "'corpus', 'doc_id', 'sha256', 'sentences', 'kind' or 'selected'",
        ),
        ({"doc_id": "2"}, "text of corpus 'diary', doc_id '2' not found in texts"),
        (
            {"sha256": "0" * 64},
            "sha256: the text of corpus 'diary', doc_id '1' in texts has another hash",
        ),
    ],
)
def test_faulty_field(
    change: dict[str, Any],
    fault: str,
    write: Callable[..., Path],
    faults: Callable[..., list[str]],
    annotation: dict[str, Any],
    texts: Path,
):
    path = write("a.jsonl", [annotation | change])
    assert faults(path, texts=texts) == [f"a.jsonl:1: {fault}"]


@pytest.mark.parametrize("name", ["corpus", "doc_id", "sha256", "sentences"])
def test_missing_field(
    name: str,
    write: Callable[..., Path],
    faults: Callable[..., list[str]],
    annotation: dict[str, Any],
    texts: Path,
):
    del annotation[name]
    fault = f"a.jsonl:1: {name}: field is missing"
    assert faults(write("a.jsonl", [annotation]), texts=texts) == [fault]


def test_spans_are_checked_against_the_text(
    write: Callable[..., Path],
    faults: Callable[..., list[str]],
    annotation: dict[str, Any],
    texts: Path,
):
    annotation["sentences"][1]["end"] = 26
    fault = "sentences[1]: span 16:26 is out of range: the text has 25 characters"
    assert faults(write("a.jsonl", [annotation]), texts=texts) == [f"a.jsonl:1: {fault}"]


def test_the_folder_of_texts_is_needed(
    write: Callable[..., Path], faults: Callable[..., list[str]], annotation: dict[str, Any]
):
    annotation["sentences"][1] |= {"start": 14, "code": "snow"}
    reported = faults(write("a.jsonl", [annotation]))
    assert reported[0] == "a.jsonl: these annotations need the folder that holds their texts"
    assert [fault.split(": ")[1] for fault in reported[1:]] == [
        "sentences[1].code",
        "sentences[1]",
    ]


def test_many_missing_texts_are_counted(
    write: Callable[..., Path],
    faults: Callable[..., list[str]],
    annotation: dict[str, Any],
    texts: Path,
):
    lines = [annotation | {"doc_id": str(number)} for number in range(1, 13)]
    reported = faults(write("a.jsonl", lines), texts=texts)
    assert reported[0] == "a.jsonl: 11 of 12 texts not found in texts"
    assert reported[-1] == "a.jsonl:12: text of corpus 'diary', doc_id '12' not found in texts"
    assert len(reported) == 12


def test_the_version_with_the_right_hash_is_used(
    write: Callable[..., Path], scheme: Scheme, annotation: dict[str, Any], texts: Path
):
    write("texts/0.jsonl", [{"corpus": "diary", "doc_id": "1", "text": "Another version."}])
    (document,) = read_corpus([write("a.jsonl", [annotation])], scheme, texts)
    assert document.text == TEXT
