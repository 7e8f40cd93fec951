"""Files and standard input as lines of UTF-8."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from framelens.model import InputError

__all__ = ["STANDARD_INPUT", "Source"]

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, or standard input where the path is ``-``."""

    path: str

    @property
    def name(self) -> str:
        """What messages call it; a file name need not be Unicode."""
        if self.path == STANDARD_INPUT:
            return "<stdin>"
        return os.fsencode(self.path).decode(errors="replace")

    def lines(self) -> Iterator[str]:
        """The lines with their ends as they are, without the byte order mark.

        Raises:
            InputError: a line is not UTF-8.
            OSError: the file cannot be read.
        """
        with self._open() as stream:
            for number, line in enumerate(stream, 1):
                yield self._decode(line, number)

    def _open(self) -> AbstractContextManager[BinaryIO]:
        if self.path == STANDARD_INPUT:
            return nullcontext(sys.stdin.buffer)
        return Path(self.path).open("rb")

    def _decode(self, line: bytes, number: int) -> str:
        try:
            return line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            column = len(error.object[: error.start].decode()) + 1
            fault = f"not UTF-8: byte 0x{error.object[error.start]:02x}; save the file as UTF-8"
            raise InputError(f"{self.name}:{number}:{column}: {fault}") from error
