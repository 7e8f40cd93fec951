"""Tables in CSV and TSV, whatever stands between their fields."""

from __future__ import annotations

from pathlib import Path

from framelens.data.intake.tables import Cell, Table
from framelens.data.problems import DataError, Place, Problem
from framelens.data.rows import delimited_lines
from framelens.data.utf8 import read_utf8

__all__ = ["named_columns", "read_delimited"]

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def read_delimited(path: Path, problems: list[Problem]) -> Table:
    """Read a table; faulty rows are reported and left out.

    Raises:
        DataError: the file cannot be read, or its header has a name twice.
    """
    delimiter = _likely_delimiter(path)
    lines = delimited_lines(path, delimiter, problems)
    place, header = next(lines, (Place(str(path)), []))
    columns = named_columns(header, place)
    rows: list[tuple[Place, dict[str, Cell]]] = []
    for place, fields in lines:
        if len(fields) == len(columns):
            rows.append((place, dict(zip(columns, fields, strict=True))))
        else:
            count = f"{len(fields)} fields, but the header has {len(columns)}"
            advice = "a field that holds the separator needs quotation marks"
            problems.append(place.problem(f"{count}; {advice}"))
    return Table(str(path), f"fields between {_DELIMITERS[delimiter]}", columns, rows)


def named_columns(header: list[str], place: Place) -> tuple[str, ...]:
    """The names in a header; a column without one is called by its number.

    Raises:
        DataError: a name stands twice.
    """
    names = tuple(name.strip() or f"column {number}" for number, name in enumerate(header, 1))
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        message = "column stands twice in the header; rename one"
        raise DataError([place.at(name).problem(message) for name in twice])
    return names


def _likely_delimiter(path: Path) -> str:
    """The character between the fields of a table: in CSV, what divides its header most."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    header = next((line for line in read_utf8(path).splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=header.count)
