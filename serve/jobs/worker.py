"""Works on jobs, one after the other, a part at a time, in turns with everybody's requests."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from datetime import timedelta
from functools import partial

from prometheus_client import Counter
from sqlalchemy.orm import Session

from framelens.serve.answers import ClassifyAnswer
from framelens.serve.envelope import log_failure
from framelens.serve.problems import Problem
from framelens.serve.requests import ClassifyRequest
from framelens.serve.service import Service
from framelens.serve.store import Store, job_queue, keeping
from framelens.serve.store.job_queue import Claim, LeaseLostError, Part

__all__ = ["Worker"]

POLL_SECONDS = 1.0

PAUSE_SECONDS = 10.0
"""After a failure of the database."""

FOR_EVER = {"retired_model", "too_many_tokens", "unknown_model", "unknown_thresholds"}
"""Problems that the next attempt would have as well."""

_logger = logging.getLogger(__name__)


class Worker:
    """Takes jobs from the store, whoever has accepted them, and answers their parts.

    Args:
        service: answers; no more jobs are taken once it is told to stop.
        store: has the jobs.
        keep: how long results are kept.
        is_new: set when a job is accepted here, which need not wait for the next look.
    """

    def __init__(
        self, service: Service, store: Store, keep: timedelta, is_new: asyncio.Event
    ) -> None:
        self._service = service
        self._store = store
        self._keep = keep
        self._is_new = is_new
        self._parts = Counter(
            "framelens_job_parts", "Parts of jobs answered", registry=service.metrics.registry
        )

    async def run(self) -> None:
        """Work for ever."""
        while True:
            if claimed := await self._claim():
                await self._work(claimed)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._is_new.wait()
            self._is_new.clear()

    async def _claim(self) -> Claim | None:
        if self._service.is_stopping:
            return None
        try:
            return await self._store.write(job_queue.claim)
        except Problem:  # The store has said why, and need not say it every second.
            await asyncio.sleep(PAUSE_SECONDS)
            return None

    async def _work(self, claimed: Claim) -> None:
        answering = asyncio.create_task(self._answer(claimed))
        renewing = asyncio.create_task(self._renew(claimed))
        try:
            await asyncio.wait((answering, renewing), return_when=asyncio.FIRST_COMPLETED)
            await (answering if answering.done() else renewing)
        except LeaseLostError:
            _logger.info("job %s was cancelled, or is another worker's", claimed.job)
        except Problem as problem:
            await self._fail(claimed, problem)
        except Exception as error:
            log_failure(error, f"job-{claimed.job}")
            detail = "the service's log tells more by the job's id"
            await self._fail(claimed, Problem("internal_error", detail))
        except asyncio.CancelledError:
            await _ended(answering, renewing)
            await self._give_back(claimed)
            raise
        finally:
            await _ended(answering, renewing)

    async def _answer(self, claimed: Claim) -> None:
        """Answer the parts that have no answer."""
        while part := await self._store.read(partial(job_queue.next_part, claimed=claimed)):
            if self._service.is_stopping:
                await self._give_back(claimed)
                return
            request = ClassifyRequest.model_validate(json.loads(part.request))
            answer = await self._service.classify_with_patience(request)
            await self._store.write(partial(self._write, claimed, part, request, answer))
            self._parts.inc()
        complete = partial(job_queue.complete, claimed=claimed, keep=self._keep)
        await self._store.write(complete)

    def _write(
        self,
        claimed: Claim,
        part: Part,
        request: ClassifyRequest,
        answer: ClassifyAnswer,
        session: Session,
    ) -> None:
        job = job_queue.held(session, claimed)
        if not job_queue.agree(session, job, answer):
            return
        if job.decision:
            texts, first = self._store.texts, job.documents_done
            keeping.write(session, texts, job.decision, request, answer, first)
        job_queue.write(session, job, part, answer)

    async def _renew(self, claimed: Claim) -> None:
        """Keep the lease until it is lost."""
        while True:
            await asyncio.sleep(job_queue.LEASE.total_seconds() / 3)
            with suppress(Problem):  # The database may be back before the lease ends.
                await self._store.write(partial(job_queue.renew, claimed=claimed))

    async def _fail(self, claimed: Claim, problem: Problem) -> None:
        give_up = job_queue.fail if problem.code in FOR_EVER else job_queue.postpone
        settle = partial(give_up, claimed=claimed, code=problem.code, detail=problem.detail)
        with suppress(Problem, LeaseLostError):  # Then the lease ends by itself.
            await self._store.write(settle)

    async def _give_back(self, claimed: Claim) -> None:
        with suppress(Problem, LeaseLostError):
            await self._store.write(partial(job_queue.release, claimed=claimed))


async def _ended(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait for their end, after which they write no more."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
