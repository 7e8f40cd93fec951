"""Results as lines of JSON and as rows of CSV and TSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from framelens.serve.answers import DocumentAnswer, SentenceAnswer
from framelens.serve.bulk.output import OutputForm
from framelens.serve.bulk.plain import json_text, text_of
from framelens.serve.bulk.rows import Row

if TYPE_CHECKING:
    from framelens.serve.bulk.passed import Passed

__all__ = ["JsonShape", "Scored", "Shape", "TableShape", "renamed"]

Scored: TypeAlias = tuple[Row, DocumentAnswer]
"""A row and its answer, which is no error."""

_DELIMITERS = {"csv": ",", "tsv": "\t"}


class Shape(Protocol):
    """How results stand in a file."""

    def begin(self) -> bytes:
        """What stands before all results."""

    def encode(self, scored: Sequence[Scored]) -> bytes:
        """Some results; the file is the beginning and such bytes in a row."""


class JsonShape:
    """An object in each line, as the HTTP service answers it, and the row's columns after that.

    Of an exploded document, each line has the answer's ``id`` and ``language``, the number of
    the sentence from 0, and what the service says of it.
    """

    def __init__(self, explode: bool) -> None:
        self._explode = explode
        self._taken = {*(_SENTENCE_FIELDS if explode else DocumentAnswer.model_fields)}

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def encode(self, scored: Sequence[Scored]) -> bytes:
        """The lines of some results."""
        # Half of a surrogate pair in a column becomes the escape that JSON has for it.
        return "".join(self._lines(scored)).encode(errors="backslashreplace")

    def _lines(self, scored: Iterable[Scored]) -> Iterator[str]:
        for row, answer in scored:
            columns = json_text(renamed(row.columns, self._taken))[1:-1]
            rest = f",{columns}}}\n" if columns else "}\n"
            if not self._explode:
                yield answer.model_dump_json()[:-1] + rest
                continue
            shared = answer.model_dump_json(include={"id", "language"})[1:-1]
            for number, sentence in enumerate(answer.sentences):
                yield f'{{{shared},"sentence":{number},{sentence.model_dump_json()[1:-1]}{rest}'


_SENTENCE_FIELDS = ("id", "language", "sentence", *SentenceAnswer.model_fields)


class TableShape:
    """A row of fields for each document or sentence, below a header, and the row's columns.

    What is an object in an answer has a column for each part of it; the sentences of a document
    that is one row stand in it as JSON, beside the counts of their labels.
    """

    def __init__(self, form: OutputForm, labels: Sequence[str], passed: Passed) -> None:
        self._form = form
        self._labels = labels
        self._passed = passed
        self._header = [*self._shared_names(), *self._own_names()]
        self._names = [*renamed(dict.fromkeys(passed.names), self._header)]

    def begin(self) -> bytes:
        """The header."""
        return self._written([[*self._header, *self._names]])

    def encode(self, scored: Sequence[Scored]) -> bytes:
        """The rows of some results."""
        return self._written(self._rows(scored))

    def _rows(self, scored: Iterable[Scored]) -> Iterator[list[str]]:
        for row, answer in scored:
            columns = self._passed.texts(row.columns)
            shared = [answer.id, *_parts(answer.language, ("code", "share", "supported"))]
            own = enumerate(answer.sentences) if self._form.explode else ()
            for number, sentence in own:
                fields = [*shared, number, *self._sentence(sentence)]
                yield [*map(text_of, fields), *columns]
            if not self._form.explode:
                yield [*map(text_of, [*shared, *self._document(answer)]), *columns]

    def _shared_names(self) -> list[str]:
        return ["id", "language", "language_share", "language_supported"]

    def _own_names(self) -> list[str]:
        if not self._form.explode:
            counts = [f"count_{label}" for label in self._labels]
            return ["tokens", "tokens_scored", "truncated", *counts, "count_review", "sentences"]
        scores = [f"score_{label}" for label in self._labels]
        frame = ["frame", "frame_confidence", "tokens", "tokens_scored"]
        evidence = ["evidence"] if self._form.evidence else []
        return ["sentence", *_PLAIN, *scores, *frame, *evidence]

    def _document(self, answer: DocumentAnswer) -> list[Any]:
        labels = [sentence.label for sentence in answer.sentences]
        counts = [labels.count(label) for label in self._labels]
        review = sum(sentence.review for sentence in answer.sentences)
        sentences = [sentence.model_dump_json() for sentence in answer.sentences]
        tokens = (answer.tokens, answer.tokens_scored, answer.truncated)
        return [*tokens, *counts, review, f"[{','.join(sentences)}]"]

    def _sentence(self, sentence: SentenceAnswer) -> list[Any]:
        evidence = sentence.evidence and sentence.evidence.model_dump_json()
        return [
            *_parts(sentence, _PLAIN),
            *(sentence.scores[label] for label in self._labels),
            *_parts(sentence.frame, ("label", "confidence")),
            sentence.tokens,
            sentence.tokens_scored,
            *([evidence] if self._form.evidence else []),
        ]

    def _written(self, rows: Iterable[Sequence[str]]) -> bytes:
        stream = io.StringIO()
        delimiter = _DELIMITERS[self._form.format]
        csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(rows)
        return stream.getvalue().encode(errors="backslashreplace")


_PLAIN = ("begin", "end", "text", "label", "confidence", "review", "follows", "follows_from")


def _parts(message: Any, names: Iterable[str]) -> list[Any]:
    """Fields of a message; of none, nothing as often."""
    return [getattr(message, name, None) for name in names]


def renamed(columns: Mapping[str, Any], taken: Collection[str]) -> dict[str, Any]:
    """The columns under their own names, or, where one is taken, with ``input_`` before it."""
    free: dict[str, Any] = {}
    for name, value in columns.items():
        own = name
        while own in taken or own in free or (own != name and own in columns):
            own = f"input_{own}"
        free[own] = value
    return free
