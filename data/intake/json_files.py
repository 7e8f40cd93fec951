"""Objects in JSON and JSONL files, and tables of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from framelens.data.intake.tables import Table, cell
from framelens.data.problems import DataError, Place, Problem
from framelens.data.records import Record, check_unicode, read_records
from framelens.data.utf8 import read_utf8

__all__ = ["read_json", "table_of_records"]


def read_json(path: Path, problems: list[Problem]) -> list[Record]:
    """The objects of a JSONL file, or of the list that a JSON file is.

    A JSON list has no lines of its own: the place of an object is its position, from one.

    Raises:
        DataError: the file cannot be read, or is no such list.
    """
    if path.suffix.lower() != ".json":
        return read_records(path, problems)
    place = Place(str(path))
    text = read_utf8(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError([place.problem(f"not JSON that can be read: {error}")]) from error
    try:
        check_unicode(text, content)
    except ValueError as error:
        raise DataError([place.problem(str(error))]) from error
    if not isinstance(content, list):
        raise DataError([place.problem("expected a list of objects, one for each text")])
    records = []
    for number, entry in enumerate(content, 1):
        where = Place(str(path), number)
        if isinstance(entry, dict):
            records.append(Record(entry, where, problems))
        else:
            problems.append(where.problem("expected an object"))
    return records


def table_of_records(
    file: str,
    kind: str,
    rows: Sequence[tuple[Place, Mapping[str, Any]]],
    known: Mapping[str, str] | None = None,
) -> Table:
    """Rows that need not all have the same fields, as a table."""
    columns = tuple(dict.fromkeys(name for _, row in rows for name in row))
    cells = [(place, {name: cell(row.get(name)) for name in columns}) for place, row in rows]
    return Table(file, kind, columns, cells, known or {})
