"""Work that has begun and whose results are wanted in its order, never more than has room."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

__all__ = ["InFlight"]

Result = TypeVar("Result")


class InFlight(Generic[Result]):
    """A queue of tasks, bounded by their number and by their sizes' sum.

    A task keeps its room until it is removed; one alone may be of any size.
    """

    def __init__(self, most: int, size: int) -> None:
        self._most = most
        self._size = size
        self._tasks: deque[tuple[int, asyncio.Task[Result]]] = deque()
        self._is_ended = False
        self._changed = asyncio.Condition()

    async def wait_for_room(self, size: int) -> None:
        """Wait until work of a size may begin."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._has_room(size))

    async def add(self, work: Coroutine[Any, Any, Result], size: int) -> None:
        """Begin work that has room."""
        task = asyncio.create_task(work)
        self._tasks.append((size, task))
        async with self._changed:
            self._changed.notify_all()

    async def end(self) -> None:
        """Say that there is no more to come."""
        async with self._changed:
            self._is_ended = True
            self._changed.notify_all()

    async def first(self) -> Result | None:
        """The result of the first task, or none once all are removed and the end is said."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._tasks or self._is_ended)
        return await self._tasks[0][1] if self._tasks else None

    async def remove_first(self) -> None:
        """Give the room of the first task free."""
        async with self._changed:
            self._tasks.popleft()
            self._changed.notify_all()

    def cancel(self) -> None:
        """Give up all the work."""
        for _, task in self._tasks:
            task.cancel()

    def _has_room(self, size: int) -> bool:
        taken = sum(each for each, _ in self._tasks)
        return not self._tasks or (len(self._tasks) < self._most and taken + size <= self._size)
