"""Where chunks begin, and what their digests tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, zip_longest
from weakref import WeakSet

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framelens.model import Document
from framelens.serve.bulk.chunks import (
    CHUNK_CHARACTERS,
    CHUNK_ROWS,
    chained_digest,
    in_chunks,
)
from framelens.serve.bulk.rows import Chunk, Row


def row(text: str, number: int = 1) -> Row:
    return Row("lines.jsonl", number, Document(text, id=str(number)))


@given(st.lists(st.integers(0, 2 * CHUNK_CHARACTERS), max_size=150))
def test_chunks_are_full_but_not_too_large(lengths: list[int]):
    rows = [row("x" * length) for length in lengths]
    chunks = list(in_chunks(rows))
    assert [each for chunk in chunks for each in chunk.rows] == rows
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    for chunk, following in zip_longest(chunks, chunks[1:]):
        sizes = [each.document.code_points for each in chunk.rows if each.document]
        assert len(sizes) <= 1 or sum(sizes) <= CHUNK_CHARACTERS
        if following:
            first = following.rows[0].document
            assert first
            assert sum(sizes) + first.code_points > CHUNK_CHARACTERS


def test_chunks_of_short_rows_have_a_number_of_them():
    sizes = [len(chunk.rows) for chunk in in_chunks(row("a") for _ in range(2 * CHUNK_ROWS + 1))]
    assert sizes == [CHUNK_ROWS, CHUNK_ROWS, 1]


@pytest.mark.parametrize(
    "large",
    [
        Row("a", 1, Document(sentences=["x" * (CHUNK_CHARACTERS // 4)] * 2)),
        Row("a", 1, Document("x"), {"html": "x" * (CHUNK_CHARACTERS // 2 - 1)}),
        Row("a", 1, None, fault="not JSON", raw="x" * (CHUNK_CHARACTERS // 2)),
    ],
    ids=["sentences", "columns", "faulty"],
)
def test_all_that_a_row_holds_counts(large: Row):
    assert [len(chunk.rows) for chunk in in_chunks([large] * 5)] == [2, 2, 1]


def test_memory_does_not_grow_with_the_input():
    alive: WeakSet[Document] = WeakSet()
    most = 0

    def rows() -> Iterator[Row]:
        nonlocal most
        for number in range(5 * CHUNK_ROWS):
            document = Document("We won.", id=str(number))
            alive.add(document)
            most = max(most, len(alive))
            yield Row("a", number, document)

    for _ in in_chunks(rows()):
        pass
    assert most <= 2 * CHUNK_ROWS + 1


def test_a_digest_is_of_all_rows_and_of_all_in_them():
    first, second = row("We won.", 1), row("They lost.", 2)
    changed = [
        replace(first, source="other"),
        replace(first, number=3),
        replace(first, columns={"date": 1}),
        replace(first, document=Document("We won!", id="1")),
        replace(first, document=Document("We won.", id="2")),
        replace(first, document=None, fault="not JSON", raw="We \ud800 won."),
    ]
    lists = [[], [first], [second], [first, second], [second, first], *([each] for each in changed)]
    digests = {chained_digest("", Chunk(0, rows)) for rows in lists}
    assert len(digests) == len(lists)
    assert digests == {chained_digest("", Chunk(0, rows)) for rows in lists}
    chains = [list(accumulate(order, chained_digest, initial="")) for order in two_orders(lists)]
    assert chains[0][-1] != chains[1][-1]


def two_orders(lists: list[list[Row]]) -> list[list[Chunk]]:
    chunks = [Chunk(number, rows) for number, rows in enumerate(lists)]
    return [chunks, chunks[::-1]]
