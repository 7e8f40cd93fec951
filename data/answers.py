"""What a model answered, read from a file: `framelens score`'s output, or a table by any tool."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from framelens.data.documents import LabelledDocument, LabelledSentence
from framelens.data.problems import DataError, Place, Problem
from framelens.data.records import Record, read_records
from framelens.data.rows import read_rows
from framelens.model.errors import SchemeError, one_of
from framelens.model.scheme import Scheme

__all__ = ["Answers", "read_answers"]

_TABLES = (".csv", ".tsv", ".parquet")


@dataclass(frozen=True, slots=True)
class _Answer:
    """The public labels of code points ``begin:end``; of the whole document where both are None."""

    begin: int | None
    end: int | None
    labels: tuple[int, ...]

    def shared(self, sentence: LabelledSentence) -> int:
        """How many characters of a sentence it is about."""
        if self.begin is None or self.end is None:
            return sentence.end - sentence.begin
        return min(self.end, sentence.end) - max(self.begin, sentence.begin)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one file, by the documents' ids."""

    path: Path
    documents: dict[str, list[_Answer]]

    def labels(self, documents: list[LabelledDocument]) -> list[tuple[int, ...]]:
        """The public labels of each labelled sentence, as their positions in the scheme.

        A sentence that was cut otherwise has the answer of the part that shares most with it.

        Raises:
            DataError: a document or a sentence of it has no answer.
        """
        labels: list[tuple[int, ...]] = []
        problems: list[Problem] = []
        place = Place(str(self.path))
        for document in documents:
            answers = self.documents.get(document.id, [])
            if not answers:
                problems.append(place.problem(f"no answer for document {document.id!r}"))
                continue
            for sentence in document.sentences:
                best = max(answers, key=lambda answer: answer.shared(sentence))
                labels.append(best.labels)
                if best.shared(sentence) <= 0:
                    span = f"{sentence.begin}:{sentence.end}"
                    message = f"no answer for {span} of document {document.id!r}"
                    problems.append(place.problem(message))
        if problems:
            raise DataError(problems)
        return labels


def read_answers(path: Path, scheme: Scheme) -> Answers:
    """Read what a model answered.

    A line of JSON has an ``id``, and ``sentences`` with ``begin``, ``end`` and ``label`` each, or
    one sentence's own; a row of a table has the columns ``id`` and ``label``, with ``begin`` and
    ``end`` where a document has several sentences. A label may be public or a leaf, which
    stands for its public one; of a multi-label scheme all stand in ``angry|sad``, none in an
    empty text. What else stands there is left alone.

    Raises:
        DataError: something is wrong in the file; it names everything.
    """
    problems: list[Problem] = []
    documents: dict[str, list[_Answer]] = {}
    first: dict[tuple[str, int | None, int | None], Place] = {}
    for identity, item in _items(path, problems):
        answer = _answer(item, scheme)
        if answer is None:
            continue
        key = identity, answer.begin, answer.end
        if key in first:
            problems.append(item.place.problem(f"is answered already in {first[key]}"))
        first.setdefault(key, item.place)
        documents.setdefault(identity, []).append(answer)
    if not documents and not problems:
        problems.append(Place(str(path)).problem("holds no answer"))
    if problems:
        raise DataError(problems)
    return Answers(path, documents)


def _items(path: Path, problems: list[Problem]) -> Iterator[tuple[str, Record]]:
    """Each answer of a file with the id of its document."""
    suffix = path.suffix.lower()
    if suffix in _TABLES:
        for place, row in read_rows(path, ("id", "label"), ("begin", "end"), problems):
            record = Record(_numbers(row), place, problems)
            if identity := record.text("id"):
                yield identity, record
    elif suffix in (".jsonl", ".ndjson"):
        for record in read_records(path, problems):
            if "id" not in record.fields:
                record.report("id", "field is missing")
            elif identity := record.text("id"):
                items = record.records("sentences") if "sentences" in record.fields else [record]
                yield from ((identity, item) for item in items)
    else:
        known = one_of((".jsonl", ".ndjson", *_TABLES))
        raise DataError([Place(str(path)).problem(f"unknown kind of file; use {known}")])


def _numbers(row: dict[str, str]) -> dict[str, str | int]:
    """A row of a table with its places as numbers, where they are some; empty ones are none."""
    return {
        name: int(value) if name in ("begin", "end") and value.isdecimal() else value
        for name, value in row.items()
        if value or name not in ("begin", "end")
    }


def _answer(item: Record, scheme: Scheme) -> _Answer | None:
    if "label" not in item.fields:
        item.report("label", "field is missing")
    begin, end = item.get("begin", int), item.get("end", int)
    name = item.get("label", str) if scheme.multi_label else item.text("label")
    if name is None:
        return None
    try:
        labels = _public_labels(name, scheme)
    except SchemeError:
        known = one_of(dict.fromkeys((*scheme.label_names, *scheme.leaf_names)))
        item.report("label", f"unknown label {name!r}; known are {known}")
        return None
    if (begin is None) != (end is None):
        item.problems.append(item.place.problem("has only one of 'begin' and 'end'"))
        return None
    return _Answer(begin, end, labels)


def _public_labels(name: str, scheme: Scheme) -> tuple[int, ...]:
    """Positions of the public labels that a text names.

    Raises:
        SchemeError: the scheme has no such label, or one is named twice.
    """
    if name in scheme.label_names:
        return (scheme.label_names.index(name),)
    leaves = scheme.leaf_indices(name)
    return tuple(scheme.label_names.index(scheme.leaves[leaf].label) for leaf in leaves)
