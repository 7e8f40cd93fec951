"""From the rows of a table to documents with labelled sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from framelens.data.intake.columns import Columns
from framelens.data.intake.drafts import Draft, DraftSentence, Labels
from framelens.data.intake.keys import are_parts
from framelens.data.intake.labels import read_labels, read_votes
from framelens.data.intake.tables import Cell, Table
from framelens.data.problems import Place, Problem

__all__ = ["RowReader"]

_YES = {"1", "true", "yes"}
_NO = {"0", "false", "no", ""}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row, or several of different annotators about the same sentence.

    ``labels`` is None where nothing is said but by ``votes``.
    """

    place: Place
    text: str
    labels: Labels | None
    votes: tuple[Labels, ...]
    id: str | None
    document: str | None
    annotator: str | None
    metadata: Mapping[str, str]
    annotators: tuple[str, ...] = ()

    @property
    def is_labelled(self) -> bool:
        """Whether anybody says anything."""
        return self.labels is not None or bool(self.votes)


class RowReader:
    """Reads the rows of a table as documents; faulty ones are reported and left out.

    Args:
        columns: what the columns hold.
        separator: what stands between several labels in one field.
        multi_label: whether a sentence without a label has none, whatever others have.
        problems: where faults go.
    """

    def __init__(
        self, columns: Columns, separator: str, multi_label: bool, problems: list[Problem]
    ) -> None:
        self.multi_label = multi_label or len(columns.labels) > 1
        """Whether a sentence may have any number of labels."""
        self._columns = columns
        self._differing: set[str] = set()
        self._in_several_parts: set[str] = set()
        self._separator = separator
        self._problems = problems

    def documents(self, table: Table) -> list[Draft]:
        """The documents of a table.

        Rows with the same value in the document column are one document, in their order, with
        a newline between them. A row without a label is context there and a fault elsewhere;
        where sentences have any number of labels, it says that none fits.
        """
        rows = [row for place, fields in table.rows if (row := self._read(place, fields))]
        self.multi_label |= any(len(row.labels or ()) > 1 for row in rows)
        if self.multi_label:
            rows = [row if row.is_labelled else replace(row, labels=()) for row in rows]
        if self._columns.annotator:
            rows = [self._together(group) for group in _same_sentences(rows)]
        if not self._columns.document:
            rows = [row for row in rows if self._has_label(row)]
        return [self._document(group) for group in self._by_document(table, rows)]

    def notes(self) -> list[str]:
        """What else is to be said of the documents."""
        notes = []
        if self._columns.document and self._columns.id:
            self._differing.add(self._columns.id)
        if differing := ", ".join(sorted(self._differing)):
            notes.append(f"left out, since they differ within documents: {differing}")
        if several := len(self._in_several_parts):
            notes.append(f"{several:,} names of documents stand in several parts, each as another")
        return notes

    def _by_document(self, table: Table, rows: Iterable[_Row]) -> list[list[_Row]]:
        """The rows of each document; in another part, its name is that of another document."""
        part = next((name for name in table.columns if are_parts(table.values(name))), "")
        documents: dict[str | Place, dict[str, list[_Row]]] = {}
        for row in rows:
            parts = documents.setdefault(row.document or row.place, {})
            parts.setdefault(row.metadata.get(part, ""), []).append(row)
        groups: list[list[_Row]] = []
        for name, parts in documents.items():
            if len(parts) == 1:
                groups += parts.values()
                continue
            self._in_several_parts.add(str(name))
            for which, group in parts.items():
                groups.append([replace(row, document=f"{which}/{name}") for row in group])
        return groups

    def _read(self, place: Place, fields: Mapping[str, Cell]) -> _Row | None:
        before = len(self._problems)
        columns = self._columns
        names = (columns.text, columns.id, columns.document, columns.annotator)
        text, identity, document, who = (self._filled(fields, name, place) for name in names)
        labels = self._row_labels(fields, place)
        votes = read_votes(fields[columns.votes], self._separator) if columns.votes else ()
        metadata = self._metadata(fields, place)
        if len(self._problems) > before or text is None:
            return None
        return _Row(place, text, labels, votes, identity, document, who, metadata)

    def _filled(self, fields: Mapping[str, Cell], name: str | None, place: Place) -> str | None:
        if name is None:
            return None
        if value := _plain(fields[name]):
            return value
        self._problems.append(place.at(name).problem("empty"))
        return None

    def _row_labels(self, fields: Mapping[str, Cell], place: Place) -> Labels | None:
        names = self._columns.labels
        if len(names) <= 1:
            labels = (read_labels(fields[name], self._separator) for name in names)
            return next(labels, ()) or None
        given = []
        for name in names:
            value = _plain(fields[name]).lower()
            if value in _YES:
                given.append(name)
            elif value not in _NO:
                self._problems.append(place.at(name).problem(f"expected 1 or 0, found {value!r}"))
        return tuple(given)

    def _metadata(self, fields: Mapping[str, Cell], place: Place) -> dict[str, str]:
        columns = self._columns
        used = {columns.text, *columns.labels, columns.votes, columns.annotator}
        used |= {columns.id, columns.document}
        others = {name: _plain(value) for name, value in fields.items() if name not in used}
        return {name: value for name, value in others.items() if value}

    def _has_label(self, row: _Row) -> bool:
        if not row.is_labelled:
            columns = self._columns
            place = row.place.at(str(next(iter(columns.labels), columns.votes)))
            self._problems.append(place.problem("empty: the sentence has no label"))
        return row.is_labelled

    def _together(self, group: list[_Row]) -> _Row:
        """What annotators say of one sentence; who says it twice is reported, and another text."""
        first, votes = group[0], dict[str, _Row]()
        for row in group:
            if row.text != first.text:
                message = f"differs from that of {first.place}, which has the same id"
                self._problems.append(row.place.at(self._columns.text).problem(message))
                continue
            if row.labels is None:
                continue
            twice = votes.setdefault(str(row.annotator), row)
            if twice is not row:
                message = (
                    f"{row.annotator!r} labels the sentence a second time, after {twice.place}"
                )
                self._problems.append(row.place.at(str(self._columns.annotator)).problem(message))
        if len(votes) < 2:
            return next(iter(votes.values()), first)
        said = tuple(row.labels or () for row in votes.values())
        return replace(first, labels=None, votes=said, annotators=tuple(votes))

    def _document(self, rows: list[_Row]) -> Draft:
        first = rows[0]
        sentences = []
        begin = 0
        for row in rows:
            end = begin + len(row.text)
            if row.is_labelled:
                place = row.place.at(self._columns.text)
                sentences.append(
                    DraftSentence(begin, end, row.labels, place, row.votes, row.annotators)
                )
            begin = end + 1
        identity = first.document or first.id or str(first.place)
        text = "\n".join(row.text for row in rows)
        return Draft(identity, text, tuple(sentences), first.place, self._common(rows))

    def _common(self, rows: list[_Row]) -> dict[str, str]:
        """The metadata that all rows of a document share."""
        first = rows[0]
        names = dict.fromkeys(name for row in rows for name in row.metadata)
        same = {
            name: first.metadata[name]
            for name in names
            if all(row.metadata.get(name) == first.metadata.get(name) for row in rows)
        }
        self._differing |= names.keys() - same.keys()
        return same


def _plain(field: Cell) -> str:
    return (field if isinstance(field, str) else "|".join(field)).strip()


def _same_sentences(rows: Iterable[_Row]) -> list[list[_Row]]:
    """Rows about the same sentence: with the same id, or else the same text in a document."""
    about: dict[tuple[str | None, str], list[_Row]] = {}
    for row in rows:
        about.setdefault((row.document, row.id or row.text), []).append(row)
    return list(about.values())
