"""The rows of a table in CSV, TSV or Parquet, each with its line."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from framelens.data.parquet import open_parquet
from framelens.data.problems import DataError, Place, Problem
from framelens.data.utf8 import read_utf8

__all__ = ["Row", "delimited_lines", "read_rows"]

Row: TypeAlias = tuple[Place, dict[str, str]]
"""Where a row stands, and its fields by column."""


@dataclass(frozen=True, slots=True)
class _Names:
    """The columns that are wanted."""

    required: Sequence[str]
    optional: Sequence[str]
    instead: Mapping[str, str]

    def among(self, header: Sequence[str], place: Place) -> list[str]:
        """Those that a header has."""
        columns = [name for name in (*self.required, *self.optional) if name in header]
        found = ", ".join(map(repr, header))
        problems = [
            place.at(name).problem(f"column is missing; the header has {found}")
            for name in self.required
            if name not in header and self.instead.get(name) not in header
        ]
        problems += [
            place.at(name).problem("column stands twice in the header")
            for name in columns
            if header.count(name) > 1
        ]
        if problems:
            raise DataError(problems)
        return columns


def read_rows(
    path: Path,
    required: Sequence[str],
    optional: Sequence[str],
    problems: list[Problem],
    instead: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Row]:
    """Read the named columns of a table; other columns are left alone.

    A faulty row is reported and left out. The line of a row is the one where it begins, in
    Parquet its number. A required column may be missing where the optional one that ``instead``
    has for it is there.

    Raises:
        DataError: the file cannot be read, or its header lacks a column or has it twice.
    """
    names = _Names(required, optional, instead)
    if path.suffix.lower() == ".parquet":
        return _parquet_rows(path, names, problems)
    return _delimited_rows(path, names, problems)


def _parquet_rows(path: Path, names: _Names, problems: list[Problem]) -> Iterator[Row]:
    with open_parquet(path) as file:
        columns = names.among(file.schema_arrow.names, Place(str(path)))
        batches = file.iter_batches(columns=columns)
        rows = (row for batch in batches for row in batch.to_pylist())
        for number, row in enumerate(rows, 1):
            place = Place(str(path), number)
            faults = [
                place.at(name).problem(f"expected text, found {type(value).__name__}")
                for name, value in row.items()
                if not isinstance(value, str | int | None)
            ]
            problems += faults
            if not faults:
                yield place, {name: _string(value) for name, value in row.items()}


def _string(value: str | int | None) -> str:
    return "" if value is None else str(value)


def _delimited_rows(path: Path, names: _Names, problems: list[Problem]) -> Iterator[Row]:
    lines = delimited_lines(path, "\t" if path.suffix.lower() == ".tsv" else ",", problems)
    first = next(lines, None)
    if first is None:
        return
    header = [name.strip() for name in first[1]]
    columns = names.among(header, first[0])
    for place, fields in lines:
        if len(fields) == len(header):
            row = dict(zip(header, fields, strict=True))
            yield place, {name: row[name] for name in columns}
        else:
            count = f"{len(fields)} fields, but the header has {len(header)}"
            advice = "a field that holds the separator needs quotation marks"
            problems.append(place.problem(f"{count}; {advice}"))


def delimited_lines(
    path: Path, delimiter: str, problems: list[Problem]
) -> Iterator[tuple[Place, list[str]]]:
    """The records of a table that are not blank, each with the line where it begins.

    Raises:
        DataError: the file cannot be read or is not UTF-8.
    """
    kind = path.suffix[1:].upper()
    lines = io.StringIO(read_utf8(path), newline="")
    # A field may hold a whole document.
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        place = Place(str(path), reader.line_num + 1)
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            advice = "inside quotation marks, write each quotation mark twice"
            problems.append(place.problem(f"not {kind}: {error}; {advice}"))
        else:
            if fields:
                yield place, fields
