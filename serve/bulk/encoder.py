"""Results of a chunk as the bytes that are appended to the files of a run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

from framelens.model import DocumentResult
from framelens.serve.answers import DocumentAnswer, SentenceAnswer
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.output import OutputForm, compressed
from framelens.serve.bulk.plain import json_text, renamed
from framelens.serve.bulk.rows import Chunk, Row
from framelens.serve.bulk.shapes import JsonShape, Scored, Shape, TableShape
from framelens.serve.bulk.tally import BINS, Tally
from framelens.serve.thresholds import ThresholdSet

if TYPE_CHECKING:
    from framelens.serve.bulk.passed import Passed

__all__ = ["Encoder"]


@dataclass(frozen=True)
class Encoder:
    """Makes of chunks and their results what is written, the same bytes of the same chunk.

    It can be pickled.

    Args:
        form: of the output.
        labels: of the scheme, in order.
        thresholds: what says what follows from a sentence's scores.
        passed: the columns of tables; None for JSONL, whose rows have what they have.
        multi_label: whether a sentence may have several of the labels.
    """

    form: OutputForm
    labels: tuple[str, ...]
    thresholds: ThresholdSet
    passed: Passed | None = None
    multi_label: bool = False

    @property
    def is_spooled(self) -> bool:
        """Whether the bytes are no file yet but what :meth:`finish` makes one of."""
        return self.form.format == "parquet"

    def begin(self) -> bytes:
        """What stands before the first chunk: a header, a schema, or an empty member."""
        return self._compressed(self._shape.begin())

    def encode(self, chunk: Chunk, results: Iterable[DocumentResult]) -> EncodedChunk:
        """What a chunk adds to the files.

        Args:
            chunk: the rows.
            results: one for each row that has a document, in order.
        """
        remaining = iter(results)
        tally = Tally(rows=len(chunk.rows))
        scored: list[Scored] = []
        errors: list[bytes] = []
        for row in chunk.rows:
            result = next(remaining) if row.document else DocumentResult(row.id, error=row.fault)
            if result.error is None:
                document = DocumentAnswer.without_sentences(result)
                tally.tokens += document.tokens
                tally.languages[document.language.code if document.language else "und"] += 1
                scored.append(Scored(row, document, self._sentences(result, tally)))
            else:
                errors.append(_error_line(row, result.error))
                tally.failed += 1
                tally.faults[_kind(result.error)] += 1
        output = self._compressed(self._shape.encode(scored)) if scored else b""
        return EncodedChunk(chunk.number, output, b"".join(errors), tally)

    def finish(self, spool: BinaryIO, output: BinaryIO) -> None:
        """Write the file that is spooled: all that was to be appended, from the beginning.

        Memory does not grow with it.
        """
        from framelens.serve.bulk.arrow import write_parquet

        write_parquet(spool, output, self.form.compression)

    def _sentences(self, result: DocumentResult, tally: Tally) -> Iterator[SentenceAnswer]:
        """The answers to a document's sentences, each counted when its turn comes."""
        for each in result.sentences:
            answer = SentenceAnswer.of(each, self.thresholds)
            tally.sentences += 1
            tally.review += answer.review
            tally.labels.update(answer.each_label)
            tally.confidence[min(int(answer.confidence * BINS), BINS - 1)] += 1
            yield answer

    @cached_property
    def _shape(self) -> Shape:
        if self.passed is None:
            return JsonShape(self.form.explode, self.multi_label)
        if self.form.format == "parquet":
            from framelens.serve.bulk.arrow import ArrowShape

            return ArrowShape(self.form, self.labels, self.passed, self.multi_label)
        return TableShape(self.form, self.labels, self.passed)

    def _compressed(self, content: bytes) -> bytes:
        return content if self.is_spooled else compressed(content, self.form.compression)


def _error_line(row: Row, reason: str) -> bytes:
    document = row.document
    content: Any = row.raw
    if document is not None:
        text = {"text": document.text, "sentences": document.sentences}
        given = {"id": document.id, **{key: each for key, each in text.items() if each is not None}}
        content = {**given, **renamed(row.columns, given)}
    line = {
        "source": row.source,
        "line": row.number,
        "id": row.id if document is None else document.id,
        "reason": reason,
        "row": content,
    }
    # Half of a surrogate pair becomes the escape that JSON has for it.
    return json_text(line).encode(errors="backslashreplace") + b"\n"


def _kind(reason: str) -> str:
    """A reason without its numbers: there are few of them, however many rows fail."""
    return re.sub(r"0x[0-9a-f]+|\d+", "…", reason)
