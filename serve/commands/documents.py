"""Documents read from files as a stream, so that memory does not grow with the input."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from framelens.model import Document, InputError
from framelens.serve.commands.rows import DELIMITERS, Columns, read_rows
from framelens.serve.commands.source import Source

__all__ = ["InputFormat", "in_groups", "read_documents"]

InputFormat: TypeAlias = Literal["auto", "text", "jsonl", "csv", "tsv"]

GROUP_DOCUMENTS = 64
GROUP_CHARACTERS = 200_000

_SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv"}


def read_documents(
    files: Sequence[str], input_format: InputFormat = "auto", columns: Columns | None = None
) -> Iterator[Document]:
    """Read the documents of files one after the other, each when it is asked for.

    A text file is one document with the file's name as its id. A row or line without an id
    is called by its place, ``file:line``.

    Args:
        files: paths; ``-`` is standard input.
        input_format: of all files; ``auto`` goes by each file's suffix, text for others.
        columns: where tables hold text and id.

    Raises:
        InputError: a file is empty or not what its format says; the message has the place.
        OSError: a file cannot be read.
    """
    for file in files:
        source = Source(file)
        documents = _read(source, input_format, columns or Columns())
        first = next(documents, None)
        if first is None:
            raise InputError(f"{source.name}: holds no document")
        yield first
        yield from documents


def in_groups(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Consecutive documents that are worth scoring together, few enough to hold in memory."""
    group: list[Document] = []
    characters = 0
    for document in documents:
        length = document.code_points
        if len(group) == GROUP_DOCUMENTS or (group and characters + length > GROUP_CHARACTERS):
            yield group
            group, characters = [], 0
        group.append(document)
        characters += length
    if group:
        yield group


def _read(source: Source, input_format: InputFormat, columns: Columns) -> Iterator[Document]:
    kind: str = input_format
    if kind == "auto":
        kind = _SUFFIXES.get(Path(source.path).suffix.lower(), "text")
    if kind == "jsonl":
        return _lines(source)
    if kind in DELIMITERS:
        return read_rows(source, DELIMITERS[kind], columns)
    return iter([Document("".join(source.lines()), id=source.name)])


def _lines(source: Source) -> Iterator[Document]:
    for number, line in enumerate(source.lines(), 1):
        if line.strip():
            yield _document(line.rstrip(), f"{source.name}:{number}")


def _document(line: str, place: str) -> Document:
    content = _object(line, place)
    text, sentences, identity = (content.get(name) for name in ("text", "sentences", "id"))
    if (text is None) == (sentences is None):
        raise InputError(f"{place}: give either 'text' or 'sentences'")
    if text is not None and not isinstance(text, str):
        raise InputError(f"{place}: text: expected text")
    if sentences is not None and not _is_texts(sentences):
        raise InputError(f"{place}: sentences: expected a list of texts")
    return Document(text, sentences, place if identity is None else _id(identity, place))


def _object(line: str, place: str) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{place}:{error.colno}: not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: not JSON that can be read: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{place}: expected an object with 'text' or 'sentences'")
    return content


def _id(value: Any, place: str) -> str:
    # Not isinstance: true is no number here.
    if type(value) not in (str, int):
        raise InputError(f"{place}: id: expected text or a whole number")
    identity = str(value)
    if any("\ud800" <= character <= "\udfff" for character in identity):
        raise InputError(f"{place}: id: has half of a surrogate pair")
    return identity


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
