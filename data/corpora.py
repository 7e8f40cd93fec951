"""Corpora, read from files of any of the formats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from framelens.data.document_lines import read_documents
from framelens.data.documents import Corpus, PlacedDocument
from framelens.data.problems import DataError, Place, Problem
from framelens.data.records import read_records
from framelens.data.standoff import StandoffFile, is_standoff
from framelens.data.tables import read_table
from framelens.data.texts import Texts, find_texts
from framelens.model.errors import one_of
from framelens.model.scheme import Scheme

__all__ = ["FilePath", "Reading", "read_corpus", "read_files"]

FilePath: TypeAlias = str | Path

_TABLES = (".csv", ".tsv", ".parquet")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the documents of each file, and everything wrong with the files.

    A document is here without its faulty parts, so that the rest of it can be checked too.
    """

    files: list[list[PlacedDocument]]
    problems: list[Problem]


def read_corpus(paths: Iterable[FilePath], scheme: Scheme, texts: FilePath | None = None) -> Corpus:
    """Read labelled documents from files.

    The suffix and the first line tell the format: documents or stand-off annotations in
    JSONL, or a table in CSV, TSV or Parquet. Labels may be the names of leaves or the
    annotators' codes; the documents hold names.

    Args:
        paths: the files, in the order in which the corpus holds their documents.
        scheme: the label scheme that knows the labels.
        texts: the folder that holds the texts of stand-off annotations.

    Raises:
        DataError: something is wrong in one of the files; it names everything.
    """
    reading = read_files(list(paths), scheme, texts)
    if reading.problems:
        raise DataError(reading.problems)
    return [placed.document for placed in chain.from_iterable(reading.files)]


def read_files(paths: list[FilePath], scheme: Scheme, texts: FilePath | None = None) -> Reading:
    """Read files as :func:`read_corpus` does, and keep what is right with what is wrong."""
    problems: list[Problem] = []
    contents = [_open(Path(path), scheme, problems) for path in paths]
    # One search for all files: a folder of texts may be large.
    found = _find_texts(contents, texts, problems)
    files = [
        content.documents(found, scheme) if isinstance(content, StandoffFile) else content
        for content in contents
    ]
    faulty = {problem.file for problem in problems}
    for path, documents in zip(paths, files, strict=True):
        if not documents and str(path) not in faulty:
            problems.append(Place(str(path)).problem("holds no document"))
    problems += _repeated_ids(chain.from_iterable(files))
    return Reading(files, _in_order(problems, paths))


def _open(
    path: Path, scheme: Scheme, problems: list[Problem]
) -> StandoffFile | list[PlacedDocument]:
    try:
        return _read_file(path, scheme, problems)
    except DataError as error:
        problems.extend(error.problems)
        return []


def _read_file(
    path: Path, scheme: Scheme, problems: list[Problem]
) -> StandoffFile | list[PlacedDocument]:
    suffix = path.suffix.lower()
    if suffix in _TABLES:
        return read_table(path, scheme, problems)
    place = Place(str(path))
    if suffix != ".jsonl":
        known = one_of((".jsonl", *_TABLES))
        raise DataError([place.problem(f"unknown kind of file; use {known}")])
    records = read_records(path, problems)
    if is_standoff(records):
        return StandoffFile(place, records, problems)
    return read_documents(records, scheme)


def _find_texts(
    contents: list[StandoffFile | list[PlacedDocument]],
    folder: FilePath | None,
    problems: list[Problem],
) -> Texts | None:
    standoff = [content for content in contents if isinstance(content, StandoffFile)]
    if folder is None or not standoff:
        return None
    wanted = {key for content in standoff for key in content.wanted()}
    return find_texts(Path(folder), wanted, problems)


def _repeated_ids(documents: Iterable[PlacedDocument]) -> list[Problem]:
    first: dict[str, Place] = {}
    problems = []
    for placed in documents:
        identity = placed.document.id
        if identity in first:
            message = f"document id {identity!r} stands also in {first[identity]}"
            problems.append(placed.place.problem(message))
        else:
            first[identity] = placed.place
    return problems


def _in_order(problems: list[Problem], paths: list[FilePath]) -> list[Problem]:
    order = {str(path): position for position, path in enumerate(paths)}
    return sorted(problems, key=lambda problem: (order.get(problem.file, -1), problem.line or 0))
