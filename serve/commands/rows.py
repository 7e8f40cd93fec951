"""Documents in the rows of a table, CSV or TSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from framelens.model import Document, InputError
from framelens.serve.commands.source import Source

__all__ = ["DELIMITERS", "Columns", "read_rows"]

DELIMITERS = {"csv": ",", "tsv": "\t"}

# The csv module stops at 128 KiB, which is less than a long speech.
_FIELD_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold the text and the id of a document.

    Where no column is named for it, the id is in ``id`` if the table has that column.
    """

    text: str = "text"
    id: str | None = None


def read_rows(source: Source, delimiter: str, columns: Columns) -> Iterator[Document]:
    """Read a document from each row below the header.

    Raises:
        InputError: a column is missing, or a row is not what the header says.
    """
    rows = _placed_rows(source, delimiter)
    _, header = next(rows, ("", []))
    if not header:
        return
    text = _position(header, columns.text, "--text-column", source)
    identity = _id_position(header, columns, source)
    for place, fields in rows:
        if len(fields) != len(header):
            count = f"{len(fields)} fields, but the header has {len(header)}"
            advice = "a field that holds the separator needs quotation marks"
            raise InputError(f"{place}: {count}; {advice}")
        yield Document(fields[text], id=fields[identity] if identity is not None else place)


def _placed_rows(source: Source, delimiter: str) -> Iterator[tuple[str, list[str]]]:
    """The rows that are not blank, each with the line where it begins."""
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(source.lines(), delimiter=delimiter, strict=True)
    while True:
        place = f"{source.name}:{reader.line_num + 1}"
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            advice = "inside quotation marks, write each quotation mark twice"
            raise InputError(f"{place}: not a row of a table: {error}; {advice}") from error
        if fields:
            yield place, fields


def _id_position(header: Sequence[str], columns: Columns, source: Source) -> int | None:
    if columns.id is None and "id" not in header:
        return None
    return _position(header, columns.id or "id", "--id-column", source)


def _position(header: Sequence[str], column: str, option: str, source: Source) -> int:
    if column not in header:
        present = ", ".join(map(repr, header))
        raise InputError(f"{source.name}: no column {column!r}, only {present}; see {option}")
    return header.index(column)
