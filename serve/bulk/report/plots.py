"""Plots as inline SVG: the marks stretch to the width there is, and text beside them does not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from framelens.serve.bulk.report.element import element

__all__ = ["HUES", "Column", "bar", "columns", "some_ticks"]

HEIGHT = 100
GAP = 0.14

HUES = 6
"""Of the style sheet; a seventh label looks like the first."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a plot: parts that stand on each other, by the position of their label."""

    name: str
    title: str
    """What it says in words, for whoever points at it or cannot see it."""
    parts: Sequence[tuple[int, float]]
    is_faint: bool = False

    @property
    def height(self) -> float:
        """All parts together."""
        return sum(value for _, value in self.parts)


def columns(
    given: Sequence[Column], name: str, ticks: Sequence[tuple[float, str]], unit: str = ""
) -> Element:
    """Columns beside each other, over an axis of their names or of ``ticks``.

    Args:
        given: the columns.
        name: what the plot shows; it is read aloud where it cannot be seen.
        ticks: places along the axis, from 0 to 1, and what stands there.
        unit: what the scale at the side counts, ``%`` or nothing.
    """
    top = _round_up(max((column.height for column in given), default=0))
    marks = (_marks(column, place, top) for place, column in enumerate(given))
    lines = (
        element("line", x1=0, x2=len(given), y1=y, y2=y, class_="grid") for y in (0, HEIGHT / 2)
    )
    svg = element(
        "svg",
        element("title", name),
        *lines,
        *marks,
        viewBox=f"0 0 {len(given)} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=name,
    )
    scale = (element("span", f"{value:,g}{unit}") for value in (top, top / 2, 0))
    return element(
        "div",
        element("div", *scale, class_="scale", aria_hidden="true"),
        element("div", svg, class_="marks"),
        element("div", *map(_tick, ticks), class_="axis", aria_hidden="true"),
        class_="plot",
    )


def bar(parts: Sequence[tuple[int, float]], whole: float, name: str | None = None) -> Element:
    """Parts of a whole beside each other; without a name it repeats what stands beside it."""
    begin = 0.0
    rects = []
    for position, value in parts:
        rects.append(_rect(begin, 0, value, 1, position))
        begin += value
    return element(
        "svg",
        *rects,
        viewBox=f"0 0 {_number(whole or 1)} 1",
        preserveAspectRatio="none",
        class_="bar",
        role="img" if name else None,
        aria_label=name,
        aria_hidden=None if name else "true",
    )


def some_ticks(names: Sequence[str], most: int) -> list[tuple[float, str]]:
    """Names of columns for an axis, evenly apart, each below the middle of its column."""
    step = math.ceil(len(names) / most)
    return [((at + 0.5) / len(names), names[at]) for at in range(0, len(names), step)]


def _marks(column: Column, place: int, top: float) -> Element:
    rects = []
    base = 0.0
    for position, value in column.parts:
        if value:
            height = HEIGHT * value / top
            y = HEIGHT - base - height
            rects.append(_rect(place + GAP / 2, y, 1 - GAP, height, position))
            base += height
    # Over the whole height, so that a low column can be pointed at as well.
    area = element("rect", x=place, y=0, width=1, height=HEIGHT, class_="area")
    classes = "faint" if column.is_faint else None
    return element("g", element("title", column.title), area, *rects, class_=classes)


def _rect(x: float, y: float, width: float, height: float, position: int) -> Element:
    corner = {"x": _number(x), "y": _number(y)}
    size = {"width": _number(width), "height": _number(height)}
    return element("rect", **corner, **size, data_position=position % HUES)


def _tick(tick: tuple[float, str]) -> Element:
    place, name = tick
    return element("span", name, style=f"--at: {place:.4f}")


def _round_up(value: float) -> float:
    """The next number with one digit that says something, and is easily halved."""
    if value <= 0:
        return 1
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value * 0.999)


def _number(value: float) -> str:
    return f"{value:.6g}"
