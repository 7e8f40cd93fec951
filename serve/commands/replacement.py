"""A folder that is replaced as a whole, or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["replaced"]


@contextmanager
def replaced(folder: Path, without: Sequence[str] = ()) -> Iterator[Path]:
    """A copy beside a folder, which takes the folder's place when the block ends well.

    Where anything fails, the folder is what it was, and the copy goes.

    Args:
        folder: the folder itself, by its absolute path, no link to it.
        without: the names of files that the copy is to lack.

    Raises:
        OSError: the folder cannot be copied or renamed.
    """
    draft = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".draft", dir=folder.parent))
    try:
        shutil.copytree(folder, draft, ignore=shutil.ignore_patterns(*without), dirs_exist_ok=True)
        yield draft
        _exchange(folder, draft)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _exchange(folder: Path, draft: Path) -> None:
    old = draft.with_suffix(".old")
    folder.rename(old)
    try:
        draft.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    shutil.rmtree(old)
