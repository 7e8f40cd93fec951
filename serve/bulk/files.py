"""The files of a job, and how they come to be there as a whole or not at all."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["JobFiles", "replace_file", "sync", "write_file"]


@dataclass(frozen=True, slots=True)
class JobFiles:
    """Where a job that writes to ``output`` keeps what belongs to it: beside the output."""

    output: Path

    @property
    def partial(self) -> Path:
        """The output as far as it is written."""
        return self._beside(".partial")

    @property
    def errors(self) -> Path:
        """The rows without a result, a line of JSON each; missing where there are none."""
        return self._beside(".errors.jsonl")

    @property
    def errors_partial(self) -> Path:
        """These as far as they are written."""
        return self._beside(".errors.jsonl.partial")

    @property
    def checkpoint(self) -> Path:
        """How far the job has come; missing where it is complete."""
        return self._beside(".checkpoint")

    @property
    def manifest(self) -> Path:
        """What was scored by what, with counts, once the job is complete."""
        return self._beside(".manifest.json")

    @property
    def texts(self) -> Path:
        """Results of the texts so far, where those that come again are not scored again."""
        return self._beside(".texts")

    @property
    def draft(self) -> Path:
        """The output while it is made of the partial one, where that takes a step of its own."""
        return self._beside(".draft")

    @property
    def all(self) -> list[Path]:
        """All of them, whether they are there or not."""
        others = [self.partial, self.errors, self.errors_partial, self.checkpoint, self.manifest]
        return [self.output, *others, self.texts, self.draft]

    def _beside(self, suffix: str) -> Path:
        return self.output.with_name(self.output.name + suffix)


def write_file(path: Path, content: bytes) -> None:
    """Write a file so that after any end its name has the old content or all of the new."""
    draft = path.with_name(path.name + ".draft")
    draft.write_bytes(content)
    sync(draft)
    replace_file(draft, path)


def replace_file(draft: Path, path: Path) -> None:
    """Rename a file whose content is on the disk, for good."""
    draft.replace(path)
    if os.name == "posix":  # Elsewhere a folder cannot be opened.
        sync(path.parent)


def sync(path: Path) -> None:
    """Have the content of a file or folder on the disk.

    Raises:
        OSError: it cannot be opened or written.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
