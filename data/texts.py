"""The texts that stand-off annotations are about, found in a folder."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from framelens.data.parquet import open_parquet
from framelens.data.problems import DataError, Place, Problem

__all__ = ["TextKey", "Texts", "find_texts"]

TextKey: TypeAlias = tuple[str, str]
"""The corpus and the document id of a text."""


@dataclass(frozen=True, slots=True)
class Texts:
    """A folder, and the texts found in it; it may hold several versions of one."""

    folder: Path
    versions: Mapping[TextKey, list[str]]


def find_texts(folder: Path, wanted: Collection[TextKey], problems: list[Problem]) -> Texts:
    """Look for texts in every Parquet and JSONL file that has corpus, doc_id and text.

    Other files in the folder are nobody's business and no problem.
    """
    versions: dict[TextKey, list[str]] = {}
    for path in _files(folder, problems):
        read = _parquet_texts if path.suffix == ".parquet" else _jsonl_texts
        try:
            for key, text in read(path, wanted):
                versions.setdefault(key, []).append(text)
        except DataError as error:
            problems.extend(error.problems)
        except OSError as error:
            problems.append(Place(str(path)).problem(f"cannot read the file: {error.strerror}"))
    return Texts(folder, versions)


def _files(folder: Path, problems: list[Problem]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in (".parquet", ".jsonl"))
    except OSError as error:
        place = Place(str(folder))
        problems.append(place.problem(f"cannot look for texts here: {error.strerror}"))
        return []


def _parquet_texts(path: Path, wanted: Collection[TextKey]) -> Iterator[tuple[TextKey, str]]:
    with open_parquet(path) as file:
        if not {"corpus", "doc_id", "text"} <= set(file.schema_arrow.names):
            return
        for group in range(file.num_row_groups):
            names = file.read_row_group(group, columns=["corpus", "doc_id"])
            keys = zip(names["corpus"].to_pylist(), names["doc_id"].to_pylist(), strict=True)
            rows = {row: key for row, key in enumerate(keys) if key in wanted}
            if rows:
                texts = file.read_row_group(group, columns=["text"])["text"].take(list(rows))
                pairs = zip(rows.values(), texts.to_pylist(), strict=True)
                yield from ((key, text) for key, text in pairs if isinstance(text, str))


def _jsonl_texts(path: Path, wanted: Collection[TextKey]) -> Iterator[tuple[TextKey, str]]:
    with path.open("rb") as file:
        for line in file:
            match _parse(line):
                case {"corpus": str(corpus), "doc_id": str(doc_id), "text": str(text)}:
                    if (corpus, doc_id) in wanted:
                        yield (corpus, doc_id), text


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
