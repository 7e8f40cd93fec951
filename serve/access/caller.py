"""Who asks: the holder of a request's key, known wherever the request is worked on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial

from framelens.serve.access.allowance import Allowance
from framelens.serve.access.gate import Scope

__all__ = ["CALLER", "Caller", "caller_name", "spending"]


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a key."""

    name: str
    scopes: frozenset[Scope]
    allowance: Allowance


CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)
"""Whose request it is, in all its tasks and threads; None where no keys are demanded."""


def caller_name() -> str | None:
    """The name of the key of the request, if it has one."""
    caller = CALLER.get()
    return caller.name if caller else None


@contextmanager
def spending(caller: Caller | None, code_points: int) -> Iterator[Callable[[], None]]:
    """Take code points from a caller's quota, and give them back if what follows fails.

    What comes of the context gives them back for another reason.

    A client that hangs up gets none back: the work may be done.

    Raises:
        Problem: there are not so many left.
    """
    if caller is None:
        yield lambda: None
        return
    day = caller.allowance.spend(code_points)
    give_back = partial(caller.allowance.refund, code_points, day)
    try:
        yield give_back
    except Exception:
        give_back()
        raise
