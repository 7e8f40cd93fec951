"""Values of any column as JSON and as text, and names that they can have beside others."""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from typing import Any

__all__ = ["json_text", "renamed", "text_of"]


def json_text(value: Any) -> str:
    """A value as JSON: dates as ISO 8601 has them, bytes in base64, null for what is no number."""
    try:
        return _dumped(value)
    except ValueError:
        return _dumped(_finite(value))


def text_of(value: Any) -> str:
    """A value as a field of a table: text as it is, nothing for None, else as JSON has it."""
    if value is None or isinstance(value, str):
        return value or ""
    if type(value) is float and math.isfinite(value):
        return repr(value)  # As JSON has it, in less time.
    text = json_text(value)
    if text.startswith('"'):
        return str(json.loads(text))
    return "" if text == "null" else text


def renamed(columns: Mapping[str, Any], taken: Collection[str]) -> dict[str, Any]:
    """The columns under their own names, or, where one is taken, with ``input_`` before it."""
    free: dict[str, Any] = {}
    for name, value in columns.items():
        own = name
        while own in taken or own in free or (own != name and own in columns):
            own = f"input_{own}"
        free[own] = value
    return free


def _dumped(value: Any) -> str:
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, default=_other, separators=(",", ":")
    )


def _other(value: Any) -> str:
    """What Parquet has and JSON has not."""
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
