"""The file that says where each corpus is public, and under which terms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from framelens.data.fetching.candidates import KINDS
from framelens.data.problems import DataError, Place
from framelens.data.records import Record
from framelens.data.utf8 import read_utf8
from framelens.model.errors import one_of

__all__ = ["Source", "read_sources"]

COMMIT = re.compile("[0-9a-f]{40}")
IN_REPOSITORY = ("repository", "commits", "files", "texts")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the texts of a corpus are, and what is stated about their licence.

    ``archives`` are the addresses of a repository's files at a commit, or at several where no
    single one has all of them, and ``files`` are patterns of the paths in them. ``texts`` is a
    key of :data:`~framelens.data.fetching.candidates.KINDS`, and whatever the regular
    expressions ``remove`` match is cut from each text. Of a corpus that no known repository
    holds, there are no archives, and ``obtain`` says how else to come by it.
    """

    about: str
    licence: str
    archives: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    texts: str = "file"
    remove: tuple[str, ...] = ()
    obtain: str = ""


def read_sources(path: str | Path) -> dict[str, Source]:
    """Read the sources of corpora, by the corpus, from YAML.

    The file has ``archive``, the address of a repository's archive with ``{repository}`` and
    ``{commit}`` in it, and ``corpora``: each with ``about``, ``licence`` and either ``obtain``
    or ``repository``, ``commits``, ``files``, ``texts`` and, if need be, ``remove``.

    Raises:
        DataError: the file cannot be read or contradicts itself; all that is wrong is named.
    """
    record = _read(Path(path))
    record.check_names(("archive", "corpora"))
    archive = record.text("archive") or ""
    corpora = record.get("corpora", dict) or {}
    place = record.place.at("corpora")
    sources = {
        name: _source(_child(each, place.at(str(name)), record), archive)
        for name, each in corpora.items()
    }
    if record.problems:
        raise DataError(record.problems)
    return sources


def _read(path: Path) -> Record:
    place = Place(str(path))
    try:
        # Every scalar stays text: a commit may be all digits.
        content = yaml.load(read_utf8(path), Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise DataError([place.problem(f"not a YAML file: {error}")]) from error
    if not isinstance(content, dict):
        raise DataError([place.problem("expected archive and corpora")])
    return Record(content, place, [])


def _child(content: Any, place: Place, parent: Record) -> Record:
    if not isinstance(content, Mapping):
        parent.problems.append(place.problem("expected an object"))
        content = {"about": "?", "licence": "?", "obtain": "?"}
    return Record(content, place, parent.problems)


def _source(record: Record, archive: str) -> Source:
    described = (record.text("about") or "", record.text("licence") or "")
    if "obtain" in record.fields:
        record.check_names(("about", "licence", "obtain"))
        return Source(*described, obtain=record.text("obtain") or "")
    record.check_names(("about", "licence", *IN_REPOSITORY), ("remove",))
    kind = record.text("texts") or "file"
    if kind not in KINDS:
        record.report("texts", f"unknown kind; use {one_of(KINDS)}")
    archives = _archives(record, archive)
    return Source(*described, archives, _texts(record, "files"), kind, _patterns(record))


def _archives(record: Record, archive: str) -> tuple[str, ...]:
    address = archive.replace("{repository}", record.text("repository") or "")
    commits = _texts(record, "commits")
    for commit in commits:
        if not COMMIT.fullmatch(commit):
            message = f"expected the 40 hexadecimal digits of a commit, found {commit!r}"
            record.report("commits", message)
    return tuple(address.replace("{commit}", commit) for commit in commits)


def _texts(record: Record, name: str) -> tuple[str, ...]:
    values = record.get(name, list) or []
    if not all(isinstance(value, str) for value in values):
        record.report(name, "expected a list of texts")
        return ()
    return tuple(values)


def _patterns(record: Record) -> tuple[str, ...]:
    patterns = _texts(record, "remove")
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            record.report("remove", f"not a regular expression: {pattern!r}: {error}")
    return patterns
