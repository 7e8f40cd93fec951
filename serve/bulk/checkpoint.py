"""Checkpoints: how far a job has come, so that it never starts over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from framelens.model import FramelensError
from framelens.serve.bulk.files import write_file
from framelens.serve.bulk.tally import Tally

__all__ = ["BulkError", "Checkpoint"]

RESTART = "to throw away what is done, add --restart"


class BulkError(FramelensError):
    """A job that cannot go on as it is."""


class Checkpoint(BaseModel):
    """What is done of a job, at the end of a chunk.

    The files hold at least these bytes of it; whatever follows them was not finished.
    """

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    job: dict[str, Any]
    """All that determines the output, by names."""
    started_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    chunks: int = 0
    rows_digest: str = ""
    output_bytes: int = 0
    error_bytes: int = 0
    is_complete: bool = False
    """Whether all is scored, and only the files are to be put in their places."""
    tally: Tally = Field(default_factory=Tally)

    def write(self, path: Path) -> None:
        """Replace the checkpoint at a path, wholly or not at all."""
        write_file(path, self.model_dump_json(indent=2).encode())

    @classmethod
    def read(cls, path: Path, job: Mapping[str, Any]) -> Checkpoint | None:
        """The checkpoint of a job, None where there is none.

        Raises:
            BulkError: it cannot be read, or is that of another job.
        """
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            checkpoint = cls.model_validate_json(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            message = f"{path}: no checkpoint of this version: {place} {first['msg']}"
            raise BulkError(f"{message}; {RESTART}") from None
        if differences := "; ".join(_differences(checkpoint.job, job)):
            message = f"{path}: is of a job that differs: {differences}"
            raise BulkError(f"{message}; go on with what it has, or, {RESTART}")
        return checkpoint


def _differences(before: Any, now: Any, name: str = "") -> Iterator[str]:
    if before == now:
        return
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*before, *now]):
            yield from _differences(before.get(key), now.get(key), f"{name}.{key}" if name else key)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for index, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from _differences(one, other, f"{name}[{index}]")
    else:
        yield f"{name} was {_shown(before)}, is {_shown(now)}"


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 100 else f"{shown[:100]}…"
