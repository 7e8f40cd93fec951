"""What scored chunks become: lines, tables, Parquet, errors and counts."""

from __future__ import annotations

import csv
import gzip
import io
import json
import pickle
import subprocess
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from framelens.model import Document, FramingClassifier, InputError
from framelens.serve.answers import answer
from framelens.serve.bulk.encoder import Encoder
from framelens.serve.bulk.inputs import Inputs, read_rows
from framelens.serve.bulk.output import OutputForm
from framelens.serve.bulk.rows import Chunk, Row
from framelens.serve.models import LoadedModel
from framelens.serve.requests import ClassifyRequest
from framelens.serve.thresholds import model_thresholds, request_thresholds

from .making import LABELS, a_row, results_of, written

FORMS = [
    OutputForm(kind, compression, explode)  # type: ignore[arg-type]
    for kind in ("jsonl", "csv", "tsv", "parquet")
    for compression in ("none", "gzip", "zstd")
    for explode in (False, True)
]
ROWS = [
    a_row(1, "We won!|It rained.", day=1, tags=["a"], label="x"),
    a_row(2, None),
    a_row(3, "They “lost”,\nagain.", day=3, tags=[], label='y,\t"z"'),
]


def plain(content: bytes, form: OutputForm) -> str:
    """The text of a file, decompressed."""
    if form.compression == "gzip":
        content = gzip.decompress(content)
    if form.compression == "zstd":
        content = pa.input_stream(io.BytesIO(content), compression="zstd").read()
    return content.decode()


def table_of(content: bytes, form: OutputForm) -> list[dict[str, Any]]:
    """The rows of a file as its format has them."""
    if form.format == "parquet":
        return pq.read_table(io.BytesIO(content)).to_pylist()  # type: ignore[no-any-return]
    text = plain(content, form)
    if form.format == "jsonl":
        return [json.loads(line) for line in text.splitlines()]
    delimiter = "\t" if form.format == "tsv" else ","
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_form_holds_the_results(form: OutputForm):
    rows = table_of(written(form, ROWS[:1], ROWS[1:2], ROWS[2:]), form)
    assert [row["id"] for row in rows] == (["d1", "d1", "d3"] if form.explode else ["d1", "d3"])
    assert [str(row["day"]) for row in rows] == [row["id"][1:] for row in rows]
    if form.explode:
        assert [row["text"] for row in rows] == ["We won!", "It rained.", "They “lost”,\nagain."]
        assert [row["label"] for row in rows] == ["angry", "calm", "calm"]
        assert [row["input_label"] for row in rows] == ["x", "x", 'y,\t"z"']
        assert [int(row["sentence"]) for row in rows] == [0, 1, 0]
        return
    sentences = [row["sentences"] for row in rows]
    if form.format in ("csv", "tsv"):
        sentences = [json.loads(text) for text in sentences]
        assert [(row["count_angry"], row["count_review"]) for row in rows] == [
            ("1", "2"),
            ("0", "1"),
        ]
    assert [[each["label"] for each in some] for some in sentences] == [["angry", "calm"], ["calm"]]
    assert [row["label"] for row in rows] == ["x", 'y,\t"z"']


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_the_same_chunks_give_the_same_bytes(form: OutputForm):
    assert written(form, ROWS[:1], ROWS[1:]) == written(form, ROWS[:1], ROWS[1:])


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_file_without_results_is_one_all_the_same(form: OutputForm):
    assert table_of(written(form, [ROWS[1]]), form) == []


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_an_encoder_can_be_sent_elsewhere(form: OutputForm):
    passed = None
    if form.format != "jsonl":
        from framelens.serve.bulk.passed import Passed

        passed = Passed.of({"a": None}, ROWS)
    encoder = Encoder(form, LABELS, request_thresholds(0.8), passed)
    chunk = Chunk(0, ROWS)
    sent = pickle.loads(pickle.dumps(encoder))  # noqa: S301
    assert sent.encode(chunk, results_of(chunk)) == encoder.encode(chunk, results_of(chunk))


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_the_command_line_tools_read_what_is_written(name: str):
    content = written(OutputForm("csv", name), ROWS[:2], ROWS[2:])  # type: ignore[arg-type]
    try:
        read = subprocess.run([name, "-dc"], input=content, capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip(f"{name} is not installed")
    assert read.stdout == written(OutputForm("csv"), ROWS[:2], ROWS[2:])


def test_errors_say_what_and_where_and_tallies_count():
    rows = [*ROWS, a_row(4, " ", id="x", more=b"\x00"), a_row(5, None)]
    chunk = Chunk(7, rows)
    encoder = Encoder(OutputForm(), LABELS, request_thresholds(0.8))
    encoded = encoder.encode(chunk, results_of(chunk))
    first, second, _ = map(json.loads, encoded.errors.splitlines())
    assert first == {
        "source": "in.jsonl",
        "line": 2,
        "id": None,
        "reason": "not JSON at character 2",
        "row": "{",
    }
    assert second["reason"] == "has no character that the model reads"
    assert second["row"] == {"id": "d4", "text": " ", "input_id": "x", "more": "AA=="}
    tally = encoded.tally
    assert (encoded.number, tally.rows, tally.failed, tally.sentences) == (7, 5, 3, 3)
    assert (tally.tokens, tally.review, tally.labels) == (12, 3, {"angry": 1, "calm": 2})
    assert tally.faults == {
        "not JSON at character …": 2,
        "has no character that the model reads": 1,
    }
    assert sum(tally.languages.values()) == 2
    assert tally.confidence[15] == 3


def test_half_of_a_surrogate_pair_in_a_column_or_an_error_stays_json():
    rows = [a_row(1, "We won.", name="\ud800"), Row("a", 2, None, fault="f", raw="\udcff")]
    chunk = Chunk(0, rows)
    encoded = Encoder(OutputForm(), LABELS, request_thresholds(0.8)).encode(
        chunk, results_of(chunk)
    )
    assert json.loads(encoded.output)["name"] == "\ud800"
    assert json.loads(encoded.errors)["row"] == "\udcff"
    for kind in ("csv", "parquet"):
        form = OutputForm(kind)  # type: ignore[arg-type]
        [row] = table_of(written(form, rows), form)
        assert "\\ud800" in (row["name"] or row["rest"])


def test_values_of_parquet_in_text():
    values = {
        "day": date(2026, 11, 23),
        "time": datetime(2026, 11, 23, 12, tzinfo=UTC),
        "price": Decimal("1.50"),
        "rate": float("nan"),
        "far": [float("inf"), 1.5],
        "raw": b"\x00\x01",
        "more": {"a": [1, None]},
        "none": None,
        "flag": True,
    }
    [line] = table_of(written(OutputForm(), [a_row(1, "We won.", **values)]), OutputForm())
    expected = {
        "day": "2026-11-23",
        "time": "2026-11-23T12:00:00+00:00",
        "price": "1.50",
        "rate": None,
        "far": [None, 1.5],
        "raw": "AAE=",
        "more": {"a": [1, None]},
        "none": None,
        "flag": True,
    }
    assert expected.items() <= line.items()
    form = OutputForm("csv")
    [row] = table_of(written(form, [a_row(1, "We won.", **values)]), form)
    texts = ["2026-11-23", "2026-11-23T12:00:00+00:00", "1.50", "", "[null,1.5]", "AAE="]
    assert [row[name] for name in values] == [*texts, '{"a":[1,null]}', "", "true"]


def test_what_fits_in_no_column_stands_in_the_rest():
    early = [a_row(1, "a", n=1, s="x", f=1.5, l=[1], o={"a": 1}, none=None, mixed="x"),
             a_row(2, "b", n=2, f=2, mixed=7), a_row(3, "c")]  # fmt: skip
    late = [a_row(4, "d", n=1.5, s=7, f="x", l=["y"], o={"b": 1}, none=1, new=1, rest="r"),
            a_row(5, "e", n=2**70, f=2**60 + 1, l=[1.5])]  # fmt: skip
    form = OutputForm("parquet")
    rows = table_of(written(form, early, late), form)
    first, second, third, fourth, fifth = rows
    assert (first["n"], first["s"], first["f"], first["l"]) == (1, "x", 1.5, [1])
    assert (first["o"], first["mixed"], second["mixed"]) == ('{"a":1}', "x", "7")
    assert [row["rest"] for row in (first, second, third)] == [None] * 3
    assert (fourth["s"], fourth["o"], fourth["none"]) == ("7", '{"b":1}', "1")
    assert json.loads(fourth["rest"]) == {"n": 1.5, "f": "x", "l": ["y"], "new": 1, "rest": "r"}
    assert (fourth["n"], fourth["f"], fourth["l"]) == (None, None, None)
    assert json.loads(fifth["rest"]) == {"n": 2**70, "f": 2**60 + 1, "l": [1.5]}
    form = OutputForm("csv")
    rows = table_of(written(form, early, late), form)
    assert json.loads(rows[3]["rest"]) == {"new": 1, "rest": "r"}


def test_names_that_are_taken():
    row = a_row(1, "We won.", language="en", input_language="x", error=1)
    [line] = table_of(written(OutputForm(), [row]), OutputForm())
    assert (line["input_input_language"], line["input_language"]) == ("en", "x")
    assert (line["error"], line["input_error"]) == (None, 1)
    row = a_row(1, "We won.", rest=1, id=7, label="x")
    for kind in ("csv", "parquet"):
        form = OutputForm(kind, "none", True)  # type: ignore[arg-type]
        [line] = table_of(written(form, [row]), form)
        names = ("input_rest", "input_id", "input_label")
        assert [str(line[name]) for name in names] == ["1", "7", "x"]
        assert not line["rest"]


def test_the_columns_of_parquet_keep_their_types(tmp_path: Path):
    table = pa.table(
        {
            "id": pa.array([1], pa.int32()),
            "text": pa.array(["We won."]).dictionary_encode(),
            "small": pa.array([1], pa.int8()),
            "day": pa.array([20_000], pa.date32()),
            "moment": pa.array([10**15 + 1], pa.timestamp("ns", "Europe/Berlin")),
            "price": pa.array([Decimal("1.50")]),
            "kind": pa.array(["x"]).dictionary_encode(),
            "nested": pa.array([{"a": [1]}]),
            "pairs": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
            "raw": pa.array([b"\x00"]),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    inputs = Inputs([str(tmp_path / "in.parquet")])
    passed = inputs.passed()
    assert not passed.has_rest
    chunk = Chunk(0, list(inputs.rows()))
    encoder = Encoder(OutputForm("parquet"), LABELS, request_thresholds(0.8), passed)
    with (tmp_path / "spool").open("wb+") as spool, (tmp_path / "out").open("wb") as output:
        spool.write(encoder.begin() + encoder.encode(chunk, results_of(chunk)).output)
        spool.seek(0)
        encoder.finish(spool, output)
    out = pq.read_table(tmp_path / "out")
    for name in ("small", "day", "price", "nested", "pairs", "raw"):
        assert out.column(name) == table.column(name)
    assert out.schema.field("moment").type == pa.timestamp("us", "Europe/Berlin")
    assert out.column("kind").to_pylist() == ["x"]
    assert out.column("id").to_pylist() == ["1"]


def test_columns_of_several_sources_are_put_together(tmp_path: Path):
    pq.write_table(pa.table({"text": ["a"], "n": [1], "x": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": ["a"], "n": [1.5], "y": ["b"]}), tmp_path / "b.parquet")
    passed = Inputs([str(tmp_path)]).passed()
    assert passed.types == {"n": pa.float64(), "x": pa.int64(), "y": pa.string()}
    assert passed.has_rest
    (tmp_path / "c.csv").write_text("text,y,z\n", encoding="utf-8")
    assert Inputs([str(tmp_path)]).passed().names([]) == ["n", "x", "y", "z", "rest"]
    (tmp_path / "d.csv").write_text("text,x\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"d.csv: column 'x' has string, but int64 in the sources"):
        Inputs([str(tmp_path)]).passed()


def test_lines_of_json_are_read_ahead_for_their_columns(tmp_path: Path):
    file = tmp_path / "a.jsonl"
    records = [{"text": "a"}, *({"text": "a", "n": number} for number in range(1_500))]
    file.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    inputs = Inputs([str(file)])
    assert inputs.passed().types == {"n": pa.int64()}
    assert len(list(inputs.rows())) == 1_501
    assert len(list(read_rows([str(file)]))) == 1_501


@pytest.mark.parametrize(
    ("path", "options", "form"),
    [
        (None, {}, OutputForm("jsonl")),
        ("a.jsonl.gz", {}, OutputForm("jsonl", "gzip")),
        ("A.CSV.ZST", {}, OutputForm("csv", "zstd")),
        ("a.tsv", {"compression": "gzip"}, OutputForm("tsv", "gzip")),
        ("a.parquet", {}, OutputForm("parquet", "zstd")),
        ("a.parquet", {"compression": "none"}, OutputForm("parquet")),
        ("a.out", {"output_format": "csv", "explode": True}, OutputForm("csv", "none", True)),
    ],
)
def test_the_form_goes_by_the_suffix(path: str | None, options: dict[str, Any], form: OutputForm):
    assert OutputForm.of(path, **options) == form


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a.txt", "a.txt: results are 'jsonl', 'csv', 'tsv' or 'parquet'; see --format"),
        ("a.pq.gz", "a.pq.gz: Parquet is compressed inside; leave the last suffix out"),
    ],
)
def test_a_form_that_is_none(path: str, message: str):
    with pytest.raises(InputError, match=message):
        OutputForm.of(path)


def test_row_groups_are_bounded(monkeypatch: pytest.MonkeyPatch):
    from framelens.serve.bulk import arrow

    monkeypatch.setattr(arrow, "_GROUP_ROWS", 4)
    chunks = [[a_row(3 * at + n, "We won.") for n in range(3)] for at in range(5)]
    content = written(OutputForm("parquet"), *chunks)
    metadata = pq.ParquetFile(io.BytesIO(content)).metadata
    groups = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    assert groups == [6, 6, 3]


@pytest.mark.parametrize("explode", [False, True])
def test_lines_are_what_the_service_answers(classifier: FramingClassifier, explode: bool):
    texts = ["We won the cup. They lost.", "", "So it goes."]
    documents = [Document(text, id=str(number)) for number, text in enumerate(texts)]
    rows = [Row("a", n, document, {"more": n}) for n, document in enumerate(documents)]
    results = classifier.classify(documents, evidence=True)
    thresholds = model_thresholds(classifier.artefact.manifest)
    form = OutputForm(explode=explode, evidence=True)
    encoder = Encoder(form, classifier.artefact.scheme.label_names, thresholds)
    encoded = encoder.encode(Chunk(0, rows), results)
    lines = [json.loads(line) for line in encoded.output.splitlines()]
    request = ClassifyRequest.model_validate(
        {"documents": [{"id": d.id, "text": d.text} for d in documents]}
    )
    basis = LoadedModel(classifier).basis(thresholds)
    first, failed, third = answer(request, results, thresholds, basis).model_dump()["documents"]
    assert json.loads(encoded.errors)["reason"] == failed["error"]["detail"]
    expected = [{**document, "more": n} for document, n in ((first, 0), (third, 2))]
    if explode:
        expected = [
            {"id": document["id"], "language": document["language"], "sentence": at, **sentence,
             "more": document["more"]}
            for document in expected for at, sentence in enumerate(document["sentences"])
        ]  # fmt: skip
    assert lines == expected
    assert [list(line) for line in lines] == [list(line) for line in expected]
