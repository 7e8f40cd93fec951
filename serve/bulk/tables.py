"""Rows of tables with separated fields: CSV and TSV."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from framelens.model import Document, InputError
from framelens.serve.bulk.readers import faulty_row
from framelens.serve.bulk.records import Columns
from framelens.serve.bulk.rows import Row
from framelens.serve.bulk.sources import Source
from framelens.serve.bulk.streams import MOST_BYTES, Line, Stream

__all__ = ["Table", "check_header"]


class Table:
    """Rows of fields below a header, as RFC 4180 has them, with any delimiter.

    Raises:
        InputError: the header is none, or lacks a column that is asked for.
    """

    def __init__(self, source: Source, delimiter: str, columns: Columns) -> None:
        # The csv module stops at 128 KiB, which is less than a long speech.
        csv.field_size_limit(MOST_BYTES)
        self._name = source.name
        self._stream = Stream(source)
        self.close = self._stream.close
        self._records = _Records(self._stream.lines(), delimiter)
        self._text = columns.text
        try:
            self._header = self._read_header()
            if self._header:
                check_header(self._header, columns, source.name)
        except InputError:
            self.close()
            raise
        self._id = columns.id_or_default if columns.id_or_default in self._header else None

    @property
    def columns(self) -> dict[str, Any]:
        """The other columns; what they hold is text."""
        return {name: None for name in self._header if name not in (self._text, self._id)}

    @property
    def position(self) -> int:
        """How many bytes of the source have been read."""
        return self._stream.position

    def rows(self) -> Iterator[Row]:
        """A row for each record that is not blank."""
        for lines, fields, fault in self._records:
            if fields or fault:
                yield self._row(lines, fields, fault)

    def _read_header(self) -> Sequence[str]:
        for lines, fields, fault in self._records:
            if fault is not None:
                raise InputError(f"{self._name}:{lines[0].number}: {fault}")
            if fields:
                return fields
        return ()

    def _row(self, lines: Sequence[Line], fields: Sequence[str], fault: str | None) -> Row:
        if fault is None and len(fields) != len(self._header):
            count = f"{len(fields)} fields, but the header has {len(self._header)}"
            fault = f"{count}; a field that holds the separator needs quotation marks"
        if fault is not None:
            return faulty_row(
                self._name, lines[0], fault, "".join(line.text or "" for line in lines)
            )
        others = dict(zip(self._header, fields, strict=True))
        text = others.pop(self._text)
        number = lines[0].number
        name = others.pop(self._id) if self._id else None
        return Row(self._name, number, Document(text, id=name or f"{self._name}:{number}"), others)


class _Records:
    """The records in lines: each has its lines, its fields, and what is wrong with it.

    Where a record is not one, its first line is given with a fault and the next record begins
    at its second line: a quotation mark too many costs no more than the line that it stands in.
    """

    def __init__(self, lines: Iterator[Line], delimiter: str) -> None:
        self._lines = lines
        self._again: deque[Line] = deque()
        self._delimiter = delimiter

    def __iter__(self) -> Iterator[tuple[list[Line], list[str], str | None]]:
        while True:
            taken: list[Line] = []
            # A new reader for each record, since one that met an error does not start afresh.
            reader = csv.reader(self._texts(taken), delimiter=self._delimiter, strict=True)
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self._again.extendleft(reversed(taken[1:]))
                yield taken[:1], [], taken[0].fault or _advice(error)
            else:
                yield taken, fields, next((line.fault for line in taken if line.fault), None)

    def _texts(self, taken: list[Line]) -> Iterator[str]:
        """The texts of the next lines, which are noted, as far as a record may go."""
        characters = 0
        while (line := self._next()) is not None:
            taken.append(line)
            characters += len(line.text or "")
            if line.text is None or characters > MOST_BYTES:
                raise csv.Error("unexpected end of data")
            yield line.text

    def _next(self) -> Line | None:
        return self._again.popleft() if self._again else next(self._lines, None)


def _advice(error: csv.Error) -> str:
    return f"not a row of a table: {error}; inside quotation marks, write each of them twice"


def check_header(header: Sequence[str], columns: Columns, source: str) -> None:
    """Make sure that a table has the columns that are asked for, and none twice.

    Raises:
        InputError: it has not.
    """
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{source}: column {twice!r} stands twice in the header; rename one")
    for column, option in ((columns.text, "--text-column"), (columns.id, "--id-column")):
        if column is not None and column not in header:
            present = ", ".join(map(repr, header))
            raise InputError(f"{source}: no column {column!r}, only {present}; see {option}")
