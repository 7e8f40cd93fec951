"""What a scored chunk becomes before it is written."""

from __future__ import annotations

from dataclasses import dataclass

from framelens.serve.bulk.tally import Tally

__all__ = ["EncodedChunk"]


@dataclass(frozen=True, slots=True)
class EncodedChunk:
    """A chunk's part of every file: bytes to append, whoever has made them."""

    number: int
    output: bytes
    """Whole lines or record batches, and, where the output is compressed, whole members."""
    errors: bytes
    """Lines of JSON, one for each row that has no result."""
    tally: Tally
