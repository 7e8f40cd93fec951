"""Parquet files, for which pyarrow is needed only when there are any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from framelens.data.problems import DataError, Place

__all__ = ["open_parquet", "read_columns"]


@contextmanager
def open_parquet(path: Path) -> Iterator[Any]:
    """Open a file as a ``pyarrow.parquet.ParquetFile``.

    Raises:
        DataError: pyarrow is missing, or the file cannot be opened or read.
    """
    place = Place(str(path))
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        advice = "reading Parquet needs pyarrow: pip install 'framelens[train]'"
        raise DataError([place.problem(advice)]) from error
    try:
        with path.open("rb") as source, parquet.ParquetFile(source) as file:
            yield file
    except (OSError, pyarrow.ArrowException) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError([place.problem(f"cannot read the Parquet file: {reason}")]) from error


def read_columns(path: Path, *columns: str) -> list[dict[str, Any]]:
    """The rows of a file, with these columns only.

    Raises:
        DataError: the file cannot be read or lacks a column.
    """
    with open_parquet(path) as file:
        for name in columns:
            if name not in file.schema_arrow.names:
                raise DataError([Place(str(path)).problem(f"no column {name!r}")])
        rows: list[dict[str, Any]] = file.read(columns=list(columns)).to_pylist()
        return rows
