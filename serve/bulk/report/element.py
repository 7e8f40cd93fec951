"""HTML and SVG as trees, so that whatever stands in a text is escaped."""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

__all__ = ["element", "to_html"]


def element(tag: str, *children: Element | str | None, **attributes: object) -> Element:
    """An element with its children; None is none.

    An underscore after a name that is a word of Python is dropped, one inside a name is a hyphen;
    attributes that are None are left out, and those that are true have no value of their own.
    """
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), "" if value is True else str(value))
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif child is not None and len(made):
            made[-1].tail = (made[-1].tail or "") + child
        elif child is not None:
            made.text = (made.text or "") + child
    return made


def to_html(root: Element) -> bytes:
    """A whole HTML file; halves of surrogate pairs, which UTF-8 has not, become question marks."""
    return b"<!doctype html>\n" + tostring(root, "unicode", method="html").encode(errors="replace")
