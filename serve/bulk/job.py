"""What determines the output of a job, by names, for its checkpoint and its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from framelens.model.artefact import digest
from framelens.serve.basis import Basis
from framelens.serve.bulk.chunks import CHUNK_CHARACTERS, CHUNK_ROWS
from framelens.serve.bulk.output import OutputForm
from framelens.serve.bulk.records import Columns
from framelens.serve.bulk.sources import Source

__all__ = ["describe_job"]

MOST_NAMED = 100
"""Of more sources there is a digest: checkpoints are written often."""


def describe_job(
    basis: Basis,
    form: OutputForm,
    columns: Columns,
    input_format: str,
    sources: Sequence[Source],
    duplicates: str = "each",
) -> dict[str, Any]:
    """All that determines an output, as JSON has it.

    The sources are told by name and size; what is in them is compared when it is read again.
    """
    return {
        **basis.model_dump(mode="json", exclude={"fingerprint"}),
        "output": {**asdict(form), "pyarrow": version("pyarrow") if _by_arrow(form) else None},
        "columns": asdict(columns),
        "input_format": input_format,
        "duplicates": duplicates,
        "chunks": {"rows": CHUNK_ROWS, "characters": CHUNK_CHARACTERS},
        "inputs": _inputs([{"name": each.name, "size": each.size} for each in sources]),
    }


def _by_arrow(form: OutputForm) -> bool:
    return form.format == "parquet" or form.compression == "zstd"


def _inputs(named: Sequence[dict[str, Any]]) -> Any:
    if len(named) <= MOST_NAMED:
        return list(named)
    sizes = [each["size"] for each in named]
    size = None if None in sizes else sum(sizes)
    return {"count": len(named), "size": size, "digest": digest({"inputs": list(named)})}
