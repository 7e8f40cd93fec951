"""How labels are written in a field, one or several."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable

from framelens.data.intake.drafts import Labels
from framelens.data.intake.tables import Cell

__all__ = ["read_labels", "read_votes"]


def read_labels(content: Cell, separator: str) -> Labels:
    """The labels in a field, each once."""
    found = (label.strip() for label in _parts(content, separator))
    return tuple(dict.fromkeys(label for label in found if label))


def read_votes(content: Cell, separator: str) -> tuple[Labels, ...]:
    """What single annotators chose: between semicolons, in a list, or else one label of each."""
    between = ";" if isinstance(content, str) and ";" in content else separator
    votes = (read_labels(part, separator) for part in _parts(content, between))
    return tuple(vote for vote in votes if vote)


def _parts(content: Cell, separator: str) -> Iterable[str]:
    if isinstance(content, tuple):
        return content
    listed = _listed(content.strip())
    return content.split(separator) if listed is None else listed


def _listed(text: str) -> list[str] | None:
    """The items of a list in JSON or as Python prints it, or of Label Studio's choices."""
    if text[:1] not in ("[", "{"):
        return None
    for parse in (json.loads, ast.literal_eval):
        try:
            content = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(content, dict):
            content = content.get("choices")
        if isinstance(content, list):
            return list(map(str, content))
    return None
