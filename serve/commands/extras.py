"""Commands that need more than the base install."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from framelens.model import FramelensError

__all__ = ["MissingExtraError", "needs_extra"]


class MissingExtraError(FramelensError):
    """A command whose packages are not installed."""


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Name the extra to install where an import inside fails.

    Raises:
        MissingExtraError: a package is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"this command needs {error.name!r}: pip install 'framelens[{extra}]'"
        ) from error
