"""Columns that come with rows and go on into a table of results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from framelens.model import InputError
from framelens.serve.bulk.parquet import is_text
from framelens.serve.bulk.plain import json_text, text_of
from framelens.serve.bulk.rows import Row

__all__ = ["REST", "Passed"]

REST = "rest"
"""The column for what fits in no other."""

_SCALARS = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}


@dataclass(frozen=True)
class Passed:
    """Names and Arrow types of the columns, fixed before the first result is written.

    Where rows may have others, or values of other types, ``has_rest`` says that there is one
    more column, ``rest``: what fits nowhere else stands there as a JSON object, so that nothing
    is lost.
    """

    types: Mapping[str, Any]
    has_rest: bool

    @classmethod
    def of(cls, declared: Mapping[str, Mapping[str, Any] | None], rows: Iterable[Row]) -> Passed:
        """The columns that sources declare, None where they do not, and those in some rows.

        Raises:
            InputError: sources declare one column with types that have nothing in common.
        """
        types: dict[str, Any] = {}
        has_rest = None in declared.values()
        for source, columns in declared.items():
            for name, kind in (columns or {}).items():
                own = kind or pa.string()
                before = types.setdefault(name, own)
                has_rest |= before != own
                types[name] = _common(before, own, name, source)
        if has_rest:
            types |= _inferred(rows, types.keys())
        return cls(types, has_rest)

    @property
    def names(self) -> list[str]:
        """The columns' own names, the one for the rest at the end."""
        return [*self.types, *([REST] if self.has_rest else [])]

    def schema(self, names: Sequence[str]) -> list[pa.Field]:
        """The fields of a table where the columns are called so."""
        kinds = [*self.types.values(), *([pa.string()] if self.has_rest else [])]
        return [pa.field(name, kind) for name, kind in zip(names, kinds, strict=True)]

    def texts(self, columns: Mapping[str, Any]) -> list[str]:
        """The values of a row as fields of text."""
        fields = [text_of(columns.get(name)) for name in self.types]
        if self.has_rest:
            rest = {name: each for name, each in columns.items() if name not in self.types}
            fields.append(json_text(rest) if rest else "")
        return fields

    def arrays(self, rows: Sequence[Mapping[str, Any]]) -> list[pa.Array]:
        """The values of some rows as Arrow arrays."""
        rest = [
            {name: value for name, value in row.items() if name not in self.types} for row in rows
        ]
        arrays = [self._array(name, rows, rest) for name in self.types]
        if self.has_rest:
            arrays.append(pa.array([_rest_text(each) for each in rest], pa.string()))
        return arrays

    def _array(
        self, name: str, rows: Sequence[Mapping[str, Any]], rest: Sequence[dict[str, Any]]
    ) -> pa.Array:
        kind = self.types[name]
        values = [row.get(name) for row in rows]
        if self.has_rest and is_text(kind):
            values = [None if each is None else text_of(each) for each in values]
        array = _converted(values, kind)
        if array is not None and (not self.has_rest or array.to_pylist() == values):
            return array
        for place, value in enumerate(values):
            alone = _converted([value], kind)
            if alone is None or alone.to_pylist() != [value]:
                rest[place][name] = rows[place][name]
                values[place] = None
        return pa.array(values, kind)


def _rest_text(rest: Mapping[str, Any]) -> str | None:
    if not rest:
        return None
    # Half of a surrogate pair becomes the escape that JSON has for it.
    return json_text(rest).encode(errors="backslashreplace").decode()


def _converted(values: list[Any], kind: pa.DataType) -> pa.Array | None:
    try:
        return pa.array(values, kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None


def _common(first: pa.DataType, second: pa.DataType, name: str, source: str) -> pa.DataType:
    """A type that has the values of both."""
    schemas = [pa.schema([(name, kind)]) for kind in (first, second)]
    try:
        return pa.unify_schemas(schemas, promote_options="permissive").types[0]
    except pa.ArrowException as error:
        kinds = f"{second}, but {first} in the sources before it"
        raise InputError(f"{source}: column {name!r} has {kinds}") from error


def _inferred(rows: Iterable[Row], known: Iterable[str]) -> dict[str, pa.DataType]:
    """Types for the columns of some rows by their values."""
    kinds: dict[str, set[pa.DataType]] = {}
    for row in rows:
        for name, value in row.columns.items():
            if name not in known:
                found = kinds.setdefault(name, set())
                if value not in (None, []):
                    found.add(_kind(value))
    return {name: _one(each) for name, each in kinds.items()}


def _kind(value: Any) -> pa.DataType:
    """The type of a value of JSON; objects, and lists of several types, are text."""
    if isinstance(value, list) and all(type(each) in _SCALARS for each in value):
        return pa.list_(_one({_kind(each) for each in value}))
    return _SCALARS.get(type(value), pa.string())


def _one(kinds: set[pa.DataType]) -> pa.DataType:
    if kinds == {pa.int64(), pa.float64()}:
        return pa.float64()
    return next(iter(kinds)) if len(kinds) == 1 else pa.string()
