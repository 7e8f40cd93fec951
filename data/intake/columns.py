"""What the columns of a table hold: as the user says, or guessed from names and content."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from framelens.data.intake.exports import Chosen
from framelens.data.intake.keys import are_dates, are_parts
from framelens.data.intake.tables import Cell, Table
from framelens.data.problems import DataError, Place
from framelens.model.errors import one_of

__all__ = ["Columns", "choose_columns"]

_NAMES: Mapping[str, tuple[str, ...]] = {
    "text": (
        *("text", "sentence", "sentences", "sent", "content", "utterance", "statement", "comment"),
        *("tweet", "post", "quote", "message", "review", "body", "passage", "segment"),
    ),
    "label": (
        *("label", "labels", "class", "category", "target", "gold", "gold_label", "annotation"),
        *("tag", "tags", "code", "codes", "stance", "sentiment", "frame", "technique", "choice"),
    ),
    "document": (
        *("document", "document_id", "doc", "doc_id", "docid", "article", "article_id"),
        *("text_id", "abstract_id", "speech_id", "thread_id"),
    ),
    "annotator": (
        *("annotator", "annotator_id", "coder", "coder_id", "rater", "rater_id", "worker"),
        *("worker_id", "labeller", "reader", "completed_by"),
    ),
    "votes": ("votes",),
    "id": ("id", "sentence_id", "sent_id", "uid", "uuid", "key", "item", "item_id"),
}

_YES_OR_NO = {"0", "1", "true", "false", "yes", "no"}
_FEW_LABELS = 20
_LONGEST_LABEL = 60
_MOST_WORDS_OF_A_NAME = 8
_RESPONSES = ".responses"  # Argilla's, in a flat table.


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table by what they hold; the others are metadata.

    Several ``labels`` are a column for each label, which says whether a sentence has it.
    """

    text: str
    labels: tuple[str, ...]
    id: str | None = None
    document: str | None = None
    annotator: str | None = None
    votes: str | None = None

    def roles(self) -> dict[str, str]:
        """What was found, by role, as it stands in a message."""
        names = {"text": self.text, "label": ", ".join(self.labels), "id": self.id}
        names |= {"document": self.document, "annotator": self.annotator, "votes": self.votes}
        return {role: name for role, name in names.items() if name}


def choose_columns(table: Table, chosen: Chosen) -> Columns:
    """Find what each column holds.

    Args:
        table: the table.
        chosen: columns by role, as the user named them; none of a role where that is empty.

    Raises:
        DataError: a column is not there, or the texts or labels cannot be told from the rest.
    """
    place = Place(table.file)
    _check(table, {role: chosen[role] for role in _NAMES if role in chosen})
    taken = {role: name for role, name in table.known.items() if role not in chosen}
    taken |= {role: names[0] for role, names in chosen.items() if names and role in _NAMES}
    for role in _NAMES:
        if role not in taken and role not in chosen:
            taken |= {role: name} if (name := _by_name(table, role, taken.values())) else {}
    if "text" not in taken:
        taken["text"] = _longest(table, taken.values(), place)
    labels = chosen.get("label") or ((taken["label"],) if "label" in taken else ())
    if not labels and "votes" not in taken:
        labels = _label_columns(table, taken.values(), place)
    others = {role: name for role, name in taken.items() if role not in ("text", "label")}
    return Columns(taken["text"], labels, **others)


def _check(table: Table, chosen: Chosen) -> None:
    place = Place(table.file)
    for role, names in chosen.items():
        for name in names:
            if name not in table.columns:
                found = one_of(table.columns)
                message = f"no column {name!r} for --{role}-column; the columns are {found}"
                raise DataError([place.problem(message)])
    longest = max(table.columns, key=len, default="")
    if len(longest.split()) > _MOST_WORDS_OF_A_NAME:
        advice = "the first row must hold the names of the columns"
        raise DataError([place.problem(f"{longest[:60]!r} is no name of a column; {advice}")])


def _by_name(table: Table, role: str, taken: Iterable[str]) -> str | None:
    """The column with the role's likeliest name, if it holds what the role needs."""
    free = {_plain(name): name for name in table.columns if name not in taken}
    found = [free[name] for name in _NAMES[role] if name in free]
    if role == "votes":
        found += [name for name in free.values() if name.endswith(_RESPONSES)]
    return next((name for name in found if _FITS[role](table.values(name))), None)


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", name.lower()).strip("_")


def _are_texts(cells: list[Cell]) -> bool:
    return any(isinstance(each, str) and " " in each.strip() for each in cells)


def _are_words(cells: list[Cell]) -> bool:
    return any(isinstance(each, str) and re.search(r"[^\W\d_]", each) for each in cells)


def _repeat(cells: list[Cell]) -> bool:
    return 1 < len(set(cells)) < len(cells)


def _are_labels(cells: list[Cell]) -> bool:
    if any(isinstance(each, str) and len(each) > _LONGEST_LABEL for each in cells):
        return False
    return 0 < len(set(cells)) <= max(_FEW_LABELS, len(cells) // 4)


def _are_votes(cells: list[Cell]) -> bool:
    return any(isinstance(each, tuple) or "|" in each for each in cells)


def _differ(cells: list[Cell]) -> bool:
    return len(set(cells)) > 1 or len(cells) == 1


_FITS: Mapping[str, Callable[[list[Cell]], bool]] = {
    "text": _are_words,
    "label": _are_labels,
    "document": _repeat,
    "annotator": _repeat,
    "votes": _are_votes,
    "id": _differ,
}


def _longest(table: Table, taken: Iterable[str], place: Place) -> str:
    """The column with the longest texts."""
    lengths = {
        name: sum(map(len, cells)) / len(cells)
        for name in table.columns
        if name not in taken and _are_texts(cells := table.values(name))
    }
    if not lengths:
        columns = ", ".join(map(repr, table.columns))
        message = f"no column holds texts; the columns are {columns}; see --text-column"
        raise DataError([place.problem(message)])
    return max(lengths, key=lambda name: lengths[name])


def _label_columns(table: Table, taken: Iterable[str], place: Place) -> tuple[str, ...]:
    """The only column that can hold labels, or those that each say yes or no to one."""
    cells = {name: table.values(name) for name in table.columns if name not in taken}
    flags = tuple(name for name, each in cells.items() if _are_flags(each))
    if len(flags) > 1:
        return flags
    likely = [
        name
        for name, each in cells.items()
        if _repeat(each) and _are_labels(each) and not are_parts(each) and not are_dates(each)
    ]
    if len(likely) == 1:
        return (likely[0],)
    columns = ", ".join(map(repr, table.columns))
    found = f"{one_of(likely)} may be it" if likely else "none repeats a few short values"
    message = f"which column holds the labels? The columns are {columns}; {found}"
    raise DataError([place.problem(f"{message}; name it with --label-column")])


def _are_flags(cells: list[Cell]) -> bool:
    values = {each.lower() for each in cells if isinstance(each, str)}
    return len(values) == 2 and values <= _YES_OR_NO
