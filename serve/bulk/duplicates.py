"""Texts that a run has more than once, scored the first time only.

It works with any engine: this is given only the rows with new texts, and gives back their results
as bytes; here the results of all rows are put together and encoded.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

from pydantic import TypeAdapter

from framelens.model import Document, DocumentResult, FramelensError
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.rows import Chunk, Row
from framelens.serve.bulk.run import EncodeChunks
from framelens.serve.bulk.tally import Tally

__all__ = ["Encode", "KnownTexts", "encode_results", "once"]

Encode: TypeAlias = Callable[[Chunk, Sequence[DocumentResult]], EncodedChunk]
"""Makes bytes of a chunk and the results of its rows that have a document."""

_RESULT = TypeAdapter(DocumentResult)

_SCHEMA = "CREATE TABLE IF NOT EXISTS texts (digest BLOB PRIMARY KEY, chunk INTEGER, result BLOB)"


def encode_results(chunk: Chunk, results: Iterable[DocumentResult]) -> EncodedChunk:
    """A line for each result of a chunk, without its id, to be read again in :func:`once`."""
    lines = (_RESULT.dump_json(replace(result, id=None)) + b"\n" for result in results)
    return EncodedChunk(chunk.number, b"".join(lines), b"", Tally())


class KnownTexts:
    """Results of a run's texts by their digests, in an SQLite file beside the output.

    What a chunk has added is on the disk before its results go on, and a run that goes on at some
    chunk forgets what that and later ones have added. So a text is new in the same place always.

    Args:
        path: where to keep them; None is a file without a name that ends with the process.

    Raises:
        FramelensError: the file cannot be opened.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._name = str(path or "")
        self._recent: set[bytes] = set()
        try:
            # What reads the input may do so in another thread than what takes the results.
            self._database = sqlite3.connect(self._name, check_same_thread=False)
            self._database.execute(_SCHEMA)
        except sqlite3.Error as error:
            raise FramelensError(f"{self._name}: {error}") from error

    def close(self) -> None:
        """Let go of the file, which stays."""
        self._database.close()

    def begin(self, chunk: int) -> None:
        """Forget what comes at this chunk and later.

        Raises:
            FramelensError: earlier chunks were scored without this file.
        """
        [chunks] = self._database.execute("PRAGMA user_version").fetchone()
        if chunks < chunk:
            message = f"holds the texts of {chunks} chunks, but {chunk} are scored"
            raise FramelensError(f"{self._name}: {message}; to begin anew, add --restart")
        with self._database:
            self._database.execute("DELETE FROM texts WHERE chunk >= ?", [chunk])

    def is_new(self, digest: bytes) -> bool:
        """Whether a text has not been seen before in this run; from now on it has."""
        # In this order: what is no longer recent is in the file already.
        if digest in self._recent or self.find(digest) is not None:
            return False
        self._recent.add(digest)
        return True

    def add(self, chunk: int, results: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep what a chunk was scored with, as pairs of digest and result."""
        rows = [(digest, chunk, result) for digest, result in results]
        with self._database:
            self._database.executemany("INSERT INTO texts VALUES (?, ?, ?)", rows)
            self._database.execute(f"PRAGMA user_version = {chunk + 1:d}")
        self._recent.difference_update(digest for digest, _, _ in rows)

    def find(self, digest: bytes) -> bytes | None:
        """The result of a text, None where there is none yet."""
        query = "SELECT result FROM texts WHERE digest = ?"
        row = self._database.execute(query, [digest]).fetchone()
        return None if row is None else row[0]


def once(score: EncodeChunks, encode: Encode, known: KnownTexts) -> EncodeChunks:
    """Scoring of chunks that leaves out the rows whose text came before in this run.

    These have the result of the first one. Which rows share batches in the engine is different
    then, so results may differ in their last digits from those of a run that scores every row.

    Args:
        score: scores chunks, and makes bytes of them by :func:`encode_results`.
        encode: makes the bytes that are written.
        known: what was scored.
    """

    def encode_once(chunks: Iterator[Chunk]) -> Generator[EncodedChunk]:
        under_way: deque[_Divided] = deque()

        def new_rows() -> Iterator[Chunk]:
            for place, chunk in enumerate(chunks):
                if place == 0:
                    known.begin(chunk.number)
                divided = _divide(chunk, known.is_new)
                under_way.append(divided)
                yield divided.new

        with closing(score(new_rows())) as scored:
            for raw in scored:
                divided = under_way.popleft()
                lines = raw.output.splitlines()
                known.add(divided.whole.number, zip(divided.new_digests, lines, strict=True))
                yield encode(divided.whole, _results(divided, known))

    return encode_once


@dataclass(frozen=True, slots=True)
class _Divided:
    """A chunk, the chunk of its rows that are new, and the digests of the documents of both."""

    whole: Chunk
    digests: Sequence[bytes]
    new: Chunk
    new_digests: Sequence[bytes]


def _divide(chunk: Chunk, is_new: Callable[[bytes], bool]) -> _Divided:
    digests: list[bytes] = []
    rows: list[Row] = []
    new_digests: list[bytes] = []
    for row in chunk.rows:
        if row.document is not None:
            digest = _digest(row.document)
            digests.append(digest)
            if is_new(digest):
                rows.append(row)
                new_digests.append(digest)
    return _Divided(chunk, digests, Chunk(chunk.number, rows), new_digests)


def _results(divided: _Divided, known: KnownTexts) -> list[DocumentResult]:
    """The results of the rows of a chunk that have a document."""
    documents = (row.document for row in divided.whole.rows if row.document)
    return [
        replace(_RESULT.validate_json(known.find(digest) or b""), id=document.id)
        for document, digest in zip(documents, divided.digests, strict=True)
    ]


def _digest(document: Document) -> bytes:
    """Of what is scored: the text, or the sentences, each with its length before it."""
    state = blake2b(digest_size=16)
    for text in (document.text,) if document.sentences is None else document.sentences:
        content = (text or "").encode(errors="surrogatepass")
        state.update(b"%d:%b" % (len(content), content))
    if document.sentences is not None:
        state.update(b"sentences")
    return state.digest()
