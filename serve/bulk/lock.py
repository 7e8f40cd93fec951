"""One process at a time for the files of a job."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from framelens.serve.bulk.checkpoint import BulkError

__all__ = ["lock"]


def lock(stream: BinaryIO, output: Path) -> None:
    """Keep other processes off a job as long as its file is open, however this one ends.

    Where the system has no such locks, nobody is kept off.

    Raises:
        BulkError: another process has it.
    """
    with suppress(ModuleNotFoundError):
        import fcntl

        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BulkError(f"{output}: another process is writing it") from None
