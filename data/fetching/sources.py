"""The file that says where each corpus is public, and under which terms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from framelens.data.fetching.candidates import KINDS
from framelens.data.problems import DataError
from framelens.data.records import Record, read_yaml_record
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
    record = read_yaml_record(Path(path), ("archive", "corpora"))
    archive = record.text("archive") or ""
    sources = {name: _source(each, archive) for name, each in record.children("corpora")}
    if record.problems:
        raise DataError(record.problems)
    return sources


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
    return Source(*described, archives, record.texts("files"), kind, _patterns(record))


def _archives(record: Record, archive: str) -> tuple[str, ...]:
    address = archive.replace("{repository}", record.text("repository") or "")
    commits = record.texts("commits")
    for commit in commits:
        if not COMMIT.fullmatch(commit):
            message = f"expected the 40 hexadecimal digits of a commit, found {commit!r}"
            record.report("commits", message)
    return tuple(address.replace("{commit}", commit) for commit in commits)


def _patterns(record: Record) -> tuple[str, ...]:
    patterns = record.texts("remove")
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            record.report("remove", f"not a regular expression: {pattern!r}: {error}")
    return patterns
