"""A row of a table as a labelled sentence, and rows of several annotators as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from framelens.data.problems import Place, Problem
from framelens.data.spans import leaf_name
from framelens.data.votes import settle
from framelens.model.scheme import Scheme

__all__ = ["LabelledRow", "read_row", "together"]

VOTE_SEPARATOR = ";"
"""What stands between the votes in a cell."""


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A sentence of a table; see :class:`LabelledSentence`.

    ``annotator`` is whose row it is, None of rows that are nobody's.
    """

    text: str
    label: str
    place: Place
    votes: tuple[str, ...] = ()
    doubtful: bool = False
    annotator: str | None = None
    annotators: tuple[str, ...] = ()


def read_row(
    row: Mapping[str, str], place: Place, scheme: Scheme, problems: list[Problem]
) -> LabelledRow | None:
    """The sentence of a row, None where it is reported as faulty."""
    known = len(problems)
    text = _filled(row, "text", place, problems)
    votes = _votes(row.get("votes", ""), place.at("votes"), scheme, problems)
    label, doubtful = _label(row, votes, place, scheme, problems)
    annotator = _filled(row, "annotator", place, problems) if "annotator" in row else None
    if len(problems) > known:
        return None
    return LabelledRow(text, label, place.at("text"), votes, doubtful, annotator)


def together(rows: Sequence[LabelledRow], scheme: Scheme, problems: list[Problem]) -> LabelledRow:
    """What several annotators say of one sentence; a row that does not fit is reported."""
    first = rows[0]
    if first.annotator is None:
        return first
    votes: dict[str, LabelledRow] = {}
    for row in rows:
        if row.text != first.text:
            message = f"differs from that of {_line(first)}, which has the same id"
            problems.append(row.place.problem(message))
        elif (twice := votes.setdefault(str(row.annotator), row)) is not row:
            place = Place(row.place.file, row.place.line)
            message = f"{row.annotator!r} labels the text a second time, after {_line(twice)}"
            problems.append(place.at("annotator").problem(message))
    labels = tuple(row.label for row in votes.values())
    label, doubtful = settle(labels, scheme)
    return LabelledRow(first.text, label, first.place, labels, doubtful, annotators=tuple(votes))


def _line(row: LabelledRow) -> Place:
    return Place(row.place.file, row.place.line)


def _filled(row: Mapping[str, str], column: str, place: Place, problems: list[Problem]) -> str:
    value = row[column].strip()
    if not value:
        problems.append(place.at(column).problem("empty"))
    return value


def _votes(cell: str, place: Place, scheme: Scheme, problems: list[Problem]) -> tuple[str, ...]:
    votes = cell.split(VOTE_SEPARATOR) if cell.strip() else []
    leaves = (leaf_name(vote.strip(), scheme, place, problems) for vote in votes)
    return tuple(leaf for leaf in leaves if leaf is not None)


def _label(
    row: Mapping[str, str],
    votes: tuple[str, ...],
    place: Place,
    scheme: Scheme,
    problems: list[Problem],
) -> tuple[str, bool]:
    """The label in its cell, or else what the votes say, and whether that is doubtful."""
    cell = row.get("label", "").strip()
    if votes and not cell:
        return settle(votes, scheme)
    if not cell and not scheme.multi_label:
        problems.append(place.at("label" if "label" in row else "votes").problem("empty"))
        return "", False
    return leaf_name(cell, scheme, place.at("label"), problems) or "", False
