"""What stands on a terminal: colours of labels, and texts that cannot command it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import cycle

__all__ = ["label_styles", "printable"]

STYLES = ("bold red", "bold blue", "green", "magenta", "yellow", "cyan")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def label_styles(names: Iterable[str]) -> dict[str, str]:
    """A style of rich for each label of a scheme, by its position."""
    return dict(zip(names, cycle(STYLES), strict=False))


def printable(text: str) -> str:
    """A text with spaces for control characters."""
    return _CONTROL.sub(" ", text)
