"""Results as Arrow has them, and the Parquet file that is made of these."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import parquet as pq

from framelens.serve.bulk.output import Compression, OutputForm
from framelens.serve.bulk.passed import Passed
from framelens.serve.bulk.shapes import Scored

__all__ = ["ArrowShape", "write_parquet"]

_GROUP_BYTES = 64 * 2**20
_GROUP_ROWS = 2**20


class ArrowShape:
    """A row for each document, with its sentences as a list of structs, or for each sentence.

    The bytes are whole streams of Arrow IPC, one after another.
    """

    def __init__(
        self, form: OutputForm, labels: Sequence[str], passed: Passed, multi_label: bool = False
    ) -> None:
        self._explode = form.explode
        self._passed = passed
        self._own = _schema(form, _sentence(form, labels, multi_label))
        self._schema = pa.schema([*self._own, *passed.fields(self._own.names)])

    def begin(self) -> bytes:
        """The schema, in a stream without rows."""
        return self._stream([])

    def encode(self, scored: Sequence[Scored]) -> bytes:
        """The rows of some results."""
        pairs = [pair for each in scored for pair in self._pairs(each)]
        own = pa.RecordBatch.from_pylist([result for _, result in pairs], schema=self._own)
        passed = self._passed.arrays([columns for columns, _ in pairs])
        batch = pa.RecordBatch.from_arrays([*own.columns, *passed], schema=self._schema)
        return self._stream([batch])

    def _pairs(self, scored: Scored) -> Iterator[tuple[Any, dict[str, Any]]]:
        content = scored.document.model_dump()
        sentences = (sentence.model_dump() for sentence in scored.sentences)
        if not self._explode:
            yield scored.row.columns, {**content, "sentences": list(sentences)}
            return
        for number, sentence in enumerate(sentences):
            yield scored.row.columns, {**content, "sentence": number, **sentence}

    def _stream(self, batches: Sequence[pa.RecordBatch]) -> bytes:
        sink = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
        with pa.ipc.new_stream(sink, self._schema, options=options) as writer:
            for batch in batches:
                writer.write_batch(batch)
        return bytes(sink.getvalue().to_pybytes())


def write_parquet(spool: BinaryIO, output: BinaryIO, compression: Compression) -> None:
    """Write one Parquet file of all rows in streams of Arrow IPC, a row group at a time."""
    batches = _batches(spool)
    schema = next(batches).schema
    with pq.ParquetWriter(output, schema, compression=compression) as writer:
        group: list[pa.RecordBatch] = []
        for batch in batches:
            group.append(batch)
            rows = sum(each.num_rows for each in group)
            if rows >= _GROUP_ROWS or sum(each.nbytes for each in group) >= _GROUP_BYTES:
                _write_group(writer, group)
                group = []
        if group:
            _write_group(writer, group)


def _batches(spool: BinaryIO) -> Iterator[pa.RecordBatch]:
    """The batches of all streams, and before them one without rows that has the schema."""
    end = os.fstat(spool.fileno()).st_size
    native = pa.PythonFile(spool, mode="r")
    is_first = True
    while spool.tell() < end:
        with pa.ipc.open_stream(native) as stream:
            if is_first:
                yield pa.RecordBatch.from_pylist([], schema=stream.schema)
            is_first = False
            yield from stream


def _write_group(writer: pq.ParquetWriter, batches: Sequence[pa.RecordBatch]) -> None:
    table = pa.Table.from_batches(batches)
    writer.write_table(table, row_group_size=table.num_rows)


def _schema(form: OutputForm, sentence: dict[str, pa.DataType]) -> pa.Schema:
    """The columns of our own."""
    language = _struct(code=pa.string(), share=pa.float64(), supported=pa.bool_())
    whole = {"tokens": pa.int64(), "tokens_scored": pa.int64()}
    if form.explode:
        shared = {"id": pa.string(), "language": language, "sentence": pa.int64()}
        return pa.schema({**shared, **sentence})
    sentences = pa.list_(pa.struct(sentence))
    return pa.schema(
        {
            "id": pa.string(),
            "language": language,
            "sentences": sentences,
            **whole,
            "truncated": pa.bool_(),
        }
    )


def _sentence(form: OutputForm, labels: Sequence[str], multi_label: bool) -> dict[str, pa.DataType]:
    place = {"begin": pa.int64(), "end": pa.int64()}
    word = _struct(**place, text=pa.string(), contribution=pa.float64())
    evidence = _struct(words=pa.list_(word), bias=pa.float64())
    own = {"evidence": evidence}
    if multi_label:
        own["label_evidence"] = _struct(**dict.fromkeys(labels, evidence))
    return {
        **place,
        "text": pa.string(),
        "label": pa.string(),
        **({"labels": pa.list_(pa.string())} if multi_label else {}),
        "confidence": pa.float64(),
        "review": pa.bool_(),
        "follows": pa.string(),
        "follows_from": pa.string(),
        "scores": _struct(**dict.fromkeys(labels, pa.float64())),
        "frame": _struct(label=pa.string(), confidence=pa.float64()),
        "tokens": pa.int64(),
        "tokens_scored": pa.int64(),
        **(own if form.evidence else {}),
    }


def _struct(**fields: pa.DataType) -> pa.DataType:
    return pa.struct(fields)
