"""Tables of any columns: what every reader of rows hands on."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from framelens.data.problems import Place

__all__ = ["Cell", "Table", "cell"]

Cell: TypeAlias = str | tuple[str, ...]
"""What a field holds, as text; a list of labels stays one."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that all have the same columns, each with its place.

    ``kind`` says in words what was read. ``known`` are columns whose role the format itself
    tells, by role.
    """

    file: str
    kind: str
    columns: tuple[str, ...]
    rows: list[tuple[Place, dict[str, Cell]]]
    known: Mapping[str, str] = field(default_factory=dict)

    def values(self, column: str) -> list[Cell]:
        """The fields of a column that are not empty."""
        cells = (row[column] for _, row in self.rows)
        return [each for each in cells if each and (isinstance(each, tuple) or each.strip())]


def cell(value: Any) -> Cell:
    """A value of JSON, Parquet or a workbook as the text that a CSV file would have.

    Numbers without a fraction are written without one: tables turn whole numbers into others
    where one is missing.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return str(value).lower()
        case float():
            return "" if value != value else str(int(value)) if value.is_integer() else str(value)
        case datetime.datetime() | datetime.date():
            return _date(value)
        case list() | tuple():
            return tuple(_text(item) for item in value)
        case dict():
            return _text(value)
    return str(value)


def _date(value: datetime.date) -> str:
    """An ISO date; a workbook and Parquet make a midnight of a day."""
    if isinstance(value, datetime.datetime) and value.time() != datetime.time():
        return value.isoformat(sep=" ")
    return datetime.date(value.year, value.month, value.day).isoformat()


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    result = cell(value)
    return result if isinstance(result, str) else str(result)
