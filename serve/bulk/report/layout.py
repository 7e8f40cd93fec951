"""What sections are made of: headings, tables, and the keys that tell labels apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from xml.etree.ElementTree import Element

from framelens.serve.bulk.report.element import element
from framelens.serve.bulk.report.plots import HUES
from framelens.serve.bulk.report.words import words

__all__ = ["cell", "figures", "key", "keys", "section", "table"]


def figures(first: str, counts: Mapping[str, Mapping[str, int]], names: Sequence[str]) -> Element:
    """The numbers behind a plot."""
    rows = (
        element(
            "tr",
            element("th", element("bdi", row), scope="row"),
            *(cell(f"{number.get(name, 0):,}") for name in names),
        )
        for row, number in counts.items()
    )
    # Where it is too wide, it can be scrolled by keyboard as well.
    wide = element(
        "div",
        table((first, *map(words, names)), rows),
        class_="wide",
        role="region",
        aria_label=f"Figures by {first}",
        tabindex=0,
    )
    return element("details", element("summary", "Figures"), wide)


def table(head: Iterable[str], rows: Iterable[Element]) -> Element:
    """A table; a column may be without a name."""
    cells = (element("th", name, scope="col") if name else element("td") for name in head)
    return element("table", element("thead", element("tr", *cells)), element("tbody", *rows))


def cell(text: str) -> Element:
    """A table's cell with a number."""
    return element("td", text, class_="number")


def keys(names: Sequence[str]) -> Element:
    """All labels, as plots show them."""
    return element("p", *(key(at, name) for at, name in enumerate(names)), class_="keys")


def key(position: int, name: str) -> Element:
    """A label, as plots show it."""
    swatch = element("i", class_="swatch", data_position=position % HUES)
    return element("span", swatch, words(name), class_="key")


def section(name: str, *children: Element | None) -> Element:
    """A part of the page below its heading."""
    identity = name.lower().replace(" ", "-")
    return element("section", element("h2", name, id=identity), *children, aria_labelledby=identity)
