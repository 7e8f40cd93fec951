"""The jobs of a running service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, cast

from fastapi import Depends, Request

from framelens.serve.envelope import log_failure
from framelens.serve.jobs.callbacks import CallbackSettings
from framelens.serve.jobs.delivery import Delivery
from framelens.serve.jobs.worker import Worker
from framelens.serve.service import Service
from framelens.serve.store import Store

__all__ = ["AppJobs", "Jobs"]

PAUSE_SECONDS = 5.0
"""After a failure that nobody has foreseen."""


class Jobs:
    """What a service needs to take jobs: a store, rules for callbacks, and how long it keeps.

    ``is_new`` is set by whoever has accepted one.
    """

    def __init__(
        self, service: Service, store: Store, hours: float, callbacks: CallbackSettings
    ) -> None:
        self.service = service
        self.store = store
        self.keep = timedelta(hours=hours)
        self.callbacks = callbacks
        self.is_new = asyncio.Event()
        self._runs = [Worker(service, store, self.keep, self.is_new).run]
        if callbacks.secrets:
            self._runs.append(Delivery(store, callbacks, service.metrics.registry).run)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work on jobs and send callbacks as long as the context is open."""
        tasks = [asyncio.create_task(_for_ever(run)) for run in self._runs]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _for_ever(run: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await run()
        except Exception as error:
            log_failure(error, "jobs")
        await asyncio.sleep(PAUSE_SECONDS)


async def _jobs(request: Request) -> Jobs:
    # Without them, the routes that ask for them are closed.
    return cast(Jobs, request.app.state.jobs)


AppJobs = Annotated[Jobs, Depends(_jobs)]
"""The jobs of the app that got the request."""
