"""Rows from records: objects of JSON lines, and rows of Parquet files."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framelens.model import Document
from framelens.serve.bulk.rows import Row

__all__ = ["Columns", "row_of"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold the text and the id of a document.

    Where no column is named for it, the id is in ``id`` if there is that column. A record that
    has no text may have ``sentences``.
    """

    text: str = "text"
    id: str | None = None
    sentences: str | None = "sentences"

    @property
    def id_or_default(self) -> str:
        """Where to look for the id."""
        return self.id or "id"


class _FaultError(Exception):
    """Why a record is no document."""


def row_of(
    record: Mapping[str, Any], columns: Columns, source: str, number: int, raw: str | None = None
) -> Row:
    """The row that a record makes: its document, or what is wrong with it.

    A record without an id is called by its place, ``source:number``.

    Args:
        record: values by their names.
        columns: where it holds text and id.
        source: name of what it was read from.
        number: of its line or row.
        raw: the record as it stands there, for the case that it is faulty.
    """
    name: str | None = None
    try:
        name = _id(record, columns.id_or_default)
        document = _document(record, columns, name or f"{source}:{number}")
    except _FaultError as fault:
        return Row(source, number, None, fault=str(fault), raw=raw, id=name)
    read = columns.text if document.sentences is None else columns.sentences
    own = {columns.id_or_default, read}
    others = {key: value for key, value in record.items() if key not in own}
    return Row(source, number, document, others)


def _id(record: Mapping[str, Any], column: str) -> str | None:
    value = record.get(column)
    if value is None or value != value:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # Not isinstance: true is no number here.
    if type(value) not in (str, int, uuid.UUID):
        raise _FaultError(f"{column}: expected text or a whole number")
    name = str(value)
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise _FaultError(f"{column}: has half of a surrogate pair")
    return name


def _document(record: Mapping[str, Any], columns: Columns, name: str) -> Document:
    text = record.get(columns.text)
    sentences = None if columns.sentences is None else record.get(columns.sentences)
    if columns.sentences is None and text is None:
        raise _FaultError(f"{columns.text}: has no value")
    if (text is None) == (sentences is None):
        raise _FaultError(f"give either {columns.text!r} or {columns.sentences!r}")
    if text is not None and not isinstance(text, str):
        raise _FaultError(f"{columns.text}: expected text")
    if sentences is not None and not _is_texts(sentences):
        raise _FaultError(f"{columns.sentences}: expected a list of texts")
    return Document(text, sentences, name)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
