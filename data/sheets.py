"""Sheets for annotators: a sentence on each row, those around it, and room for its label."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from framelens.data.problems import Place, Problem

__all__ = ["OPTIONAL", "RANDOM", "REQUIRED", "Key", "SheetRow", "one_line", "write_sheet"]

Key: TypeAlias = tuple[str, int]
"""A document, and the number of a sentence in it."""

RANDOM = "random"
"""How sentences were chosen that chance chose."""

MARK = ">> "
"""What stands before the sentence itself among those around it."""

REQUIRED = ("document", "sentence", "context", "text", "label")
OPTIONAL = ("doubtful", "selected")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A sentence to label, with those around it, each on one line.

    ``number`` is its place among the document's sentences, from 1; ``before`` and ``after`` are
    the sentences next to it. ``selected`` says how it was chosen.
    """

    document: str
    number: int
    before: tuple[str, ...]
    text: str
    after: tuple[str, ...]
    selected: str = ""

    @property
    def key(self) -> Key:
        """Which sentence it is."""
        return self.document, self.number

    @property
    def context(self) -> str:
        """The sentences, a line each, with a mark before the one to label."""
        return "\n".join((*self.before, MARK + self.text, *self.after))

    @property
    def sentences(self) -> dict[int, str]:
        """All its sentences by their numbers in the document."""
        texts = (*self.before, self.text, *self.after)
        return dict(enumerate(texts, self.number - len(self.before)))

    @classmethod
    def read(
        cls, fields: Mapping[str, str], place: Place, problems: list[Problem]
    ) -> SheetRow | None:
        """The row in the fields of a file's row; None where it is reported as faulty."""
        values = {name: fields.get(name, "").strip() for name in (*REQUIRED, *OPTIONAL)}
        empty = [name for name in REQUIRED if name != "label" and not values[name]]
        if empty:
            problems += [place.at(name).problem("empty") for name in empty]
            return None
        number = values["sentence"]
        text = one_line(values["text"])
        lines = [one_line(line) for line in values["context"].splitlines() if line.strip()]
        marked = one_line(MARK + text)
        if not (number.isdecimal() and int(number)):
            fault = place.at("sentence").problem(f"expected a number from 1, found {number!r}")
        elif marked not in lines:
            message = f"the context has no line {marked!r}; leave both as they were in the sheet"
            fault = place.at("text").problem(message)
        elif lines.index(marked) >= int(number):
            message = f"{number} is too low, since {lines.index(marked)} stand before it"
            fault = place.at("sentence").problem(message)
        else:
            at = lines.index(marked)
            before, after = tuple(lines[:at]), tuple(lines[at + 1 :])
            return cls(values["document"], int(number), before, text, after, values["selected"])
        problems.append(fault)
        return None


def one_line(text: str) -> str:
    """A sentence as a sheet has it: on one line, with single spaces."""
    return " ".join(text.split())


def write_sheet(path: Path, rows: Iterable[SheetRow]) -> None:
    """Write a sheet as CSV that spreadsheets take for UTF-8, with an empty label on each row."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", *REQUIRED, *OPTIONAL))
        for identity, row in enumerate(rows, 1):
            place = (identity, row.document, row.number)
            writer.writerow((*place, row.context, row.text, "", "", row.selected))
