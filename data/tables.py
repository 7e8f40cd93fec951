"""Plain tables: a labelled sentence on each row, in columns ``text`` and ``label``."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from framelens.data.documents import LabelledDocument, LabelledSentence, PlacedDocument
from framelens.data.problems import Place, Problem
from framelens.data.rows import read_rows
from framelens.data.spans import leaf_name
from framelens.model.scheme import Scheme

__all__ = ["read_table"]


class _LabelledRow(NamedTuple):
    text: str
    label: str
    place: Place


def read_table(path: Path, scheme: Scheme, problems: list[Problem]) -> list[PlacedDocument]:
    """Read a table; faulty rows are reported and left out.

    Rows with the same value in the column ``document`` are one document, in the order in
    which they stand, with a newline between them. Without that column each row is a
    document, named by the column ``id`` or else by its file and line. Other columns are left
    alone.

    Raises:
        DataError: the file cannot be read, or its header is faulty.
    """
    documents: dict[str | Place, tuple[str, list[_LabelledRow]]] = {}
    for place, row in read_rows(path, ("text", "label"), ("id", "document"), problems):
        identity = _identity(row, place, problems)
        labelled = _labelled_row(row, place, scheme, problems)
        if identity and labelled:
            key = identity if "document" in row else place
            documents.setdefault(key, (identity, []))[1].append(labelled)
    return [_document(identity, rows) for identity, rows in documents.values()]


def _identity(row: dict[str, str], place: Place, problems: list[Problem]) -> str | None:
    for column in ("document", "id"):
        if column in row:
            return _field(row, column, place, problems)
    return str(place)


def _labelled_row(
    row: dict[str, str], place: Place, scheme: Scheme, problems: list[Problem]
) -> _LabelledRow | None:
    text = _field(row, "text", place, problems)
    label = _field(row, "label", place, problems)
    leaf = label and leaf_name(label, scheme, place.at("label"), problems)
    return _LabelledRow(text, leaf, place.at("text")) if text and leaf else None


def _field(row: dict[str, str], column: str, place: Place, problems: list[Problem]) -> str | None:
    value = row[column].strip()
    if not value:
        problems.append(place.at(column).problem("empty"))
        return None
    return value


def _document(identity: str, rows: list[_LabelledRow]) -> PlacedDocument:
    sentences = []
    begin = 0
    for row in rows:
        sentences.append(LabelledSentence(begin, begin + len(row.text), row.label))
        begin += len(row.text) + 1
    text = "\n".join(row.text for row in rows)
    first = Place(rows[0].place.file, rows[0].place.line)
    places = tuple(row.place for row in rows)
    return PlacedDocument(LabelledDocument(identity, text, tuple(sentences)), first, places)
