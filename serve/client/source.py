"""Where the documents of a stream come from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Self, TypeVar

__all__ = ["Source", "beside"]

Item = TypeVar("Item")


class Source(Generic[Item]):
    """Items, of which none is lost when whoever waits for the next one is cancelled.

    It is taken nevertheless, and given to the next who asks.
    """

    def __init__(self, items: AsyncIterable[Item]) -> None:
        self._items = aiter(items)
        self._next: asyncio.Task[Item] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Item:
        if self._next is None:
            self._next = asyncio.create_task(self._take())
        item = await asyncio.shield(self._next)
        self._next = None
        return item

    async def close(self) -> None:
        """Wait for no item any more."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)

    async def _take(self) -> Item:
        return await anext(self._items)


async def beside(items: Iterable[Item]) -> AsyncGenerator[Item]:
    """Items that are taken beside the event loop, which each may hold up, all in one thread."""
    iterator = iter(items)
    executor = ThreadPoolExecutor(1, "framelens-documents")
    loop = asyncio.get_running_loop()
    end = object()
    try:
        while (item := await loop.run_in_executor(executor, next, iterator, end)) is not end:
            yield item  # type: ignore[misc]
    finally:
        # The thread may wait for an item for ever.
        executor.shutdown(wait=False)
