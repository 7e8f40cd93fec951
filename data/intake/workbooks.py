"""The first sheet of an Excel or OpenDocument workbook."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import Any

from framelens.data.intake.delimited import named_columns
from framelens.data.intake.tables import Cell, Table, cell
from framelens.data.problems import DataError, Place

__all__ = ["WORKBOOKS", "read_workbook"]

WORKBOOKS = (".xlsx", ".xls", ".ods")
"""The suffixes of workbooks."""


def read_workbook(path: Path) -> Table:
    """Read the first sheet; empty rows do not count, but in the numbers of rows.

    Raises:
        DataError: the reader is not installed, the file is no workbook, or its header has a
            name twice.
    """
    place = Place(str(path))
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError as error:
        advice = "reading workbooks needs python-calamine: pip install 'framelens[train]'"
        raise DataError([place.problem(advice)]) from error
    try:
        with CalamineWorkbook.from_path(path) as book:
            name = book.sheet_names[0]
            sheet = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            others = len(book.sheet_names) - 1
    except (OSError, CalamineError) as error:
        raise DataError([place.problem(f"cannot read the workbook: {error}")]) from error
    filled = [(number, row) for number, row in enumerate(sheet, 1) if any(map(_says_a_thing, row))]
    if not filled:
        raise DataError([place.problem(f"sheet {name!r} is empty")])
    number, header = filled[0]
    while header and not _says_a_thing(header[-1]):
        header = header[:-1]
    columns = named_columns([str(cell(value)) for value in header], Place(str(path), number))
    rows = [(Place(str(path), number), _fields(columns, row)) for number, row in filled[1:]]
    beside = f", the first of {others + 1}" if others else ""
    return Table(str(path), f"sheet {name!r}{beside}", columns, rows)


def _fields(columns: tuple[str, ...], row: list[Any]) -> dict[str, Cell]:
    """A row by column; a sheet may be wider or narrower than its header."""
    values = [cell(value) for value in row[: len(columns)]]
    return dict(zip_longest(columns, values, fillvalue=""))


def _says_a_thing(value: object) -> bool:
    return value not in ("", None)
