"""The store of a running service: transactions beside the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from anyio import CancelScope, CapacityLimiter, to_thread
from sqlalchemy import select
from sqlalchemy.orm import Session

from framelens.serve.answers import ClassifyAnswer
from framelens.serve.problems import Problem
from framelens.serve.requests import ClassifyRequest
from framelens.serve.store import audit
from framelens.serve.store.database import Database, StoreError
from framelens.serve.store.identifiers import new_id
from framelens.serve.store.keeping import is_doubtful, write
from framelens.serve.store.schema import Deployment
from framelens.serve.store.texts import TextKeeper

__all__ = ["Policy", "Store"]

Result = TypeVar("Result")

_logger = logging.getLogger(__name__)

CONNECTIONS = 4
"""Transactions at the same time; others wait."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a deployment chooses to keep: nothing but feedback, unless it says so.

    With ``keep_for_review``, decisions with a sentence that has the review mark; with
    ``keep_texts_days``, the texts of these and of feedback, for so long. With
    ``keep_jobs_hours``, jobs: their texts until they have ended, their answers for so long.
    """

    keep_for_review: bool = False
    keep_texts_days: float | None = None
    keep_jobs_hours: float | None = None


class Store:
    """A database with this version's schema, and what may be put into it."""

    def __init__(self, database: Database, texts: TextKeeper, policy: Policy) -> None:
        self.database = database
        self.texts = texts
        self.policy = policy
        self._limiter = CapacityLimiter(CONNECTIONS)

    @classmethod
    def open(cls, url: str, policy: Policy | None = None) -> Store:
        """The store in the database that a URL names; an SQLite file is created.

        Raises:
            StoreError: the database cannot be used, or its schema is another version's.
        """
        # Here, since a service without a database needs no Alembic in its memory.
        from framelens.serve.store.upgrade import prepare

        policy = policy or Policy()
        database = Database.at(url)
        try:
            prepare(database)
            with database.reading() as session:
                salt = session.scalars(select(Deployment.salt)).one()
        except StoreError:
            database.close()
            raise
        return cls(database, TextKeeper(salt, policy.keep_texts_days), policy)

    async def read(self, function: Callable[[Session], Result]) -> Result:
        """Call a function with a transaction that changes nothing.

        Raises:
            Problem: the database cannot be read.
        """
        return await self._run(self.database.reading, function)

    async def write(self, function: Callable[[Session], Result]) -> Result:
        """Call a function with a transaction, which is durable once this returns.

        Raises:
            Problem: the database cannot be written, so that nothing has changed.
        """
        return await self._run(self.database.writing, function)

    async def keep(self, request: ClassifyRequest, answer: ClassifyAnswer) -> None:
        """Give an answer its decision id, and keep what the deployment wants to have reviewed.

        An answer without review mark needs no database.

        Raises:
            Problem: there is something to keep, and the database failed.
        """
        if not self.policy.keep_for_review:
            return
        decision = new_id()
        if is_doubtful(answer):
            await self.write(lambda session: write(session, self.texts, decision, request, answer))
        answer.decision = decision

    async def record(self, action: str, actor: str | None, reason: str) -> None:
        """Add to the audit log what somebody is about to do.

        Raises:
            Problem: the database cannot be written.
        """
        await self.write(lambda session: audit.record(session, action, actor, reason=reason))

    async def _run(
        self,
        transaction: Callable[[], AbstractContextManager[Session]],
        function: Callable[[Session], Result],
    ) -> Result:
        def call() -> Result:
            try:
                with transaction() as session:
                    return function(session)
            except StoreError as error:
                # Here, so that it is logged even if nobody waits for the result any more.
                _logger.error("%s", error)
                detail = "nothing was changed; try again later"
                raise Problem("store_unavailable", detail) from None

        return await _to_its_end(to_thread.run_sync(call, limiter=self._limiter))


async def _to_its_end(call: Coroutine[Any, Any, Result]) -> Result:
    """The result of a call in a thread, where nothing can stop it.

    One that is cancelled is waited for, so that whoever cancels it knows that it writes no more.
    """
    task = asyncio.create_task(call)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with CancelScope(shield=True):
            await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # asyncio would complain that nobody has asked for it.
        raise
