"""Scored files read back: every format, a record for each document or for each sentence."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from framelens.model import InputError
from framelens.serve.bulk.report.scored import ScoredDocument, ScoredSentence, read_scored

LANGUAGE = {"code": "en", "share": 0.98, "supported": True}
SCORES = {"rainy": 0.8, "sunny": 0.2}


def sentence(text: str, confidence: float, frame: str | None = None) -> dict[str, Any]:
    return {
        "begin": 0,
        "end": len(text),
        "text": text,
        "label": "rainy",
        "confidence": confidence,
        "review": confidence < 0.7,
        "scores": SCORES,
        "frame": frame and {"label": frame, "confidence": 0.9},
    }


DOCUMENTS = [
    {
        "id": "a",
        "language": LANGUAGE,
        "sentences": [sentence("It pours.", 0.8, "heavy"), sentence("Wet, “so” wet,", 0.5)],
        "outlet": "Post",
    },
    {"id": "a", "language": None, "sentences": [sentence("Rain.", 0.75)], "outlet": "Wire"},
]
READ = [
    [
        ScoredSentence("It pours.", "rainy", 0.8, False, "heavy", ("rainy", "sunny")),
        ScoredSentence("Wet, “so” wet,", "rainy", 0.5, True, None, ("rainy", "sunny")),
    ],
    [ScoredSentence("Rain.", "rainy", 0.75, False, None, ("rainy", "sunny"))],
]


def exploded() -> list[dict[str, Any]]:
    return [
        {"sentence": number, **{k: v for k, v in each.items() if k != "sentences"}, **one}
        for each in DOCUMENTS
        for number, one in enumerate(each["sentences"])
    ]


def flat(record: dict[str, Any]) -> dict[str, Any]:
    """What a table without objects holds."""
    made = {**record, "language": (record["language"] or {}).get("code")}
    if "sentences" in made:
        made["sentences"] = json.dumps(made["sentences"])
        return made
    made["frame"] = (record["frame"] or {}).get("label")
    made["review"] = json.dumps(record["review"])
    return made | {f"score_{name}": score for name, score in made.pop("scores").items()}


def write_jsonl(path: Path, records: list[dict[str, Any]]) -> None:
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")


def write_csv(path: Path, records: list[dict[str, Any]]) -> None:
    rows = [flat(record) for record in records]
    with path.open("w", encoding="utf-8", newline="") as stream:
        delimiter = "\t" if path.suffix == ".tsv" else ","
        writer = csv.DictWriter(stream, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def write_parquet(path: Path, records: list[dict[str, Any]]) -> None:
    parquet.write_table(pyarrow.Table.from_pylist(records), path)


WRITERS = {".jsonl": write_jsonl, ".csv": write_csv, ".tsv": write_csv, ".parquet": write_parquet}


def check(documents: list[ScoredDocument]) -> None:
    assert [document.id for document in documents] == ["a", "a"]
    assert [document.language for document in documents] == ["en", None]
    assert [document.columns["outlet"] for document in documents] == ["Post", "Wire"]
    assert [document.sentences for document in documents] == READ


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("records", [DOCUMENTS, exploded()], ids=["documents", "exploded"])
def test_every_format(suffix: str, records: list[dict[str, Any]], tmp_path: Path):
    path = tmp_path / f"scored{suffix}"
    WRITERS[suffix](path, records)
    check(list(read_scored(path)))


@pytest.mark.parametrize("compression", ["gz", "zst"])
def test_compressed_in_members(compression: str, tmp_path: Path):
    path = tmp_path / f"scored.jsonl.{compression}"
    members = [json.dumps(record).encode() + b"\n" for record in DOCUMENTS]
    if compression == "gz":
        path.write_bytes(b"".join(map(gzip.compress, members)))
    else:
        codec = pyarrow.Codec("zstd")
        path.write_bytes(b"".join(codec.compress(each, asbytes=True) for each in members))
    check(list(read_scored(path)))


def test_columns_in_the_rest_are_columns(tmp_path: Path):
    path = tmp_path / "scored.parquet"
    write_parquet(path, [{**DOCUMENTS[0], "rest": '{"date": "2026-11-23"}'}])
    (document,) = read_scored(path)
    assert document.columns["date"] == "2026-11-23"


@pytest.mark.parametrize("rest", ["[draft", "{", "at sea", 3, None])
def test_a_column_of_the_same_name(rest: object, tmp_path: Path):
    path = tmp_path / "scored.jsonl"
    write_jsonl(path, [{**DOCUMENTS[0], "rest": rest}])
    (document,) = read_scored(path)
    assert document.columns["rest"] == rest


def test_a_document_with_an_error_is_left_out(tmp_path: Path):
    path = tmp_path / "scored.jsonl"
    failed = {"id": "b", "sentences": [], "error": {"code": "unscorable", "detail": "empty"}}
    write_jsonl(path, [failed, *DOCUMENTS])
    check(list(read_scored(path)))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "It pours.", "expected a scored file, one of .jsonl, .ndjson, .csv"),
        ("a.jsonl", '{"id": 1}', "record 1: has neither 'sentences' nor 'label', only 'id'"),
        ("a.jsonl", "{}\n{", "a.jsonl:2: not JSON"),
        ("a.jsonl", "[]", "a.jsonl:1: expected an object"),
        ("a.jsonl", '{"sentences": [{"label": "x"}]}', "not what framelens score writes: KeyErr"),
        ("a.csv", 'id,label\n"a', "a.csv: not a table"),
        ("a.parquet", "PAR", "cannot read the Parquet file"),
    ],
)
def test_what_is_no_scored_file(name: str, content: str, message: str, tmp_path: Path):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        list(read_scored(path))
    assert message in str(caught.value)


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"none\.csv"):
        list(read_scored(tmp_path / "none.csv"))


def test_one_record_at_a_time(tmp_path: Path):
    path = tmp_path / "scored.jsonl"
    path.write_text("\n".join([*map(json.dumps, DOCUMENTS), "{broken"]), encoding="utf-8")
    assert next(read_scored(path)).id == "a"
