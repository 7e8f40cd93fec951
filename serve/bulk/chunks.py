"""Chunks: where one begins and the next ends, and what was in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from framelens.serve.bulk.rows import Chunk, Row

__all__ = ["CHUNK_CHARACTERS", "CHUNK_ROWS", "chained_digest", "in_chunks"]

CHUNK_ROWS = 1_000

CHUNK_CHARACTERS = 200_000
"""What is lost at most when a job is killed is little, and so is what batches that are not full
cost."""


def in_chunks(rows: Iterable[Row]) -> Iterator[Chunk]:
    """Consecutive rows, as many as are worth scoring together and few enough to hold in memory."""
    chunk: list[Row] = []
    number = characters = 0
    for row in rows:
        length = _characters(row)
        if len(chunk) == CHUNK_ROWS or (chunk and characters + length > CHUNK_CHARACTERS):
            yield Chunk(number, chunk)
            number += 1
            chunk, characters = [], 0
        chunk.append(row)
        characters += length
    if chunk:
        yield Chunk(number, chunk)


def chained_digest(before: str, chunk: Chunk) -> str:
    """A digest of a chunk's rows and, by the digest before it, of all earlier ones."""
    state = blake2b(before.encode(), digest_size=16)
    for row in chunk.rows:
        state.update(repr(row).encode())
    return state.hexdigest()


def _characters(row: Row) -> int:
    """What a row takes in memory, more or less."""
    document = row.document.code_points if row.document else len(row.raw or "")
    columns = (value for value in row.columns.values() if isinstance(value, str | bytes))
    return document + sum(map(len, columns))
