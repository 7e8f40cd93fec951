"""Files, folders, patterns and addresses, compressed or not, become rows."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from framelens.model import InputError
from framelens.serve.bulk import streams
from framelens.serve.bulk.inputs import InputFormat, Inputs, read_rows, suffix_format
from framelens.serve.bulk.output import compressed
from framelens.serve.bulk.records import Columns
from framelens.serve.bulk.rows import Row

RECORDS = [{"id": f"d{number}", "text": f"Text {number}.", "day": number} for number in range(3)]


def content_of(kind: str) -> bytes:
    if kind == "parquet":
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(RECORDS), sink)
        return sink.getvalue()
    if kind == "jsonl":
        return "".join(json.dumps(record) + "\n" for record in RECORDS).encode()
    separator = {"csv": ",", "tsv": "\t"}[kind]
    lines = [RECORDS[0].keys(), *(record.values() for record in RECORDS)]
    return "".join(separator.join(map(str, line)) + "\n" for line in lines).encode()


def ids(rows: Iterable[Row]) -> list[str | None]:
    return [row.document.id if row.document else row.id for row in rows]


@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv", "parquet"])
@pytest.mark.parametrize("suffix", ["", ".gz", ".zst", ".GZ", ".zstd"])
@pytest.mark.parametrize("tells", [True, False])
def test_every_format_is_read_however_it_is_compressed(
    tmp_path: Path, kind: str, suffix: str, tells: bool
):
    compression = suffix_format(f"x{suffix}")[1] or "none"
    content = content_of(kind)
    half = len(content) // 2
    # Members and frames may follow one another.
    parts = [content] if kind == "parquet" else [content[:half], content[half:], b""]
    file = tmp_path / (f"rows.{kind}{suffix}" if tells else "rows")
    file.write_bytes(b"".join(compressed(part, compression) for part in parts))  # type: ignore[arg-type]
    input_format: InputFormat = "auto" if tells else kind  # type: ignore[assignment]
    inputs = Inputs([str(file)], input_format)
    rows = list(inputs.rows())
    assert [(row.document.text, row.document.id) for row in rows if row.document] == [
        (record["text"], record["id"]) for record in RECORDS
    ]
    days = [row.columns["day"] for row in rows]
    assert days == ([0, 1, 2] if kind in ("jsonl", "parquet") else ["0", "1", "2"])
    first = 2 if kind in ("csv", "tsv") else 1
    assert [row.number for row in rows] == [first, first + 1, first + 2]
    assert {row.source for row in rows} == {str(file)}
    assert inputs.position == inputs.size == file.stat().st_size


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_a_text_is_one_document(tmp_path: Path, compression: str):
    file = tmp_path / "news.txt.gz"
    file.write_bytes(compressed("\ufeffWe won.\r\nThey lost.".encode(), compression))  # type: ignore[arg-type]
    [row] = read_rows([str(file)])
    assert row.document
    assert (row.document.text, row.document.id) == ("We won.\r\nThey lost.", str(file))


def test_the_command_line_tools_write_what_is_read(tmp_path: Path):
    for name, suffix in (("gzip", ".gz"), ("zstd", ".zst")):
        file = tmp_path / f"{name}.jsonl"
        file.write_bytes(content_of("jsonl"))
        try:
            subprocess.run([name, "-q", file], check=True)
        except FileNotFoundError:
            pytest.skip(f"{name} is not installed")
        assert ids(read_rows([f"{file}{suffix}"])) == ["d0", "d1", "d2"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of several kinds, some of them not to be read."""
    for name in ("b.jsonl", "a/c.jsonl.gz", "a/b/d.ndjson", "_SUCCESS", ".hidden.jsonl", "x.log"):
        file = tmp_path / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"text": "We won."}), encoding="utf-8")
    (tmp_path / "data" / "_temporary").mkdir()
    (tmp_path / "data" / "_temporary" / "e.jsonl").write_text("{}", encoding="utf-8")
    return tmp_path / "data"


def names(inputs: list[str], folder: Path, input_format: InputFormat = "auto") -> list[str]:
    found = Inputs(inputs, input_format).sources
    return [str(Path(source.path).relative_to(folder)) for source in found]


def test_a_folder_stands_for_the_files_below_it(folder: Path):
    assert names([str(folder)], folder) == ["a/b/d.ndjson", "a/c.jsonl.gz", "b.jsonl"]


def test_a_format_that_is_named_takes_every_file_of_a_folder(folder: Path):
    assert "x.log" in names([str(folder)], folder, "jsonl")


def test_patterns(folder: Path):
    assert names([f"{folder}/a/**/*"], folder) == ["a/b/d.ndjson", "a/c.jsonl.gz"]
    assert names([f"{folder}/b.json?", f"{folder}/a/*"], folder) == ["b.jsonl", "a/c.jsonl.gz"]


def test_a_file_whose_name_is_a_pattern_is_itself(tmp_path: Path):
    (tmp_path / "[a].txt").write_text("We won.", encoding="utf-8")
    (tmp_path / "a.txt").write_text("They lost.", encoding="utf-8")
    assert names([f"{tmp_path}/[a].txt"], tmp_path) == ["[a].txt"]


def test_an_address_is_read(folder: Path):
    address = folder.as_uri()
    rows = list(read_rows([address, f"{address}/*.jsonl", f"{address}/b.jsonl"]))
    first = ["a/b/d.ndjson", "a/c.jsonl.gz", "b.jsonl"]
    assert ids(rows) == [f"{address}/{name}:1" for name in [*first, "b.jsonl", "b.jsonl"]]


def test_an_address_of_fsspec_is_read():
    fsspec = pytest.importorskip("fsspec")
    with fsspec.filesystem("memory").open("/bulk/rows.parquet", "wb") as file:
        file.write(content_of("parquet"))
    assert ids(read_rows(["fsspec+memory:///bulk/rows.parquet"])) == ["d0", "d1", "d2"]


class Piped(io.RawIOBase):
    """Standard input that gives a byte at a time."""

    def __init__(self, content: bytes) -> None:
        self._rest = content

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def read1(self, _: int) -> bytes:
        """The next byte."""
        given, self._rest = self._rest[:1], self._rest[1:]
        return given


@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv", "parquet"])
@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_standard_input_is_read_once(
    monkeypatch: pytest.MonkeyPatch, kind: InputFormat, compression: str
):
    stdin = io.TextIOWrapper(Piped(compressed(content_of(kind), compression)))  # type: ignore[arg-type, type-var]
    monkeypatch.setattr(sys, "stdin", stdin)
    inputs = Inputs(["-"], kind)
    assert inputs.size is None
    assert ids(inputs.rows()) == ["d0", "d1", "d2"]
    assert not stdin.buffer.closed


def test_a_pipe_is_read_once(tmp_path: Path):
    reading, writing = os.pipe()
    os.write(writing, content_of("csv"))
    os.close(writing)
    inputs = Inputs([f"/dev/fd/{reading}"], "csv")
    assert inputs.size is None
    assert ids(inputs.rows()) == ["d0", "d1", "d2"]
    os.close(reading)


def test_columns_are_chosen_by_name(tmp_path: Path):
    columns = Columns("body", "key")
    record = {"id": 1, "key": 7, "body": "We won.", "text": "x", "sentences": None}
    for file in (tmp_path / "a.jsonl", tmp_path / "a.parquet"):
        if file.suffix == ".jsonl":
            file.write_text(json.dumps(record), encoding="utf-8")
        else:
            pq.write_table(pa.Table.from_pylist([record]), file)
        [row] = read_rows([str(file)], columns=columns)
        assert row.document
        assert (row.document.text, row.document.id) == ("We won.", "7")
        assert {"id": 1, "text": "x"}.items() <= row.columns.items()


def test_sentences_that_are_split_already(tmp_path: Path):
    record = {"id": "a", "sentences": ["We won.", "They lost."], "more": 1}
    lines, table = tmp_path / "a.jsonl", tmp_path / "a.parquet"
    lines.write_text(json.dumps(record), encoding="utf-8")
    pq.write_table(pa.Table.from_pylist([record]), table)
    for row in read_rows([str(lines), str(table)]):
        assert row.document
        assert (row.document.text, row.document.sentences) == (None, record["sentences"])
        assert row.columns == {"more": 1}


def test_a_number_of_sentences_is_no_sentences(tmp_path: Path):
    file = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist([{"text": "We won.", "sentences": 1}]), file)
    [row] = read_rows([str(file)])
    assert row.document
    assert row.columns == {"sentences": 1}


def test_several_inputs_are_read_in_order(tmp_path: Path):
    for kind in ("csv", "parquet", "jsonl"):
        (tmp_path / f"rows.{kind}").write_bytes(content_of(kind))
    files = [str(tmp_path / f"rows.{kind}") for kind in ("parquet", "jsonl", "csv")]
    inputs = Inputs(files)
    rows = list(inputs.rows())
    assert ids(rows) == ["d0", "d1", "d2"] * 3
    assert [row.source for row in rows[::3]] == files


def test_empty_files_hold_no_rows(tmp_path: Path):
    (tmp_path / "a.csv").touch()
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b"\n"))
    (tmp_path / "c.csv").write_text("text\nWe won.\n", encoding="utf-8")
    assert len(list(read_rows([str(tmp_path)]))) == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "id,body\n1,a", "a.csv: no column 'text', only 'id', 'body'; see --text-column"),
        ("a.csv", "text,a,a\n", "a.csv: column 'a' stands twice in the header; rename one"),
        ("a.csv", '\n"text', "a.csv:2: not a row of a table: unexpected end of data"),
        ("a.csv", b"text,se\xf1al\n", "a.csv:1: not UTF-8: byte 0xf1 at character 8"),
        ("a.parquet", "text", "a.parquet: not a Parquet file: "),
        ("a.csv", "", "holds no document"),
        ("a.jsonl", "\n \n", "holds no document"),
        ("a.csv", "text\n", "holds no document"),
    ],
)
def test_what_is_no_table_is_said_first(
    tmp_path: Path, name: str, content: str | bytes, message: str
):
    (tmp_path / "a.jsonl").write_text('{"text": "We won."}', encoding="utf-8")
    files = [str(tmp_path / "a.jsonl"), str(tmp_path / name)]
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    if "holds" in message:
        with pytest.raises(InputError, match=message):
            next(read_rows(files[1:]))
        return
    with pytest.raises(InputError) as raised:
        read_rows(files)
    assert str(raised.value).startswith(f"{tmp_path}/{message}")


def test_columns_of_parquet_have_types_that_fit(tmp_path: Path):
    file = str(tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": [1], "id": [[1]], "body": ["a"]}), file)
    for columns, message in (
        (Columns(), "column 'text' has int64, not text"),
        (Columns("title"), "no column 'title', only 'text', 'id', 'body'; see --text-column"),
        (Columns("body"), "column 'id' has list<element: int64>, not text or whole numbers"),
        (Columns("body", "key"), "no column 'key', only 'text', 'id', 'body'; see --id-column"),
    ):
        with pytest.raises(InputError) as raised:
            read_rows([file], columns=columns)
        assert str(raised.value).startswith(f"{file}: {message}")


@pytest.mark.parametrize(
    "given", ["missing.jsonl", "*.jsonl", "file:///missing/a.jsonl", "s3x://a/b"]
)
def test_what_is_missing_is_said_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"o such file|no file matches|filesystem type") as e:
        read_rows([given])
    assert str(e.value).startswith(f"{given}: ")


def test_a_folder_without_a_file_to_read(tmp_path: Path):
    (tmp_path / "a.log").touch()
    with pytest.raises(InputError, match="no file in this folder"):
        read_rows([str(tmp_path)])


def test_standard_input_twice():
    with pytest.raises(InputError, match="<stdin>: can be read once only"):
        read_rows(["-", "-"])


def test_a_password_in_an_address_is_not_repeated():
    with pytest.raises(InputError) as raised:
        read_rows(["s3://key:secret@buc*ket/a.jsonl?region=x"])
    assert (
        str(raised.value) == "s3://buc*ket/a.jsonl: only the last part of an address may have a *"
    )


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streams, "MOST_BYTES", 100)
    monkeypatch.setattr(streams, "_AT_ONCE", 16)
    file = tmp_path / "a.jsonl"
    lines = [json.dumps({"text": text}) for text in ("We won.", "x" * 1_000, "They lost.")]
    file.write_text("\n".join(lines), encoding="utf-8")
    first, second, third = read_rows([str(file)])
    assert (second.number, second.fault) == (2, "longer than 100 bytes")
    assert (first.number, third.number) == (1, 3)
    assert first.document
    assert third.document


def test_importing_what_reads_lines_loads_no_pyarrow(tmp_path: Path):
    (tmp_path / "a.csv").write_bytes(content_of("csv"))
    script = (
        "import sys\nfrom framelens.serve.bulk.inputs import read_rows\n"
        f"list(read_rows([{str(tmp_path / 'a.csv')!r}]))\n"
        "sys.exit('pyarrow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
