"""Rows of Parquet files, a few in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

import pyarrow as pa
from pyarrow import parquet as pq

from framelens.model import InputError
from framelens.serve.bulk.plain import json_text
from framelens.serve.bulk.records import Columns, row_of
from framelens.serve.bulk.rows import Row
from framelens.serve.bulk.sources import Source
from framelens.serve.bulk.streams import DamageError, Stream
from framelens.serve.bulk.tables import check_header

__all__ = ["Parquet", "is_text"]

_ROWS = 64
_BUFFER = 2**16
_COPIED_AT_ONCE = 2**20


class Parquet:
    """A Parquet file. What is compressed as a whole, or no file, is copied to the disk first.

    Times in nanoseconds become microseconds, which is what Python has.

    Raises:
        InputError: it is none, or lacks a column that is asked for.
    """

    def __init__(self, source: Source, columns: Columns) -> None:
        self._name = source.name
        self._size = source.size or 0
        self._done = 0
        try:
            self._stream = _seekable(source)
        except DamageError as error:
            raise InputError(f"{source.name}: {error}") from error
        try:
            # Neither reads a row group as a whole.
            self._file = pq.ParquetFile(self._stream, buffer_size=_BUFFER, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            self._stream.close()
            raise InputError(f"{source.name}: not a Parquet file: {error}") from error
        self._row_count: int = self._file.metadata.num_rows
        fields = self._file.schema_arrow
        self._schema = pa.schema([(field.name, _plain(field.type)) for field in fields])
        try:
            self._columns = _checked(self._schema, columns, source.name)
        except InputError:
            self.close()
            raise
        self._is_remote = source.filesystem is not None

    @property
    def columns(self) -> dict[str, Any]:
        """The other columns and their Arrow types."""
        types = dict(zip(self._schema.names, self._schema.types, strict=True))
        read = {self._columns.text, self._columns.id_or_default, self._columns.sentences}
        return {name: kind for name, kind in types.items() if name not in read}

    @property
    def position(self) -> int:
        """How many bytes of the source have been read, by the share of the rows."""
        return self._size * self._done // max(1, self._row_count)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        self._stream.close()

    def rows(self) -> Iterator[Row]:
        """A row for each row; a group of rows that is damaged ends as one that is faulty.

        Raises:
            OSError: a file of an object store cannot be read on.
        """
        before = 0
        for group in range(self._file.num_row_groups):
            self._done = before
            try:
                for batch in self._file.iter_batches(_ROWS, row_groups=[group]):
                    yield from self._batch_rows(batch)
            except (pa.ArrowException, OSError) as error:
                if self._is_remote and isinstance(error, OSError):
                    raise
                # Rows of other groups can still be read.
                fault = f"damaged, cannot be read from here to the end of its row group: {error}"
                yield Row(self._name, self._done + 1, None, fault=fault)
            before += self._file.metadata.row_group(group).num_rows

    def _batch_rows(self, batch: pa.RecordBatch) -> Iterator[Row]:
        for record in _records(batch.cast(self._schema, safe=False)):
            self._done += 1
            if isinstance(record, str):
                yield Row(self._name, self._done, None, fault=record)
                continue
            row = row_of(record, self._columns, self._name, self._done)
            yield row if row.fault is None else replace(row, raw=json_text(record))


def _checked(schema: pa.Schema, columns: Columns, source: str) -> Columns:
    """The columns, without one of sentences if what is called so is something else."""
    types = dict(zip(schema.names, schema.types, strict=True))
    if not _is_list_of_texts(types.get(columns.sentences)):
        columns = replace(columns, sentences=None)
    is_split = columns.sentences is not None and columns.text not in types
    text = columns.sentences if is_split and columns.sentences else columns.text
    check_header(schema.names, replace(columns, text=text), source)
    if not (is_split or is_text(types[text])):
        raise InputError(f"{source}: column {text!r} has {types[text]}, not text")
    name = columns.id_or_default
    if name in types and not _is_id(types[name]):
        expected = "text or whole numbers; see --id-column"
        raise InputError(f"{source}: column {name!r} has {types[name]}, not {expected}")
    return columns


def _seekable(source: Source) -> BinaryIO:
    """The source, or a copy of it that is gone when it is closed."""
    if source.opens_again:
        stream = Stream(source)
        stream.close()
        if not stream.is_compressed:
            return source.open()
    stream = Stream(source)
    copy = cast(BinaryIO, TemporaryFile())  # noqa: SIM115
    while part := stream.read(_COPIED_AT_ONCE):
        copy.write(part)
    stream.close()
    copy.seek(0)
    return copy


def _records(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | str]:
    """Rows as Python has them, or what keeps one from being had."""
    try:
        records = batch.to_pylist()
    except (pa.ArrowException, ValueError, OverflowError):
        for number in range(batch.num_rows):
            try:
                [record] = batch.slice(number, 1).to_pylist()
                yield record
            except (pa.ArrowException, ValueError, OverflowError) as error:
                yield f"has a value that cannot be read: {error}"
    else:
        yield from records


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type as which values of a column are read."""
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if is_text(kind):
        return pa.string()
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_duration(kind) and kind.unit == "ns":
        return pa.duration("us")
    return pa.time64("us") if kind == pa.time64("ns") else kind


def is_text(kind: pa.DataType) -> bool:
    """Whether it is one of Arrow's types of text."""
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_list_of_texts(kind: pa.DataType | None) -> bool:
    if kind is None or not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return False
    return is_text(kind.value_type)


def _is_id(kind: pa.DataType) -> bool:
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return bool(is_text(kind) or is_number or kind == pa.uuid())
