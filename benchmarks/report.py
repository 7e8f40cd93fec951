"""Reports: a Markdown file to read and a JSON file to compute with, side by side."""

from __future__ import annotations

import dataclasses
import json
import math
import statistics
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Spread
from benchmarks.machine import machine

__all__ = [
    "UNKNOWN",
    "mean_and_deviation",
    "number",
    "paragraph",
    "percent",
    "skipped_lines",
    "spread",
    "table",
    "write_report",
    "write_whole",
]

UNKNOWN = "–"
WIDTH = 100


def write_report(folder: Path, name: str, lines: Iterable[str], content: Mapping[str, Any]) -> Path:
    """Write ``NAME.md`` and ``NAME.json`` into a folder, and return the first.

    Both name the machine; NaN stands in JSON as null.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine(), **content}
    text = json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False)
    write_whole(folder / f"{name}.json", text + "\n")
    title, *rest = lines
    path = folder / f"{name}.md"
    page = [f"# {title}", "", f"Machine: {machine()}.", "", *rest]
    write_whole(path, "\n".join(page).rstrip() + "\n")
    return path


def write_whole(path: Path, text: str) -> None:
    """Write a file such that a kill meanwhile leaves what it was before."""
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def paragraph(text: str) -> str:
    """A text in lines of a Markdown file's width."""
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table and the empty line after it."""
    lines = [header, ["---"] * len(header), *rows]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def skipped_lines(skipped: Mapping[str, str]) -> Iterator[str]:
    """What was skipped and why, and the empty line after each."""
    for name, reason in skipped.items():
        yield from (f"{name} is skipped: {reason}", "")


def number(value: float, decimals: int = 0) -> str:
    """A figure with separated thousands."""
    return UNKNOWN if math.isnan(value) else f"{value:,.{decimals}f}"


def percent(share: float) -> str:
    """A share as a percentage with one decimal."""
    return UNKNOWN if math.isnan(share) else f"{share:.1%}"


def mean_and_deviation(values: Sequence[float], decimals: int, sign: str = "") -> str:
    """Mean and standard deviation, as far as there are enough values.

    Args:
        values: of all seeds.
        decimals: of both.
        sign: ``+`` for a mean that has a sign where it is positive too.
    """
    if not values:
        return UNKNOWN
    mean = f"{statistics.mean(values):{sign}.{decimals}f}"
    return f"{mean} ± {statistics.stdev(values):.{decimals}f}" if len(values) > 1 else mean


def spread(figure: Spread) -> str:
    """The lowest and highest round against the median."""
    if math.isnan(figure.median) or not figure.median:
        return UNKNOWN
    return f"{figure.low / figure.median:.2f}–{figure.high / figure.median:.2f}"


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return str(value) if isinstance(value, Path) else value
