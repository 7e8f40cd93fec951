"""Files of several kinds are one corpus, and all their problems one error."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from framelens.data import read_corpus
from framelens.data import texts as texts_module
from framelens.model.scheme import Scheme


def _annotation(doc_id: str, text: str) -> dict[str, Any]:
    return {
        "corpus": "diary",
        "doc_id": doc_id,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "sentences": [{"start": 0, "end": len(text), "code": "s"}],
    }


def test_files_keep_their_order(write: Callable[..., Path], scheme: Scheme, entry: dict[str, Any]):
    text = {"corpus": "diary", "doc_id": "1", "text": "Sun."}
    texts = write("texts/a.jsonl", [text]).parent
    paths = [
        write("table.csv", "id,text,label\ntable,Sun,s\n"),
        write("standoff.jsonl", [_annotation("1", "Sun.")]),
        write("documents.jsonl", [entry]),
    ]
    corpus = read_corpus(paths, scheme, texts)
    assert [document.id for document in corpus] == ["table", "diary/1", "monday"]


def test_texts_are_looked_for_once(
    write: Callable[..., Path], scheme: Scheme, monkeypatch: pytest.MonkeyPatch
):
    lines = [{"corpus": "diary", "doc_id": name, "text": name} for name in ("one", "two")]
    texts = write("texts/a.jsonl", lines).parent
    paths = [write(f"{name}.jsonl", [_annotation(name, name)]) for name in ("one", "two")]
    searched = Mock(wraps=texts_module._parse)
    monkeypatch.setattr(texts_module, "_parse", searched)
    assert len(read_corpus(paths, scheme, texts)) == 2
    assert searched.call_count == len(lines)


def test_the_first_object_tells_the_format(
    write: Callable[..., Path], faults: Callable[..., list[str]], entry: dict[str, Any]
):
    path = write("a.jsonl", [entry, _annotation("1", "Sun.")])
    assert faults(path)[:2] == [
        "a.jsonl:2: id: field is missing",
        "a.jsonl:2: text: field is missing",
    ]


def test_unknown_kind_of_file(write: Callable[..., Path], faults: Callable[..., list[str]]):
    known = "'.jsonl', '.csv', '.tsv' or '.parquet'"
    assert faults(write("a.txt", "")) == [f"a.txt: unknown kind of file; use {known}"]


def test_ids_are_unique_over_all_files(
    write: Callable[..., Path], faults: Callable[..., list[str]], entry: dict[str, Any]
):
    one = write("one.jsonl", [entry])
    two = write("two.jsonl", [entry | {"id": "tuesday"}, entry])
    assert faults(one, two) == ["two.jsonl:2: document id 'monday' stands also in one.jsonl:1"]


def test_all_problems_of_all_files_in_order(
    write: Callable[..., Path], faults: Callable[..., list[str]], entry: dict[str, Any]
):
    texts = write("texts/a.jsonl", "").parent
    write("texts/b.parquet", "")
    paths = [
        write("b.jsonl", [entry | {"id": ""}, entry, entry, "text"]),
        write("a.jsonl", [_annotation("1", "Sun."), 1]),
        write("c.csv", "text,label\nSun,\n"),
    ]
    reported = faults(*paths, texts=texts)
    assert [fault.split(": ")[0] for fault in reported] == [
        "texts/b.parquet",
        "b.jsonl:1",
        "b.jsonl:3",
        "b.jsonl:4",
        "a.jsonl:1",
        "a.jsonl:2",
        "c.csv:2",
    ]


def test_one_class_can_be_read(write: Callable[..., Path], scheme: Scheme):
    assert len(read_corpus([write("a.csv", "text,label\nSun,s\n")], scheme)) == 1
