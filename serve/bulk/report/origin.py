"""What a scored file was made by, from the manifest beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from framelens.model import InputError
from framelens.serve.bulk.files import JobFiles
from framelens.serve.bulk.tally import Tally

__all__ = ["Origin", "read_origin"]


@dataclass(frozen=True, slots=True)
class Origin:
    """A file, by its name, and what stands in its manifest: its model, and its rows."""

    name: str
    model: str | None = None
    rows: int | None = None
    failed: int | None = None
    """Rows without a result."""


class _Manifest(BaseModel):
    job: Mapping[str, Any]
    counts: Tally


def read_origin(path: Path) -> Origin:
    """What is known of a scored file; of one without a manifest, that is its name.

    Raises:
        InputError: the manifest is none.
    """
    manifest = JobFiles(path).manifest
    if not manifest.exists():
        return Origin(path.name)
    try:
        content = _Manifest.model_validate_json(manifest.read_bytes())
    except ValidationError as error:
        raise InputError(f"{manifest}: not a manifest of framelens score: {error}") from error
    model = content.job.get("model") or {}
    name = " ".join(str(model[field]) for field in ("name", "version") if field in model)
    return Origin(path.name, name or None, content.counts.rows, content.counts.failed)
