"""Offsets in other units, against Python's own encoders."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framelens.serve.offsets import OffsetUnit, boundaries

# Without surrogates, and with every width in every encoding made likely.
texts = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("aé€🎉\r\n\0")))


@pytest.mark.parametrize(
    ("unit", "encoding", "width"),
    [("utf32", "utf-32-le", 4), ("utf16", "utf-16-le", 2), ("utf8", "utf-8", 1)],
)
@given(text=texts)
def test_boundaries_are_those_of_the_encoding(
    unit: OffsetUnit, encoding: str, width: int, text: str
):
    expected = [len(text[:end].encode(encoding)) // width for end in range(len(text) + 1)]
    assert list(boundaries(text, unit)) == expected


def test_long_texts_take_linear_time():
    text = "aé€🎉" * 250_000
    begin = time.perf_counter()
    assert boundaries(text, "utf8")[-1] == len(text.encode())
    assert time.perf_counter() - begin < 20
