"""Lines of a body, however it is cut into messages."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from framelens.serve.lines import read_lines

LIMIT = 5


def read(chunks: Sequence[bytes], ends: bool = True) -> list[tuple[int, bytes | None]]:
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    messages.append({"type": "http.request"} if ends else {"type": "http.disconnect"})

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def collect() -> list[tuple[int, bytes | None]]:
        return [(line.number, line.content) async for line in read_lines(receive, LIMIT)]

    return asyncio.run(collect())


@settings(deadline=None)
@given(chunks=st.lists(st.text("ab\n\r", max_size=12).map(str.encode), max_size=6))
def test_lines_are_those_of_the_whole_body(chunks: list[bytes]):
    *ended, rest = b"".join(chunks).split(b"\n")
    lines = [*ended, rest] if rest else ended
    assert read(chunks) == [
        (number, line if len(line) <= LIMIT else None) for number, line in enumerate(lines, 1)
    ]


def test_what_is_too_long_is_passed_over():
    assert read([b"aaaaaa", b"aaaaaa", b"\nbb\n"]) == [(1, None), (2, b"bb")]


def test_a_client_that_goes():
    with pytest.raises(ClientDisconnect):
        read([b"a\n", b"b"], ends=False)
