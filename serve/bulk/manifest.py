"""The manifest: what was scored by what, with how many of everything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from framelens.model.artefact import digest, file_sha256
from framelens.serve.bulk.checkpoint import Checkpoint
from framelens.serve.bulk.files import JobFiles, write_file
from framelens.serve.bulk.tally import Tally

__all__ = ["Manifest", "write_manifest"]


class WrittenFile(BaseModel):
    """A file that the job has written, beside the manifest."""

    name: str
    bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> WrittenFile:
        """What a file is now."""
        return cls(name=path.name, bytes=path.stat().st_size, sha256=file_sha256(path))


class Manifest(BaseModel):
    """A job that is complete."""

    fingerprint: str
    """Digest of the job: equal jobs give equal outputs."""
    job: dict[str, Any]
    """All that determines the output."""
    started_at: datetime
    ended_at: datetime
    """Whatever interruptions lie between."""
    output: WrittenFile
    errors: WrittenFile | None
    """The rows without a result, null where there are none."""
    counts: Tally


def write_manifest(files: JobFiles, done: Checkpoint) -> None:
    """Write the manifest of a complete job, whose files are in their places."""
    manifest = Manifest(
        fingerprint=digest(done.job),
        job=done.job,
        started_at=done.started_at,
        ended_at=datetime.now(UTC),
        output=WrittenFile.of(files.output),
        errors=WrittenFile.of(files.errors) if done.error_bytes else None,
        counts=done.tally,
    )
    write_file(files.manifest, manifest.model_dump_json(indent=2).encode() + b"\n")
