"""Rows and results without a model, and the files that they become."""

from __future__ import annotations

import io
from tempfile import TemporaryFile
from typing import Any

from framelens.model import Document, DocumentResult, Evidence, Frame, SentenceResult, Word
from framelens.serve.bulk.encoder import Encoder
from framelens.serve.bulk.output import OutputForm
from framelens.serve.bulk.passed import Passed
from framelens.serve.bulk.rows import Chunk, Row
from framelens.serve.thresholds import request_thresholds

LABELS = ("calm", "angry")


def scored(text: str, confidence: float = 0.75) -> SentenceResult:
    """A sentence, angry and framed where it ends in an exclamation mark."""
    angry = text.endswith("!")
    scores = dict(zip(LABELS, (1 - confidence, confidence), strict=True))
    if not angry:
        scores = dict(zip(LABELS, (confidence, 1 - confidence), strict=True))
    frame = Frame("loud", 0.5) if angry else None
    evidence = Evidence((Word(0, 2, text[:2], 0.25),), 0.5)
    label = LABELS[angry]
    return SentenceResult(
        0, len(text), text, label, confidence, False, scores, frame, 4, 4, evidence
    )


def a_row(number: int, text: str | None, **columns: Any) -> Row:
    """A row with a document, or without one where there is no text."""
    if text is None:
        return Row("in.jsonl", number, None, fault=f"not JSON at character {number}", raw="{")
    return Row("in.jsonl", number, Document(text, id=f"d{number}"), columns)


def results_of(chunk: Chunk) -> list[DocumentResult]:
    """A result for each document, an error for those that are blank."""
    return [
        DocumentResult(row.document.id, tuple(map(scored, (row.document.text or "").split("|"))))
        if (row.document.text or "").strip()
        else DocumentResult(row.document.id, error="has no character that the model reads")
        for row in chunk.rows
        if row.document
    ]


def written(form: OutputForm, *chunks: list[Row], declared: Any = None) -> bytes:
    """The file that chunks of rows become."""
    rows = [row for rows in chunks for row in rows]
    passed = None if form.format == "jsonl" else Passed.of({"in.jsonl": declared}, rows[:3])
    encoder = Encoder(form, LABELS, request_thresholds(0.8), passed)
    with TemporaryFile() as spool:
        spool.write(encoder.begin())
        for number, given in enumerate(chunks):
            chunk = Chunk(number, given)
            spool.write(encoder.encode(chunk, results_of(chunk)).output)
        spool.seek(0)
        if not encoder.is_spooled:
            return spool.read()
        output = io.BytesIO()
        encoder.finish(spool, output)
        return output.getvalue()
