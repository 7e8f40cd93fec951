"""An artefact with its network where Optimum and Transformers.js look for it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import onnx

from framelens.model import Artefact, FramelensError

__all__ = ["FULL", "ExportError", "onnx_folder"]

FULL = Path("onnx", "model.onnx")


class ExportError(FramelensError):
    """A folder that cannot be written."""


@contextmanager
def onnx_folder(artefact: Artefact, folder: Path) -> Iterator[Path]:
    """A copy of an artefact, with a network that needs no other file.

    The copy stays an artefact, with the digest of the original: ``onnx/model.onnx`` is added.
    It holds the half-precision weights and computes in single precision, as the artefact's
    own network does over the weights beside it.

    Args:
        artefact: a verified artefact.
        folder: a new folder; the copy takes its name when the block ends well, and goes
            where anything fails.

    Raises:
        ExportError: the folder exists.
    """
    if folder.exists():
        raise ExportError(f"out: {folder} exists; name a new folder or remove it")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".draft", dir=folder.parent))
    try:
        shutil.copytree(artefact.folder, draft, dirs_exist_ok=True)
        (draft / FULL).parent.mkdir(exist_ok=True)
        onnx.save(onnx.load(draft / "model.onnx"), draft / FULL)
        yield draft
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
