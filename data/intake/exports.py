"""What the exports of annotation tools have in common: a text among fields, and questions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from framelens.data.intake.tables import cell
from framelens.data.problems import DataError, Place
from framelens.model.errors import one_of

__all__ = ["Chosen", "choose_question", "choose_text", "plain_metadata"]

Chosen = Mapping[str, tuple[str, ...]]
"""Columns by role, as the user named them; none of a role where that is empty."""


def choose_text(fields: Mapping[str, Any], chosen: Chosen, place: Place) -> str:
    """The name of the field that holds the text: ``text``, or the longest.

    Raises:
        DataError: there is none.
    """
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    if names := chosen.get("text"):
        if names[0] not in fields:
            found = one_of(fields) if fields else "none"
            raise DataError([place.problem(f"no field {names[0]!r} with the text; it has {found}")])
        return names[0]
    if not texts:
        raise DataError([place.problem("no field holds a text")])
    return "text" if "text" in texts else max(texts, key=lambda name: len(texts[name]))


def choose_question(questions: Collection[str], chosen: Chosen, place: Place) -> str:
    """The question whose answers are the labels.

    Raises:
        DataError: nothing was answered, or several questions were and none is chosen.
    """
    if not questions:
        raise DataError([place.problem("nobody answered a question of labels here")])
    if names := chosen.get("label"):
        if names[0] in questions:
            return names[0]
        raise DataError([place.problem(f"no question {names[0]!r}; use {one_of(questions)}")])
    if len(questions) > 1:
        advice = "name one with --label-column"
        raise DataError([place.problem(f"the questions are {one_of(questions)}; {advice}")])
    return next(iter(questions))


def plain_metadata(fields: Mapping[str, Any]) -> dict[str, str]:
    """Fields as text, but for those that are empty."""
    texts = {name: cell(value) for name, value in fields.items()}
    plain = {
        name: text if isinstance(text, str) else "|".join(text) for name, text in texts.items()
    }
    return {name: text for name, text in plain.items() if text}
