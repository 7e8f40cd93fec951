"""What reads a source, and the readers of lines of JSON and of texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Protocol

from framelens.model import Document
from framelens.serve.bulk.records import Columns, row_of
from framelens.serve.bulk.rows import Row
from framelens.serve.bulk.sources import Source
from framelens.serve.bulk.streams import MOST_BYTES, DamageError, Line, Stream

__all__ = ["JsonLines", "Reader", "Text", "faulty_row"]


class Reader(Protocol):
    """A source that is being read."""

    @property
    def columns(self) -> dict[str, Any] | None:
        """The other columns of every row and their Arrow types, None for text.

        None instead of them: rows have what they have.
        """

    @property
    def position(self) -> int:
        """How many bytes of the source have been read."""

    def rows(self) -> Iterator[Row]:
        """The rows, each when it is asked for."""

    def close(self) -> None:
        """Let go of the file."""


class JsonLines:
    """A JSON object in each line."""

    columns = None

    def __init__(self, source: Source, columns: Columns) -> None:
        self._name = source.name
        self._columns = columns
        self._stream = Stream(source)
        self.close = self._stream.close

    @property
    def position(self) -> int:
        """How many bytes of the source have been read."""
        return self._stream.position

    def rows(self) -> Iterator[Row]:
        """A row for each line that is not blank."""
        for line in self._stream.lines():
            if line.fault is not None:
                yield faulty_row(self._name, line, line.fault)
            elif line.text and not line.text.isspace():
                yield self._row(line, line.text.rstrip())

    def _row(self, line: Line, text: str) -> Row:
        try:
            # NaN is no JSON, but what Python and pandas write where nothing is known.
            record = json.loads(text, parse_constant=lambda _: None)
        except json.JSONDecodeError as error:
            return faulty_row(self._name, line, f"not JSON: {error.msg} at character {error.colno}")
        except (ValueError, RecursionError) as error:
            return faulty_row(self._name, line, f"not JSON that can be read: {error}")
        if not isinstance(record, dict):
            return faulty_row(self._name, line, "expected an object")
        return row_of(record, self._columns, self._name, line.number, text)


class Text:
    """One document: the whole source."""

    def __init__(self, source: Source) -> None:
        self.columns: dict[str, Any] = {}
        self._name = source.name
        self._stream = Stream(source)
        self.close = self._stream.close

    @property
    def position(self) -> int:
        """How many bytes of the source have been read."""
        return self._stream.position

    def rows(self) -> Iterator[Row]:
        """The only row."""
        yield self._row()

    def _row(self) -> Row:
        try:
            content = self._stream.read(MOST_BYTES + 1)
            if len(content) > MOST_BYTES:
                raise DamageError(f"longer than {MOST_BYTES} bytes; divide it into documents")
            text = content.decode("utf-8-sig")
        except DamageError as error:
            return Row(self._name, 1, None, fault=str(error), id=self._name)
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            line = error.object.count(b"\n", 0, error.start) + 1
            fault = f"not UTF-8: byte 0x{byte:02x} in line {line}; save the file as UTF-8"
            return Row(self._name, 1, None, fault=fault, id=self._name)
        return Row(self._name, 1, Document(text, id=self._name))


def faulty_row(source: str, line: Line, fault: str, raw: str | None = None) -> Row:
    """The row of a line that cannot be read; ``raw`` where it is more than the line."""
    raw = line.text if raw is None else raw
    return Row(source, line.number, None, fault=fault, raw=raw and raw.rstrip("\r\n"))
