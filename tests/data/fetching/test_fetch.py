"""Texts are gathered by their hashes, from repositories or a folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from framelens.data import DataError, read_corpus
from framelens.data.fetching import Fetched, Source, fetch_texts, write_found
from framelens.model import Scheme

Write = Callable[..., Path]
Serve = Callable[[str, Mapping[str, bytes]], str]

FERRY = "The ferry left. It was late."
HARBOUR = "The harbour is open — “at last”, said Ada."
SHARED = Path(__file__).parents[4] / "shared" / "corpora"


def entry(corpus: str, identity: str, text: str) -> dict[str, Any]:
    return {
        "corpus": corpus,
        "doc_id": identity,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "sentences": [{"start": 0, "end": 15, "code": "sunny"}],
    }


def documents_in(path: Path) -> dict[str, str]:
    """The texts in a file, by their documents."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == len({line["doc_id"] for line in lines})
    return {line["doc_id"]: line["text"] for line in lines}


@pytest.fixture
def annotations(write: Write) -> Path:
    entries = [
        entry("wires", "1", FERRY),
        entry("wires", "again", FERRY),
        entry("wires", "2", HARBOUR),
        entry("letters", "1", "Dear Ada, it rains here."),
    ]
    return write("annotations.jsonl", entries)


def source(*archives: str) -> Source:
    """A corpus in the tables of these archives."""
    files, remove = ("data/*.csv", "*.zip"), (" - The Selm Post$",)
    return Source("wires", "none stated", archives, files, "cells", remove)


def test_texts_are_found_by_their_hash_alone(
    annotations: Path, serve: Serve, zip_file: Callable[..., bytes], tmp_path: Path, scheme: Scheme
):
    csv = f'n,text\n7,"{FERRY} - The Selm Post"\n8,Another.\n'.encode()
    inner = zip_file({"deep/all.csv": f"{HARBOUR}\tx\n".encode()})
    archive = serve("/wires", {"data/a.csv": csv, "old/b.zip": inner, "README.md": b"Wires"})
    told: list[str] = []
    out = tmp_path / "texts"
    sources = {"wires": source(archive), "letters": Source("letters", "unknown", obtain="Ask Ada")}
    results = fetch_texts([annotations], out, sources, announce=told.append)
    assert results == [Fetched("letters", 0, ("1",), "Ask Ada"), Fetched("wires", 3, ())]
    assert told == [archive]
    assert [path.name for path in out.iterdir()] == ["wires.jsonl"]
    assert documents_in(out / "wires.jsonl") == {
        "1": FERRY,
        "again": FERRY,
        "2": HARBOUR,
    }
    (known,) = write_found([annotations], results, tmp_path / "known")
    assert len(read_corpus([known], scheme, out)) == 3


def test_annotations_of_which_no_text_was_found(annotations: Path, tmp_path: Path):
    results = fetch_texts([annotations], tmp_path / "texts", {})
    assert write_found([annotations], results, tmp_path / "known") == []


def test_what_is_there_is_not_fetched_again(
    annotations: Path, serve: Serve, tmp_path: Path, requested: list[str]
):
    first = serve("/first", {"data/a.csv": FERRY.encode()})
    second = serve("/second", {"data/a.csv": HARBOUR.encode()})
    third = serve("/third", {"data/a.csv": b""})
    sources = {"wires": source(first, second, third)}
    for _ in range(2):
        letters, wires = fetch_texts([annotations], tmp_path / "texts", sources)
        assert (wires.found, wires.missing) == (3, ())
        assert letters.reason == "no source is known"
    assert requested == ["/first", "/second"]


def test_texts_of_other_annotations_stay(annotations: Path, write: Write, tmp_path: Path):
    line = {"corpus": "wires", "doc_id": "2", "text": HARBOUR}
    mirror = write("mirror/a.jsonl", [{**line, "doc_id": "1", "text": FERRY}, line]).parent
    out = tmp_path / "texts"
    fetch_texts([write("one.jsonl", [entry("wires", "1", FERRY)])], out, {}, mirror)
    fetch_texts([write("two.jsonl", [entry("wires", "2", HARBOUR)])], out, {}, mirror)
    assert [each.found for each in fetch_texts([annotations], out, {})] == [0, 3]
    assert sorted(documents_in(out / "wires.jsonl")) == ["1", "2", "again"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/nothing", "404 Not Found"),
        ("/broken", "not a sound archive: "),
        ("/damaged", "not a sound archive: "),
        ("/other", "not in "),
    ],
)
def test_why_texts_are_missing(
    annotations: Path,
    serve: Serve,
    answers: dict[str, bytes],
    address: str,
    tmp_path: Path,
    path: str,
    reason: str,
):
    serve("/other", {"elsewhere/a.csv": FERRY.encode()})
    answers["/broken"] = answers["/other"][:40]
    serve("/damaged", {"data/a.csv": " ".join(map(str, range(100_000))).encode()})
    damaged = bytearray(answers["/damaged"])
    damaged[100_000:102_000] = b"\xff" * 2_000
    answers["/damaged"] = bytes(damaged)
    sources = {"wires": source(address + path)}
    _, wires = fetch_texts([annotations], tmp_path / "texts", sources)
    assert (wires.found, wires.missing) == (0, ("1", "2", "again"))
    assert wires.reason.startswith((f"{address}{path}: {reason}", f"{reason}{address}{path}"))


def test_nobody_is_there(annotations: Path, tmp_path: Path):
    sources = {"wires": source("http://127.0.0.1:9/wires")}
    _, wires = fetch_texts([annotations], tmp_path / "texts", sources)
    assert wires.reason.startswith("http://127.0.0.1:9/wires: ")


def test_a_folder_stands_in_for_the_network(annotations: Path, write: Write, tmp_path: Path):
    mirror = write(
        "mirror/all.jsonl",
        [
            {"corpus": "wires", "doc_id": "1", "text": FERRY},
            {"corpus": "wires", "doc_id": "2", "text": "Somebody changed it."},
            {"corpus": "letters", "doc_id": "1", "text": "Dear Ada, it rains here."},
        ],
    ).parent
    letters, wires = fetch_texts([annotations], tmp_path / "texts", {}, mirror)
    assert (letters.found, letters.missing, letters.reason) == (1, (), "")
    assert (wires.found, wires.missing) == (2, ("2",))
    assert wires.reason == f"not in {mirror}, or with another hash"


def test_files_that_are_no_annotations(write: Write, tmp_path: Path):
    path = write("documents.jsonl", [{"id": "a", "text": "It rained.", "sentences": []}])
    with pytest.raises(DataError, match=r"documents.jsonl:1: corpus: field is missing"):
        fetch_texts([path], tmp_path / "texts", {})
    path = write("outside.jsonl", [entry("../wires", "1", FERRY)])
    with pytest.raises(DataError, match="is to be the name of a file"):
        fetch_texts([path], tmp_path / "texts", {})


@pytest.mark.skipif(not SHARED.exists(), reason="the texts are not here")
def test_the_shipped_annotations_of_a_mirror(tmp_path: Path):
    seeds = Path(__file__).parents[3] / "seeds" / "annotations"
    results = fetch_texts([seeds / "test.jsonl"], tmp_path / "texts", {}, SHARED)
    assert sum(each.found for each in results) == 108
    assert not any(each.missing for each in results)
