"""What is wrong in a corpus, and the exact place of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from framelens.model.errors import FramelensError

__all__ = ["DataError", "Place", "Problem"]

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file.

    ``line`` counts from one, in Parquet it is the row; ``field`` is a path such as
    ``sentences[2].label``, or the column of a table.
    """

    file: str
    line: int | None
    field: str | None
    message: str

    def __str__(self) -> str:
        return f"{_place(self.file, self.line, self.field)}: {self.message}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file, a line of it or a field of that line."""

    file: str
    line: int | None = None
    field: str | None = None

    def at(self, field: str) -> Place:
        """The place of a field, inside the field that this place may already be."""
        return Place(self.file, self.line, f"{self.field}.{field}" if self.field else field)

    def problem(self, message: str) -> Problem:
        """Something wrong here."""
        return Problem(self.file, self.line, self.field, message)

    def __str__(self) -> str:
        return _place(self.file, self.line, self.field)


class DataError(FramelensError):
    """Files that cannot be used as they are; ``problems`` holds everything wrong with them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:_SHOWN]]
        if len(self.problems) > _SHOWN:
            lines.append(f"and {len(self.problems) - _SHOWN} more problems")
        return "\n".join(lines)


def _place(file: str, line: int | None, field: str | None) -> str:
    position = file if line is None else f"{file}:{line}"
    return position if field is None else f"{position}: {field}"
