"""The input of a run: found and looked into first, then read row by row."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from framelens.model import InputError
from framelens.serve.bulk.readers import JsonLines, Reader, Text
from framelens.serve.bulk.records import Columns
from framelens.serve.bulk.rows import Row
from framelens.serve.bulk.sources import Source, find_sources
from framelens.serve.bulk.tables import Table

if TYPE_CHECKING:
    from framelens.serve.bulk.passed import Passed

__all__ = ["COMPRESSIONS", "FORMATS", "InputFormat", "Inputs", "read_rows", "suffix_format"]

InputFormat: TypeAlias = Literal["auto", "text", "jsonl", "csv", "tsv", "parquet"]

FORMATS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".txt": "text",
}
"""The formats that suffixes stand for; a suffix of a compression may follow."""

COMPRESSIONS: dict[str, Literal["gzip", "zstd"]] = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
"""The compressions that suffixes stand for."""

_DELIMITERS = {"csv": ",", "tsv": "\t"}

_AHEAD_ROWS = 1_000
_AHEAD_CHARACTERS = 2**23


def read_rows(
    inputs: Sequence[str], input_format: InputFormat = "auto", columns: Columns | None = None
) -> Iterator[Row]:
    """Read the rows of inputs one after the other, each when it is asked for.

    See :class:`Inputs`, whose errors this has as well.
    """
    return Inputs(inputs, input_format, columns).rows()


class Inputs:
    """Files and whatever else rows are read from.

    A text is one document with the source's name as its id. A row without an id is called by
    its place, ``file:line``. What is wrong with a row becomes its ``fault``; a source that can
    be read no further ends with such a row.

    ``sources`` are what was found, in order.

    Args:
        inputs: files, folders, patterns, addresses such as ``s3://bucket/folder``, and ``-``,
            which is standard input.
        input_format: of all of them; ``auto`` goes by each suffix, text for unknown ones. From
            folders, it takes the files with a known suffix, else all.
        columns: where rows have text and id.

    Raises:
        InputError: an input is missing, or a table or a Parquet file lacks a column or is none.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        input_format: InputFormat = "auto",
        columns: Columns | None = None,
    ) -> None:
        self._format = input_format
        self._columns = columns or Columns()
        self._before = 0
        self._reader: Reader | None = None
        self._ahead: deque[Row] = deque()
        self._opened: dict[str, Reader] = {}
        self.sources = find_sources(inputs, self._takes)
        self._declared = [self._look_into(source) for source in self.sources]
        self._rows = self._read()

    @property
    def size(self) -> int | None:
        """Bytes of all sources, None where one does not tell."""
        sizes = [source.size for source in self.sources]
        return None if None in sizes else sum(size or 0 for size in sizes)

    @property
    def position(self) -> int:
        """How many of the bytes have been read."""
        return self._before + (self._reader.position if self._reader else 0)

    def rows(self) -> Iterator[Row]:
        """The rows that have not been given yet.

        Raises:
            InputError: there is no row at all.
            OSError: a source cannot be read on.
        """
        while self._ahead:
            yield self._ahead.popleft()
        yield from self._rows

    def passed(self) -> Passed:
        """The columns for a table of results, whose number and types must be known beforehand.

        They are what the headers and schemas of all sources say. Lines of JSON say nothing
        beforehand; of these, the first 1,000 rows or eight million characters of the input are
        read ahead.

        Raises:
            InputError: sources contradict one another.
        """
        from framelens.serve.bulk.passed import Passed

        names = [source.name for source in self.sources]
        if None in self._declared:
            self._ahead.extend(self._look_ahead())
        return Passed.of(dict(zip(names, self._declared, strict=True)), self._ahead)

    def _takes(self, name: str) -> bool:
        return self._format != "auto" or suffix_format(name)[0] is not None

    def _look_into(self, source: Source) -> dict[str, Any] | None:
        try:
            reader = self._open(source)
        except OSError as error:
            raise InputError(f"{source.name}: {error.strerror or error}") from error
        if source.opens_again:
            reader.close()
        else:
            self._opened[source.path] = reader
        return reader.columns

    def _open(self, source: Source) -> Reader:
        kind: str = self._format
        if kind == "auto":
            kind = suffix_format(source.path)[0] or "text"
        if kind == "jsonl":
            return JsonLines(source, self._columns)
        if kind in _DELIMITERS:
            return Table(source, _DELIMITERS[kind], self._columns)
        if kind == "text":
            return Text(source)
        from framelens.serve.bulk.parquet import Parquet

        return Parquet(source, self._columns)

    def _read(self) -> Iterator[Row]:
        is_empty = True
        for source in self.sources:
            self._reader = self._opened.pop(source.path, None) or self._open(source)
            for row in self._reader.rows():
                is_empty = False
                yield row
            self._reader.close()
            self._reader = None
            self._before += source.size or 0
        if is_empty:
            raise InputError(f"{self._names()}: holds no document")

    def _names(self) -> str:
        first, *others = (source.name for source in self.sources)
        return f"{first} and {len(others)} more" if others else first

    def _look_ahead(self) -> Iterator[Row]:
        characters = 0
        for row in islice(self._rows, _AHEAD_ROWS):
            yield row
            characters += row.document.code_points if row.document else 0
            if characters > _AHEAD_CHARACTERS:
                return


def suffix_format(path: str) -> tuple[str | None, Literal["gzip", "zstd"] | None]:
    """The format and the compression that a path's suffixes stand for, None where none does."""
    *others, last = ["", *PurePath(path.lower()).suffixes]
    if last in COMPRESSIONS:
        return FORMATS.get(others[-1]) if others else None, COMPRESSIONS[last]
    return FORMATS.get(last), None
