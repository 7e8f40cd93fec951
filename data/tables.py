"""Plain tables: a labelled sentence on each row, in columns ``text`` and ``label``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path

from framelens.data.documents import LabelledDocument, LabelledSentence, PlacedDocument
from framelens.data.problems import DataError, Place, Problem
from framelens.data.rows import read_rows
from framelens.data.table_rows import LabelledRow, read_row, together
from framelens.model.scheme import Scheme

__all__ = ["read_table"]

_OPTIONAL = ("votes", "annotator", "id", "document")


class _Documents:
    """Rows by the document and the sentence that they are about."""

    def __init__(self) -> None:
        self.rows: dict[Hashable, tuple[str, dict[Hashable, list[LabelledRow]]]] = {}
        self._seen: Counter[Hashable] = Counter()

    def add(self, identity: str, row: LabelledRow, columns: Iterable[str]) -> None:
        """Take in a row."""
        document, sentence = self._keys(identity, row, columns)
        _, sentences = self.rows.setdefault(document, (identity, {}))
        sentences.setdefault(sentence, []).append(row)

    def _keys(
        self, identity: str, row: LabelledRow, columns: Iterable[str]
    ) -> tuple[Hashable, Hashable]:
        if row.annotator is None:
            return (identity if "document" in columns else row.place), row.place
        if "document" not in columns and "id" in columns:
            return identity, None
        document = identity if "document" in columns else None
        # A text that comes again from the same annotator is another sentence.
        self._seen[document, row.annotator, row.text] += 1
        repeated = row.text, self._seen[document, row.annotator, row.text]
        return (document, repeated) if document else (repeated, None)


def read_table(path: Path, scheme: Scheme, problems: list[Problem]) -> list[PlacedDocument]:
    """Read a table; faulty rows are reported and left out.

    Rows with the same value in the column ``document`` are one document, in the order in
    which they stand, with a newline between them. Without that column each row is a
    document, named by the column ``id`` or else by its file and line. Other columns are left
    alone.

    What several annotators say of a sentence stands in a column ``votes``, or in a row for each
    of them with the name in a column ``annotator``; such rows belong together by document and
    text, or else by ``id``, or else by text.

    Raises:
        DataError: the file cannot be read, or its header is faulty.
    """
    documents = _Documents()
    rows = read_rows(path, ("text", "label"), _OPTIONAL, problems, {"label": "votes"})
    for place, row in rows:
        _check_columns(row, place)
        identity = _identity(row, place, problems)
        labelled = read_row(row, place, scheme, problems)
        if identity and labelled:
            documents.add(identity, labelled, row)
    return [
        _document(identity, [together(each, scheme, problems) for each in sentences.values()])
        for identity, sentences in documents.rows.values()
    ]


def _check_columns(row: Mapping[str, str], place: Place) -> None:
    if {"annotator", "votes"} <= row.keys():
        advice = "a table has one of 'annotator', with a row for each, and 'votes'"
        raise DataError([Place(place.file).at("votes").problem(advice)])


def _identity(row: Mapping[str, str], place: Place, problems: list[Problem]) -> str | None:
    for column in ("document", "id"):
        if column in row:
            if not (value := row[column].strip()):
                problems.append(place.at(column).problem("empty"))
            return value or None
    return str(place)


def _document(identity: str, rows: list[LabelledRow]) -> PlacedDocument:
    sentences = []
    begin = 0
    for row in rows:
        end = begin + len(row.text)
        sentences.append(
            LabelledSentence(begin, end, row.label, row.votes, row.doubtful, row.annotators)
        )
        begin = end + 1
    text = "\n".join(row.text for row in rows)
    first = Place(rows[0].place.file, rows[0].place.line)
    places = tuple(row.place for row in rows)
    return PlacedDocument(LabelledDocument(identity, text, tuple(sentences)), first, places)
