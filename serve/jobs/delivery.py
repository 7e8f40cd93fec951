"""Tells clients that their jobs have ended: signed, again and again until it is received."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime
from functools import partial
from importlib.metadata import version
from uuid import UUID

import httpx2
from prometheus_client import CollectorRegistry, Counter

from framelens.serve.jobs.callbacks import (
    CallbackError,
    CallbackSettings,
    callback_client,
    send,
)
from framelens.serve.jobs.signing import signature_headers
from framelens.serve.message import Message
from framelens.serve.problems import Problem
from framelens.serve.store import Store, callbacks
from framelens.serve.store.callbacks import Callback
from framelens.serve.store.jobs import JobState

__all__ = ["CallbackEvent", "Delivery"]

POLL_SECONDS = 1.0

PAUSE_SECONDS = 10.0
"""After a failure of the database."""

GONE = 410
"""By which a receiver says that it wants no more."""

_logger = logging.getLogger(__name__)


class JobEnded(Message):
    """The job that has ended, without any text."""

    id: UUID
    state: JobState
    documents: int
    documents_done: int


class CallbackEvent(Message):
    """The body of a callback."""

    type: str
    """`job.completed`, `job.failed` or `job.cancelled`."""
    timestamp: datetime
    """When the job ended."""
    data: JobEnded


class Delivery:
    """Sends the callbacks that are due, from whatever process their jobs ended in."""

    def __init__(
        self, store: Store, settings: CallbackSettings, registry: CollectorRegistry
    ) -> None:
        self._store = store
        self._settings = settings
        self._attempts = Counter(
            "framelens_callback_attempts",
            "Callbacks sent, by whether they were received",
            ["received"],
            registry=registry,
        )

    async def run(self) -> None:
        """Send for ever."""
        async with callback_client() as client:
            while True:
                if due := await self._due():
                    await asyncio.gather(*(self._deliver(client, each) for each in due))
                else:
                    await asyncio.sleep(POLL_SECONDS)

    async def _due(self) -> list[Callback]:
        try:
            return await self._store.write(callbacks.due)
        except Problem:  # The store has said why, and need not say it every second.
            await asyncio.sleep(PAUSE_SECONDS)
            return []

    async def _deliver(self, client: httpx2.AsyncClient, callback: Callback) -> None:
        status = await self._attempt(client, callback)
        is_received = 200 <= status < 300
        self._attempts.labels(str(is_received).lower()).inc()
        if is_received:
            settle = partial(callbacks.delivered, callback=callback)
        else:
            settle = partial(callbacks.failed, callback=callback, for_ever=status == GONE)
        try:
            await self._store.write(settle)
        except Problem:
            _logger.error("job %s: its callback may come twice", callback.job)

    async def _attempt(self, client: httpx2.AsyncClient, callback: Callback) -> int:
        """The status of an attempt, 0 without one. The log has no URL: secrets may be in it."""
        body = _body(callback)
        headers = {
            "content-type": "application/json",
            "user-agent": f"framelens/{version('framelens')}",
            **signature_headers(self._settings.secrets, str(callback.job), int(time.time()), body),
        }
        place = (callback.job, callback.attempt)
        try:
            status = await send(client, self._settings, callback.url, headers, body)
        except CallbackError as error:
            _logger.warning("job %s: attempt %d at its callback: %s", *place, error)
            return 0
        _logger.info("job %s: attempt %d at its callback: status %d", *place, status)
        return status


def _body(callback: Callback) -> bytes:
    """The same at every attempt."""
    data = JobEnded.model_validate(
        {
            "id": callback.job,
            "state": callback.state,
            "documents": callback.documents,
            "documents_done": callback.documents_done,
        }
    )
    event = CallbackEvent(type=f"job.{callback.state}", timestamp=callback.ended_at, data=data)
    return event.model_dump_json().encode()
