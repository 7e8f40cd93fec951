"""The errors that framelens raises for what a user can get wrong."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "ArtefactError",
    "EngineError",
    "FramelensError",
    "InputError",
    "OverloadError",
    "SchemeError",
    "one_of",
]


class FramelensError(Exception):
    """Something the user can put right; its message says where and how."""


class InputError(FramelensError):
    """A text, document or request that cannot be scored."""


class SchemeError(FramelensError):
    """A label scheme that contradicts itself, or a label that a scheme does not know."""


class ArtefactError(FramelensError):
    """A model folder that is missing, incomplete or changed since it was written."""


class EngineError(FramelensError):
    """An inference engine that is not installed or cannot run the artefact."""


class OverloadError(FramelensError):
    """More waits for the engine than a caller accepts, so that nothing of it was queued.

    ``retry_seconds`` is when there should be room, by the rate at which the queue is read.
    """

    def __init__(self, message: str, retry_seconds: int) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


def one_of(values: Iterable[str]) -> str:
    """Allowed values as they stand in a message: ``'a', 'b' or 'c'``."""
    *rest, last = [repr(value) for value in values]
    return f"{', '.join(rest)} or {last}" if rest else last
