"""Results as lines of JSON and as rows of CSV and TSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from framelens.serve.answers import DocumentAnswer, SentenceAnswer, json_pieces
from framelens.serve.bulk.output import OutputForm
from framelens.serve.bulk.plain import json_text, renamed, text_of
from framelens.serve.bulk.rows import Row

if TYPE_CHECKING:
    from framelens.serve.bulk.passed import Passed

__all__ = ["JsonShape", "Scored", "Shape", "TableShape"]


@dataclass(frozen=True, slots=True)
class Scored:
    """A row and its answer, which is no error.

    ``sentences`` can be gone through once: those of a long document are never all there.
    """

    row: Row
    document: DocumentAnswer
    """Without its sentences."""
    sentences: Iterator[SentenceAnswer]


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

    def __init__(self, explode: bool, multi_label: bool = False) -> None:
        self._explode = explode
        self._taken = {*(_SENTENCE_FIELDS if explode else DocumentAnswer.model_fields)}
        if not multi_label:
            self._taken -= {*_OF_SEVERAL}

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def encode(self, scored: Sequence[Scored]) -> bytes:
        """The lines of some results."""
        # Half of a surrogate pair in a column becomes the escape that JSON has for it.
        return "".join(self._lines(scored)).encode(errors="backslashreplace")

    def _lines(self, scored: Iterable[Scored]) -> Iterator[str]:
        for each in scored:
            columns = json_text(renamed(each.row.columns, self._taken))[1:-1]
            rest = f",{columns}}}\n" if columns else "}\n"
            if not self._explode:
                yield "".join(json_pieces(each.document, each.sentences))[:-1] + rest
                continue
            shared = each.document.model_dump_json(include={"id", "language"})[1:-1]
            for number, sentence in enumerate(each.sentences):
                own = sentence.model_dump_json()[1:-1]
                yield f'{{{shared},"sentence":{number},{own}{rest}'


_OF_SEVERAL = ("labels", "label_evidence")
"""Fields that only sentences of a multi-label scheme have."""

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
        self._names = passed.names(self._header)

    def begin(self) -> bytes:
        """The header."""
        return self._written([[*self._header, *self._names]])

    def encode(self, scored: Sequence[Scored]) -> bytes:
        """The rows of some results."""
        return self._written(self._rows(scored))

    def _rows(self, scored: Iterable[Scored]) -> Iterator[list[str]]:
        for each in scored:
            columns = self._passed.texts(each.row.columns)
            language = _parts(each.document.language, ("code", "share", "supported"))
            shared = [each.document.id, *language]
            own = enumerate(each.sentences) if self._form.explode else ()
            for number, sentence in own:
                fields = [*shared, number, *self._sentence(sentence)]
                yield [*map(text_of, fields), *columns]
            if not self._form.explode:
                yield [*map(text_of, [*shared, *self._document(each)]), *columns]

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

    def _document(self, scored: Scored) -> list[Any]:
        counts = dict.fromkeys(self._labels, 0)
        review = 0
        sentences = []
        for sentence in scored.sentences:
            for label in sentence.each_label:
                counts[label] += 1
            review += sentence.review
            sentences.append(sentence.model_dump_json())
        document = scored.document
        tokens = (document.tokens, document.tokens_scored, document.truncated)
        return [*tokens, *counts.values(), review, f"[{','.join(sentences)}]"]

    def _sentence(self, sentence: SentenceAnswer) -> list[Any]:
        return [
            *_parts(sentence, _PLAIN),
            *(sentence.scores[label] for label in self._labels),
            *_parts(sentence.frame, ("label", "confidence")),
            sentence.tokens,
            sentence.tokens_scored,
            *([_evidence(sentence)] if self._form.evidence else []),
        ]

    def _written(self, rows: Iterable[Sequence[str]]) -> bytes:
        stream = io.StringIO()
        delimiter = _DELIMITERS[self._form.format]
        csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(rows)
        return stream.getvalue().encode(errors="backslashreplace")


_PLAIN = ("begin", "end", "text", "label", "confidence", "review", "follows", "follows_from")


def _evidence(sentence: SentenceAnswer) -> str | None:
    if sentence.label_evidence is not None:
        return json_text(
            {name: each.model_dump() for name, each in sentence.label_evidence.items()}
        )
    return sentence.evidence.model_dump_json() if sentence.evidence else None


def _parts(message: Any, names: Iterable[str]) -> list[Any]:
    """Fields of a message; of none, nothing as often."""
    return [getattr(message, name, None) for name in names]
