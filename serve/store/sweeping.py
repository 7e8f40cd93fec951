"""The job that deletes texts when their time is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from framelens.serve.problems import Problem
from framelens.serve.store.store import Store
from framelens.serve.store.texts import expire

__all__ = ["sweeping"]

INTERVAL = 3600.0
"""Seconds between two sweeps: no text outlives its time by more while the service runs."""

_logger = logging.getLogger(__name__)


@asynccontextmanager
async def sweeping(store: Store | None, interval: float = INTERVAL) -> AsyncIterator[None]:
    """Delete expired texts now and again, as long as the context is open."""
    if store is None:
        yield
        return
    task = asyncio.create_task(_sweep(store, interval))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _sweep(store: Store, interval: float) -> None:
    while True:
        try:
            expired = await store.write(expire)
            if expired:
                _logger.info("%d texts expired", expired)
        except Problem as problem:
            _logger.error("expired texts are not deleted: %s", problem.detail)
        await asyncio.sleep(interval)
