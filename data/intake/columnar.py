"""Tables in Parquet, and data sets of Hugging Face: on this machine or on the hub."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from framelens.data.intake.tables import Table, cell
from framelens.data.parquet import open_parquet
from framelens.data.problems import DataError, Place

__all__ = ["HUB", "is_saved_dataset", "read_dataset", "read_parquet"]

HUB = "hf://datasets/"
"""What the name of a data set on the hub begins with."""


def read_parquet(path: Path) -> Table:
    """Read a table.

    Raises:
        DataError: the file cannot be read.
    """
    with open_parquet(path) as file:
        schema = file.schema_arrow
        names = _class_names(json.loads((schema.metadata or {}).get(b"huggingface", b"{}")))
        rows = (row for batch in file.iter_batches() for row in batch.to_pylist())
        return _table(str(path), "Parquet", [(str(path), rows)], tuple(schema.names), names)


def is_saved_dataset(folder: Path) -> bool:
    """Whether a folder is what ``save_to_disk`` wrote."""
    return any((folder / name).is_file() for name in ("dataset_dict.json", "dataset_info.json"))


def read_dataset(source: str, subset: str | None = None) -> Table:
    """Read a data set of Hugging Face, all its splits together, named in a column ``split``.

    Args:
        source: a folder that ``save_to_disk`` wrote, or :data:`HUB` and a name on the hub.
        subset: which of several configurations.

    Raises:
        DataError: ``datasets`` is not installed, or the data set cannot be loaded.
    """
    place = Place(source)
    try:
        import datasets
    except ImportError as error:
        advice = "reading a data set needs datasets: pip install 'framelens[train]'"
        raise DataError([place.problem(advice)]) from error
    try:
        if source.startswith(HUB):
            found = datasets.load_dataset(source.removeprefix(HUB), subset)
        else:
            found = datasets.load_from_disk(source)
    # Whatever goes wrong on the way to a hub and back, the user must know of.
    except Exception as error:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError([place.problem(f"cannot load the data set: {message}")]) from error
    splits = dict(found) if isinstance(found, datasets.DatasetDict) else {"": found}
    features = next(iter(splits.values())).features
    names = _class_names({"info": {"features": features.to_dict()}})
    parts = [(f"{source}/{name}" if name else source, part) for name, part in splits.items()]
    table = _table(source, "data set", parts, tuple(features), names)
    return _with_splits(table, splits) if len(splits) > 1 else table


def _with_splits(table: Table, splits: Mapping[str, Any]) -> Table:
    """The table with its splits' names in a column, unless it has such a column."""
    if "split" in table.columns:
        return table
    parts = [name for name, part in splits.items() for _ in range(len(part))]
    for (_, row), part in zip(table.rows, parts, strict=True):
        row["split"] = part
    return Table(table.file, table.kind, (*table.columns, "split"), table.rows, table.known)


def _class_names(content: Any) -> dict[str, list[str]]:
    """The names of the classes that columns hold by number."""
    names = {}
    for column, feature in content.get("info", {}).get("features", {}).items():
        inner = feature.get("feature", feature) if isinstance(feature, dict) else {}
        if isinstance(inner, dict) and inner.get("_type") == "ClassLabel":
            names[column] = inner["names"]
    return names


def _table(
    file: str,
    kind: str,
    parts: Iterable[tuple[str, Iterable[Mapping[str, Any]]]],
    columns: tuple[str, ...],
    names: Mapping[str, list[str]],
) -> Table:
    rows = [
        (Place(part, number), {name: cell(_named(row[name], names.get(name))) for name in columns})
        for part, content in parts
        for number, row in enumerate(content, 1)
    ]
    known = {"label": next(iter(names))} if len(names) == 1 else {}
    return Table(file, kind, columns, rows, known)


def _named(value: Any, names: list[str] | None) -> Any:
    """The name of a class that stands there by number; -1 stands where there is none."""
    if isinstance(value, list):
        return [_named(each, names) for each in value]
    if names is None or not isinstance(value, int):
        return value
    return names[value] if 0 <= value < len(names) else None
