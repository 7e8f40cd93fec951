"""DuckDB, polars and pandas read what is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from framelens.serve.bulk.output import OutputForm

from .making import a_row, written

ROWS = [
    a_row(1, "We won!|It rained.", day="2026-11-23"),
    a_row(2, "They lost.|They lost again!|Then it rained.", day="2026-11-24"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of every format, a row for each document in one and for each sentence in the other."""
    folder = tmp_path_factory.mktemp("scored")
    for kind in ("jsonl", "csv", "tsv", "parquet"):
        for explode in (False, True):
            compression = "zstd" if kind == "parquet" else "gzip"
            suffix = "" if kind == "parquet" else ".gz"
            name = f"{'sentences' if explode else 'documents'}.{kind}{suffix}"
            content = written(OutputForm(kind, compression, explode, True), ROWS[:1], ROWS[1:])  # type: ignore[arg-type]
            (folder / name).write_bytes(content)
    return folder


def test_duckdb(folder: Path):
    duckdb = pytest.importorskip("duckdb")
    counts = [("angry", 2), ("calm", 3)]
    unnested = f"""
        SELECT s.label, count(*), any_value(s.scores.angry) IS NOT NULL
        FROM (SELECT unnest(sentences) AS s FROM '{folder}/documents.parquet') GROUP BY 1 ORDER BY 1
    """  # noqa: S608
    assert duckdb.sql(unnested).fetchall() == [(*each, True) for each in counts]
    for name in ("sentences.parquet", "sentences.csv.gz", "sentences.jsonl.gz", "sentences.tsv.gz"):
        grouped = f"SELECT label, count(*) FROM '{folder}/{name}' GROUP BY 1 ORDER BY 1"  # noqa: S608
        assert duckdb.sql(grouped).fetchall() == counts
    json = f"SELECT sum(len(sentences::JSON[])) FROM '{folder}/documents.csv.gz'"  # noqa: S608
    assert duckdb.sql(json).fetchall() == [(5,)]


def test_polars(folder: Path):
    polars = pytest.importorskip("polars")
    documents = polars.read_parquet(folder / "documents.parquet")
    sentences = documents.select("sentences").explode("sentences").unnest("sentences")
    assert sentences["label"].to_list() == ["angry", "calm", "calm", "angry", "calm"]
    assert sentences["scores"].struct.fields == ["calm", "angry"]
    for read, name in (
        (polars.read_parquet, "sentences.parquet"),
        (polars.read_csv, "sentences.csv.gz"),
        (polars.read_ndjson, "sentences.jsonl.gz"),
    ):
        table = read(folder / name)
        assert table["label"].to_list() == sentences["label"].to_list()
        assert table["confidence"].dtype == polars.Float64
        assert table["review"].dtype == polars.Boolean


def test_pandas(folder: Path):
    pandas = pytest.importorskip("pandas")
    labels = ["angry", "calm", "calm", "angry", "calm"]
    documents = pandas.read_parquet(folder / "documents.parquet")
    assert [each["label"] for some in documents.sentences for each in some] == labels
    assert pandas.read_parquet(folder / "sentences.parquet").label.to_list() == labels
    assert pandas.read_csv(folder / "sentences.csv.gz").label.to_list() == labels
    assert pandas.read_csv(folder / "sentences.tsv.gz", sep="\t").label.to_list() == labels
    assert pandas.read_json(folder / "sentences.jsonl.gz", lines=True).label.to_list() == labels
