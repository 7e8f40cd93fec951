"""A row that cannot be read is a row with a fault, and the others are read all the same."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet as pq

from framelens.serve.bulk import streams, tables
from framelens.serve.bulk.inputs import read_rows
from framelens.serve.bulk.output import compressed
from framelens.serve.bulk.rows import Row

GOOD = '{"id": "a", "text": "We won."}'


def read(folder: Path, name: str, content: str | bytes) -> list[Row]:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_rows([str(file)]))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"text": "We won."', "not JSON: Expecting ',' delimiter at character 19"),
        ("[" * 100_000, "not JSON that can be read: maximum recursion depth exceeded"),
        ('["We won."]', "expected an object"),
        ('{"id": "a"}', "give either 'text' or 'sentences'"),
        ('{"text": "a", "sentences": ["a"]}', "give either 'text' or 'sentences'"),
        ('{"text": 7}', "text: expected text"),
        ('{"sentences": ""}', "sentences: expected a list of texts"),
        ('{"sentences": ["a", null]}', "sentences: expected a list of texts"),
        ('{"id": "\\udfff", "text": "a"}', "id: has half of a surrogate pair"),
        ('{"id": true, "text": "a"}', "id: expected text or a whole number"),
        ('{"id": 1.5, "text": "a"}', "id: expected text or a whole number"),
        ('{"text": NaN}', "give either 'text' or 'sentences'"),
    ],
)
def test_lines_of_json(tmp_path: Path, line: str, fault: str):
    first, second, third = read(tmp_path, "a.jsonl", f"{GOOD}\n{line}\n\n{GOOD}\n")
    assert first.document
    assert first.document == third.document
    assert (second.number, second.document, second.raw) == (2, None, line)
    assert second.fault
    assert second.fault.startswith(fault)
    assert third.number == 4


def test_the_id_of_a_faulty_row_is_known_if_it_has_one(tmp_path: Path):
    [row] = read(tmp_path, "a.jsonl", '{"id": "a", "text": 7}')
    assert (row.id, row.fault) == ("a", "text: expected text")


def test_a_line_that_is_not_utf8(tmp_path: Path):
    content = f"{GOOD}\n".encode() + '{"text": "señal"}\n'.encode("latin-1") + GOOD.encode()
    first, second, third = read(tmp_path, "a.jsonl", content)
    assert second.fault == "not UTF-8: byte 0xf1 at character 13; save the file as UTF-8"
    assert first.document == third.document


def test_rows_of_a_table(tmp_path: Path):
    table = (
        'id,text\na,We won.\nb,We won, they say.\n\nc,"He said ""no""\nand left."\n'
        'd,"He said "no" and left."\ne,Later.\n'
    )
    rows = read(tmp_path, "a.csv", table)
    assert [row.number for row in rows] == [2, 3, 5, 7, 8]
    assert [row.document.text if row.document else None for row in rows] == [
        "We won.", None, 'He said "no"\nand left.', None, "Later.",
    ]  # fmt: skip
    assert rows[1].fault == (
        "3 fields, but the header has 2; a field that holds the separator needs quotation marks"
    )
    assert rows[1].raw == "b,We won, they say."
    assert rows[3].fault == (
        "not a row of a table: ',' expected after '\"'; "
        "inside quotation marks, write each of them twice"
    )
    assert rows[3].raw == 'd,"He said "no" and left."'


def test_a_quotation_mark_that_is_never_closed_costs_its_line(tmp_path: Path):
    table = 'id,text\na,"We won.\n' + "".join(f"{number},Text.\n" for number in range(500))
    first, *others = read(tmp_path, "a.csv", table)
    assert (first.number, first.raw) == (2, 'a,"We won.')
    assert first.fault
    assert "unexpected end of data" in first.fault
    assert [row.document.id for row in others if row.document] == [str(n) for n in range(500)]


def test_a_quotation_mark_that_is_closed_too_late_costs_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tables, "MOST_BYTES", 100)
    table = 'id,text\na,"We won.\n' + "".join(f"{number},Text.\n" for number in range(50)) + '"'
    first, *others = read(tmp_path, "a.csv", table)
    assert first.fault
    assert [row.document is not None for row in others] == [True] * 50 + [False]


def test_a_row_that_is_not_utf8(tmp_path: Path):
    content = b'id,text\na,"We\n\xff won."\nb,They lost.\n'
    first, second = read(tmp_path, "a.csv", content)
    assert (first.number, first.raw) == (2, 'a,"We\n\udcff won."')
    assert first.fault == "not UTF-8: byte 0xff at character 1; save the file as UTF-8"
    assert second.document
    assert second.document.id == "b"


def test_a_text_that_is_not_utf8(tmp_path: Path):
    [row] = read(tmp_path, "a.txt", b"We\nwon \xff")
    assert row.fault == "not UTF-8: byte 0xff in line 2; save the file as UTF-8"
    assert row.id == str(tmp_path / "a.txt")


def test_a_text_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("framelens.serve.bulk.readers.MOST_BYTES", 5)
    [row] = read(tmp_path, "a.txt", "We won.")
    assert row.fault == "longer than 5 bytes; divide it into documents"


def test_rows_of_parquet(tmp_path: Path):
    records = [{"id": "a", "text": "We won."}, {"id": "b", "text": None}, {"id": None, "text": ""}]
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "a.parquet")
    rows = list(read_rows([str(tmp_path / "a.parquet")]))
    assert [(row.number, row.fault) for row in rows] == [
        (1, None), (2, "text: has no value"), (3, None),
    ]  # fmt: skip
    assert (rows[1].id, rows[1].raw) == ("b", '{"id":"b","text":null}')
    assert rows[2].document
    assert rows[2].document.id == f"{tmp_path}/a.parquet:3"


def test_a_value_that_python_cannot_have(tmp_path: Path):
    far = pa.array([0, 2**60, 0], pa.timestamp("us"))
    pq.write_table(pa.table({"text": ["a", "b", "c"], "day": far}), tmp_path / "a.parquet")
    first, second, third = read_rows([str(tmp_path / "a.parquet")])
    assert first.document
    assert third.document
    assert second.fault
    assert second.fault.startswith("has a value that cannot be read: ")


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_file_that_ends_in_the_middle(tmp_path: Path, compression: str, name: str):
    lines = [f"{number} {number**9}" for number in range(2_000)]
    head = "text\n"
    if name == "a.jsonl":
        lines = [json.dumps({"text": line}) for line in lines]
        head = ""
    whole = b"".join(
        compressed(part.encode(), compression)  # type: ignore[arg-type]
        for part in (head + "\n".join(lines[:1_000]) + "\n", "\n".join(lines[1_000:]))
    )
    *read_ones, last = read(tmp_path, name, whole[:-9])
    assert len(read_ones) >= 800
    assert all(row.document for row in read_ones)
    assert last.fault
    assert last.fault.startswith("damaged, cannot be decompressed from here on: ")


def test_a_text_that_ends_in_the_middle(tmp_path: Path):
    whole = compressed(b"We won. " * 1_000, "gzip")
    [row] = read(tmp_path, "a.txt", whole[:-9])
    assert row.fault
    assert row.fault.startswith("damaged, ")


def test_a_damaged_group_of_rows_ends_as_one_faulty_row(tmp_path: Path):
    file = tmp_path / "a.parquet"
    texts = [f"{number} {number**9}" for number in range(3_000)]
    pq.write_table(pa.table({"text": texts}), file, row_group_size=1_000, use_dictionary=False)
    group = pq.ParquetFile(file).metadata.row_group(1).column(0)
    content = bytearray(file.read_bytes())
    begin = group.data_page_offset
    content[begin : begin + group.total_compressed_size] = bytes(group.total_compressed_size)
    file.write_bytes(content)
    rows = list(read_rows([str(file)]))
    faulty = [row for row in rows if row.fault]
    assert [row.number for row in faulty] == [1_001]
    assert [row.number for row in rows] == [*range(1, 1_002), *range(2_001, 3_001)]


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_what_cannot_be_read_on_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str
):
    file = tmp_path / "a.jsonl"
    lines = (f'{{"text": "{os.urandom(50).hex()}"}}\n' for _ in range(20_000))
    file.write_bytes(compressed("".join(lines).encode(), compression))  # type: ignore[arg-type]
    rows = read_rows([str(file)])
    next(rows)

    counted = streams._Counted

    def read(self: streams._Counted, count: int) -> bytes:
        self._stream = BrokenDisk()  # type: ignore[assignment]
        return original(self, count)

    original = counted._read
    monkeypatch.setattr(counted, "_read", read)
    with pytest.raises(OSError, match="Input/output error"):
        list(rows)


class BrokenDisk(io.RawIOBase):
    """A file that was there a moment ago."""

    def read(self, _: int = -1) -> bytes:
        """Nothing."""
        raise OSError(5, "Input/output error")


FIELDS = st.text(st.sampled_from('ab",\n\r é'), max_size=6)


@given(st.lists(st.tuples(FIELDS, FIELDS), min_size=1), st.sampled_from(["csv", "tsv"]))
def test_what_the_csv_module_writes_is_read(rows: list[tuple[str, str]], kind: str):
    import csv
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        file = Path(folder) / f"a.{kind}"
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter="," if kind == "csv" else "\t")
            writer.writerows([("text", "more"), *rows])
        got = [
            (row.document and row.document.text, row.columns.get("more"))
            for row in read_rows([str(file)])
        ]
    assert got == rows


@given(st.text(st.sampled_from('ab",\n'), max_size=60))
def test_whatever_stands_in_a_table_every_line_is_accounted_for(content: str):
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        file = Path(folder) / "a.csv"
        file.write_text(f"text,more\nx,y\n{content}\n", encoding="utf-8", newline="")
        rows = list(read_rows([str(file)]))
    numbers = [row.number for row in rows]
    assert numbers == sorted({*numbers})
    lines = content.split("\n")
    for number, line in enumerate(lines, 3):
        # A line without a quotation mark is a row by itself, or inside of one that began before.
        if line and number not in numbers:
            before = [row for row in rows if row.number < number][-1]
            assert before.document is not None or '"' in (before.raw or "")
