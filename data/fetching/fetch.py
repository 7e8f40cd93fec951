"""Texts by the hashes that annotations name, from a folder or from public repositories."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from framelens.data.fetching.archives import ArchiveError, files_in
from framelens.data.fetching.candidates import candidates
from framelens.data.fetching.sources import Source
from framelens.data.problems import DataError, Problem
from framelens.data.records import Record, read_records
from framelens.data.texts import TextKey, find_texts

__all__ = ["Fetched", "fetch_texts", "write_found"]

Wanted: TypeAlias = Mapping[str, Mapping[str, set[str]]]
"""By corpus and sha256: the ids of the documents that have this text."""

Found: TypeAlias = defaultdict[str, dict[str, str]]
"""By corpus and sha256: the text."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """How many documents of a corpus have their text now, which have none, and why."""

    corpus: str
    found: int
    missing: tuple[str, ...]
    reason: str = ""


def fetch_texts(
    annotations: Iterable[Path],
    out: Path,
    sources: Mapping[str, Source],
    mirror: Path | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> list[Fetched]:
    """Gather the texts that stand-off annotations are about, as ``CORPUS.jsonl`` in a folder.

    A text that the folder has already is not looked for again.

    Args:
        annotations: files of stand-off annotations.
        out: the folder, which is made where there is none.
        sources: where each corpus is public.
        mirror: a folder whose Parquet and JSONL files have ``corpus``, ``doc_id`` and
            ``text``, in which to look instead.
        announce: told which archive is fetched next.

    Returns:
        What was found, by corpus in the order of their names.

    Raises:
        DataError: the annotations or a file of a folder cannot be read.
    """
    wanted = _wanted(annotations)
    out.mkdir(parents=True, exist_ok=True)
    found: Found = defaultdict(dict)
    reasons = dict.fromkeys(wanted, "")
    had = _look_in(out, wanted, found)
    if mirror is not None:
        _look_in(mirror, wanted, found)
    for corpus in wanted:
        if mirror is not None:
            reasons[corpus] = f"not in {mirror}, or with another hash"
        elif wanted[corpus].keys() - found[corpus].keys():
            reasons[corpus] = _fetch(sources.get(corpus), wanted[corpus], found[corpus], announce)
        _append(out / f"{corpus}.jsonl", _lines(corpus, wanted[corpus], found[corpus], had))
    return [_result(corpus, wanted, found, reasons[corpus]) for corpus in sorted(wanted)]


def write_found(
    annotations: Iterable[Path], results: Iterable[Fetched], folder: Path
) -> list[Path]:
    """Write the annotations whose texts were found, as files of the same names in a folder.

    Returns:
        The files; there is none for annotations of which no text was found.
    """
    missing = {(each.corpus, identity) for each in results for identity in each.missing}
    kept: defaultdict[str, list[str]] = defaultdict(list)
    for path in annotations:
        for record in read_records(path, []):
            if (record.fields["corpus"], record.fields["doc_id"]) not in missing:
                kept[path.name].append(json.dumps(dict(record.fields), ensure_ascii=False) + "\n")
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in kept.items():
        (folder / name).write_text("".join(lines), encoding="utf-8", newline="\n")
    return [folder / name for name in kept]


def _wanted(annotations: Iterable[Path]) -> Wanted:
    problems: list[Problem] = []
    wanted: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in annotations:
        for record in read_records(path, problems):
            corpus, identity, digest = _key(record)
            wanted[corpus][digest].add(identity)
    if problems:
        raise DataError(problems)
    return wanted


def _key(record: Record) -> tuple[str, str, str]:
    names = ("corpus", "doc_id", "sha256")
    for name in names:
        if name not in record.fields:
            record.report(name, "field is missing: these are no stand-off annotations")
    corpus, identity, digest = (record.text(name) or "" for name in names)
    if "/" in corpus or "\0" in corpus:
        record.report("corpus", "is to be the name of a file, without '/'")
    return corpus, identity, digest


def _look_in(folder: Path, wanted: Wanted, found: Found) -> set[TextKey]:
    """Find texts in a folder; returns the documents that have theirs there."""
    problems: list[Problem] = []
    digests: defaultdict[TextKey, set[str]] = defaultdict(set)
    for corpus, documents in wanted.items():
        for digest, identities in documents.items():
            for identity in identities:
                digests[corpus, identity].add(digest)
    versions = find_texts(folder, digests, problems).versions
    if problems:
        raise DataError(problems)
    return {
        key
        for key, texts in versions.items()
        if digests[key] <= _keep(texts, wanted[key[0]], found[key[0]])
    }


def _keep(texts: Iterable[str], wanted: Mapping[str, set[str]], found: dict[str, str]) -> set[str]:
    """Keep the texts that are wanted; returns their hashes."""
    kept = set()
    for text in texts:
        digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
        if digest in wanted:
            found[digest] = text
            kept.add(digest)
    return kept


def _fetch(
    source: Source | None,
    wanted: Mapping[str, set[str]],
    found: dict[str, str],
    announce: Callable[[str], None],
) -> str:
    """Look in the archives of a source; returns why texts may still be missing."""
    if source is None:
        return "no source is known"
    reasons = [source.obtain] if source.obtain else []
    for archive in source.archives:
        if wanted.keys() <= found.keys():
            break
        announce(archive)
        try:
            _keep(_texts_of(archive, source), wanted, found)
            reasons.append(f"not in {archive}")
        except ArchiveError as error:
            reasons.append(f"{archive}: {error}")
    return "; ".join(reasons)


def _texts_of(archive: str, source: Source) -> Iterator[str]:
    for _, content in files_in(archive, source.files):
        yield from candidates(content, source.texts, source.remove)


def _lines(
    corpus: str, wanted: Mapping[str, set[str]], found: Mapping[str, str], had: set[TextKey]
) -> Iterator[str]:
    """The documents that have their text now and had none before, one a line."""
    for digest, text in found.items():
        for identity in sorted(wanted[digest]):
            if (corpus, identity) not in had:
                line = {"corpus": corpus, "doc_id": identity, "text": text}
                yield json.dumps(line, ensure_ascii=False)


def _append(path: Path, lines: Iterable[str]) -> None:
    """Add lines to a file, all of them or none."""
    added = "".join(f"{line}\n" for line in lines).encode(errors="surrogatepass")
    if added:
        draft = path.with_name(f"{path.name}.draft")
        draft.write_bytes((path.read_bytes() if path.exists() else b"") + added)
        draft.replace(path)


def _result(corpus: str, wanted: Wanted, found: Found, reason: str) -> Fetched:
    documents = wanted[corpus]
    missing = sorted(
        identity
        for digest, identities in documents.items()
        if digest not in found[corpus]
        for identity in identities
    )
    total = sum(map(len, documents.values()))
    return Fetched(corpus, total - len(missing), tuple(missing), reason if missing else "")
