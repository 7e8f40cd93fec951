"""What was found by reading the wrong answers of one model."""

from __future__ import annotations

from pathlib import Path

from framelens.data import DataError
from framelens.data.problems import Place
from framelens.data.utf8 import read_utf8
from framelens.model.artefact import Manifest

__all__ = ["read_known_errors"]


def read_known_errors(path: Path, manifest: Manifest) -> str:
    """Markdown about the kinds of error of a model, without the line that names the model.

    Args:
        path: a file whose first line is such as ``model: framing 1.1.0``.
        manifest: the model that they ought to be of.

    Raises:
        DataError: the file cannot be read, or tells of another model or of none.
    """
    first, _, errors = read_utf8(path).partition("\n")
    expected = f"model: {manifest.name} {manifest.version}"
    if first.strip() != expected:
        fault = f"expected {expected!r}, since errors are of one model; found {first.strip()!r}"
        raise DataError([Place(str(path), 1).problem(fault)])
    return errors.strip()
