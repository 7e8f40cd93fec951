"""Names and numbers, as a reader wants them; as on the pages of the service."""

from __future__ import annotations

__all__ = ["counted", "percent", "words"]


def words(name: str) -> str:
    """The name of a label, which is one word or several."""
    return name.replace("_", "\u00a0")


def percent(part: float, whole: float) -> str:
    """A share in whole percent, which is never all or nothing where it only almost is."""
    if not whole:
        return "–"
    share = part / whole
    if 0.995 < share < 1:
        return ">99%"
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def counted(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number:,}\u00a0{noun}{'' if number == 1 else 's'}"
