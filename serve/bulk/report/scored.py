"""Scored files, as ``framelens score`` writes them, read back document by document."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from framelens.model import InputError
from framelens.model.scheme import SEPARATOR

__all__ = ["ScoredDocument", "ScoredSentence", "read_scored"]

Record = Mapping[str, Any]

_SCORE = "score_"
"""What columns of scores begin with, in tables whose fields are no objects."""

_COMPRESSED = {".gz", ".zst"}
# The csv module stops at 128 KiB, which is less than a long speech.
_FIELD_LIMIT = 2**31 - 1
_PARQUET_ROWS = 256


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence with what the model said of it."""

    text: str
    label: str
    confidence: float
    review: bool
    frame: str | None
    labels: tuple[str, ...]
    """The labels of the scheme in its order, where the file has their scores."""

    @property
    def each_label(self) -> tuple[str, ...]:
        """The labels to count it for: its one, or all that a multi-label scheme gives it."""
        if self.label in self.labels or not self.labels:
            return (self.label,)
        return tuple(self.label.split(SEPARATOR)) if self.label else ()


@dataclass(frozen=True, slots=True)
class ScoredDocument:
    """A document with its scored sentences."""

    id: str
    language: str | None
    sentences: Sequence[ScoredSentence]
    columns: Record
    """The whole record, or the document's first where it has one for each sentence."""


def read_scored(path: Path) -> Iterator[ScoredDocument]:
    """Read the documents of a file, each when it is asked for.

    JSONL, CSV, TSV and Parquet are told by the suffix, and gzip and zstd of the first three.
    Documents have a record each, with ``sentences``, or one for each sentence, with ``label`` and
    its number, ``sentence``. One that could not be scored is left out.

    Raises:
        InputError: the file is none of these, or a record is not one of ``framelens score``.
        OSError: the file cannot be read.
    """
    whole = str(path)
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    kind = next((suffix for suffix in reversed(suffixes) if suffix not in _COMPRESSED), "")
    if kind not in _READERS:
        known = ", ".join(_READERS)
        raise InputError(f"{whole}: expected a scored file, one of {known} (or .gz, .zst of it)")
    return _documents(_READERS[kind](path), whole)


def _documents(records: Iterable[Record], name: str) -> Iterator[ScoredDocument]:
    for _, (first, *others) in groupby(_numbered(records), itemgetter(0)):
        place = f"{name}: record {first[1]}"
        try:
            document = _document(first[2], [record for *_, record in others], place)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{place}: not what framelens score writes: {error!r}") from error
        if document is not None:
            yield document


def _numbered(records: Iterable[Record]) -> Iterator[tuple[int, int, Record]]:
    """Records with the number of their document and their own."""
    document = 0
    before: Any = None
    for number, record in enumerate(records, 1):
        identity = record.get("id")
        if str(record.get("sentence", 0)) == "0" or identity != before:
            document += 1
        before = identity
        yield document, number, record


def _document(record: Record, others: Sequence[Record], place: str) -> ScoredDocument | None:
    if record.get("error"):
        return None
    if "sentences" not in record and "label" not in record:
        present = ", ".join(map(repr, record))
        raise InputError(f"{place}: has neither 'sentences' nor 'label', only {present}")
    records = _parsed(record["sentences"]) if "sentences" in record else [record, *others]
    identity = record.get("id")
    return ScoredDocument(
        place if identity is None else str(identity),
        _language(record),
        [_sentence(each) for each in records],
        {**record, **_rest(record)},
    )


def _rest(record: Record) -> Record:
    """The columns that tables have no place of their own for."""
    try:
        rest = _parsed(record.get("rest"))
    except ValueError:
        return {}  # It is a column like others.
    return rest if isinstance(rest, Mapping) else {}


def _sentence(record: Record) -> ScoredSentence:
    frame = _parsed(record.get("frame"))
    if isinstance(frame, Mapping):
        frame = frame.get("label")
    scores = record.get("scores") or _score_columns(record)
    return ScoredSentence(
        text=record["text"],
        label=record["label"],
        confidence=float(record["confidence"]),
        review=str(record["review"]).lower() == "true",
        frame=frame or None,
        labels=tuple(scores),
    )


def _score_columns(record: Record) -> list[str]:
    return [name.removeprefix(_SCORE) for name in record if name.startswith(_SCORE)]


def _language(record: Record) -> str | None:
    language = _parsed(record.get("language"))
    return language.get("code") if isinstance(language, Mapping) else language or None


def _parsed(value: Any) -> Any:
    """A value that a table without lists and objects holds as JSON."""
    return json.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else value


def _jsonl(path: Path) -> Iterator[Record]:
    with _lines(path) as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield _object(line, f"{path}:{number}")


def _object(line: str, place: str) -> Record:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{place}: expected an object")
    return content


def _table(delimiter: str) -> Callable[[Path], Iterator[Record]]:
    def read(path: Path) -> Iterator[Record]:
        csv.field_size_limit(_FIELD_LIMIT)
        with _lines(path) as stream:
            try:
                yield from csv.DictReader(stream, delimiter=delimiter, strict=True)
            except csv.Error as error:
                raise InputError(f"{path}: not a table: {error}") from error

    return read


def _parquet(path: Path) -> Iterator[Record]:
    import pyarrow
    from pyarrow import parquet

    try:
        with path.open("rb") as source, parquet.ParquetFile(source) as file:
            for batch in file.iter_batches(_PARQUET_ROWS):
                yield from batch.to_pylist()
    except pyarrow.ArrowException as error:
        raise InputError(f"{path}: cannot read the Parquet file: {error}") from error


def _lines(path: Path) -> TextIOWrapper:
    import pyarrow

    with path.open("rb"):
        pass  # For its error, which has the file's name.
    stream = pyarrow.input_stream(str(path), compression="detect")
    return TextIOWrapper(stream, "utf-8-sig", errors="replace", newline="")


_READERS: dict[str, Callable[[Path], Iterator[Record]]] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".csv": _table(","),
    ".tsv": _table("\t"),
    ".parquet": _parquet,
}
