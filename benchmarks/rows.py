"""Rows to score: texts that are worth a row, files of them, and the command over such a file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from benchmarks.documents import Documents, sentences
from benchmarks.efforts import Effort
from benchmarks.processes import COMMANDS, Finished, module, run_to_the_end

__all__ = ["readable_sentences", "rows_by_kind", "score_rows", "write_rows"]


def readable_sentences(documents: Documents) -> list[str]:
    """The sentences of all documents that have a letter."""
    return [text for text in sentences(documents.texts) if any(map(str.isalpha, text))]


def rows_by_kind(documents: Documents, effort: Effort) -> dict[str, list[str]]:
    """Short and long rows: single sentences, and documents."""
    return {
        "short: a sentence in each row": readable_sentences(documents)[: effort.least_sentences],
        "long: documents as they are": documents.texts[: effort.documents],
    }


def write_rows(path: Path, texts: Iterable[str]) -> Path:
    """A JSONL file of texts, with their numbers as ids."""
    with path.open("w", encoding="utf-8") as file:
        for place, text in enumerate(texts):
            file.write(json.dumps({"id": str(place), "text": text}) + "\n")
    return path


def score_rows(model: str, source: Path, target: Path, *options: str) -> Finished:
    """Run ``framelens score`` over a file.

    Raises:
        MissingError: it failed.
    """
    words = ("--model", model, "--output", target, *options)
    return run_to_the_end(module(COMMANDS, "score", source, *words))
