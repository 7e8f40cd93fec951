"""Rows of the input, and chunks of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from framelens.model import Document

__all__ = ["Chunk", "Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """What a document came from, or why it is none.

    ``number`` is the line on which it begins, or the row of a Parquet file, from 1; ``columns``
    are the others of the table or object, as they came. Where ``document`` is None, ``fault`` says
    why, and ``raw`` has what could not be read, as far as it is known.
    """

    source: str
    number: int
    document: Document | None
    columns: Mapping[str, Any] = field(default_factory=dict)
    fault: str | None = None
    raw: str | None = None
    id: str | None = None
    """Of a row without a document, where it is known; a document has its own."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows that are scored together, and by themselves.

    Where one begins depends on the input alone. The windows of a chunk share engine batches with no
    others, so the same chunk has the same result wherever and whenever it is scored.
    """

    number: int
    """From 0."""
    rows: Sequence[Row]
