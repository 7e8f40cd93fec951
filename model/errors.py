"""The errors that framelens raises for what a user can get wrong."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["ArtefactError", "EngineError", "FramelensError", "InputError", "SchemeError", "one_of"]


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


def one_of(values: Iterable[str]) -> str:
    """Allowed values as they stand in a message: ``'a', 'b' or 'c'``."""
    *rest, last = [repr(value) for value in values]
    return f"{', '.join(rest)} or {last}" if rest else last
