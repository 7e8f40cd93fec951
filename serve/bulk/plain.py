"""Values of any column as JSON and as text."""

from __future__ import annotations

import json
import math
from base64 import b64encode
from datetime import date, datetime, time
from typing import Any

__all__ = ["json_text", "text_of"]


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
    text = json_text(value)
    if text.startswith('"'):
        return str(json.loads(text))
    return "" if text == "null" else text


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
