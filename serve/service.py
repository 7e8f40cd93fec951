"""What the routes share: the classifier beside the event loop, and the limits."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Annotated, TypeVar, cast

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from framelens.model import (
    Document,
    DocumentResult,
    InputError,
    Load,
    OverloadError,
    Room,
    SentenceResult,
)
from framelens.model.classifier import Prepared
from framelens.model.load import retry_seconds
from framelens.serve.access.caller import CALLER, Caller, spending
from framelens.serve.answers import ClassifyAnswer, answer
from framelens.serve.limits import Limits
from framelens.serve.metrics import Metrics
from framelens.serve.models import LoadedModel, Models
from framelens.serve.problems import Problem, overloaded
from framelens.serve.requests import ClassifyRequest
from framelens.serve.timing import Timing

if TYPE_CHECKING:
    from framelens.serve.store.store import Store
    from framelens.serve.swap.shadow import Shadow

__all__ = ["AppService", "Service"]

Result = TypeVar("Result")

MARGIN = 1.25
"""Seconds before its deadline, if it is not sooner, at which an answer must be expected for its
request to be let in: under load, a request is read late."""

SHORT = 10_000
"""Code points that are prepared in less time than it takes others to notice."""


class Service:
    """Models whose engines work beside the event loop, for all requests together.

    A request takes its model from ``models`` once, so these may be replaced at any time.
    ``shadow``, where there is one, is offered every answer.
    """

    def __init__(self, models: Models, limits: Limits, store: Store | None = None) -> None:
        self.models = models
        self.limits = limits
        self.store = store
        self.shadow: Shadow | None = None
        self.metrics = Metrics()
        for model in models:
            self.metrics.watch(model)
        self.is_stopping = False
        self._one_at_a_time = CapacityLimiter(1)
        self._long_requests = 0

    async def classify(
        self,
        request: ClassifyRequest,
        seconds: float | None = None,
        timing: Timing | None = None,
        model: LoadedModel | None = None,
    ) -> ClassifyAnswer:
        """Answer a request.

        Whoever cancels it takes the windows that wait out of the engine's queue.

        Args:
            request: what is asked.
            seconds: after which the answer is not wanted any more, if sooner than the limit.
            timing: where to write what the time was spent on.
            model: what is to answer, where the caller has found it already.

        Raises:
            Problem: there is no room, the answer took longer than wanted, the key's quota is used
                up, or the request names a model or threshold set that is not there.
        """
        seconds = min(seconds or math.inf, self.limits.answer_seconds)
        model = model or self.models.find(request.model)
        before = model.classifier.batcher.batches
        timing = timing or Timing()
        timing.begin, timing.model = monotonic(), model.id
        room = Room(self.limits.queue_tokens, seconds - min(MARGIN, 0.6 * seconds))
        try:
            with _spending(CALLER.get(), request), model.in_use():
                async with asyncio.timeout(seconds):
                    prepared, results, content = await self._answer(request, model, room, timing)
        except TimeoutError:
            raise _late(seconds, before, model.classifier.batcher.load()) from None
        except OverloadError as error:
            raise overloaded(str(error), error.retry_seconds) from None
        except InputError as error:
            raise Problem("too_many_tokens", str(error)) from None
        self.metrics.count_answer(model, timing, prepared, results)
        if self.shadow:
            self.shadow.offer(model, request, results)
        return content

    async def classify_with_patience(
        self, request: ClassifyRequest, model: LoadedModel | None = None
    ) -> ClassifyAnswer:
        """Answer a request that waits for room, where others would have to come again.

        Raises:
            Problem: as :meth:`classify`, except that there is no room.
        """
        while True:
            try:
                return await self.classify(request, model=model)
            except Problem as problem:
                if problem.code != "overloaded":
                    raise
                await asyncio.sleep(int((problem.headers or {})["retry-after"]))

    async def keep(self, request: ClassifyRequest, answer: ClassifyAnswer) -> None:
        """Keep of an answer what the deployment wants to have reviewed, if it keeps anything.

        Raises:
            Problem: there is something to keep, and the database failed.
        """
        if self.store is not None:
            await self.store.keep(request, answer)

    async def canary(self, model: LoadedModel, seconds: float) -> SentenceResult:
        """A model's canary, scored on the path of every request, however much waits.

        Raises:
            TimeoutError: it took longer than this.
        """
        classifier = model.classifier
        async with asyncio.timeout(seconds):
            prepared = classifier.prepare([Document(classifier.artefact.manifest.canary.text)])
            outputs = await asyncio.wrap_future(classifier.start(prepared))
            (result,) = classifier.finish(prepared, outputs)
            return result.sentences[0]

    def wedged(self) -> str:
        """Which engine is stuck over a batch, and for how long; empty if none is."""
        for model in self.models:
            seconds = model.classifier.batcher.load().batch_seconds
            if seconds > self.limits.wedged_seconds:
                return f"the engine of {model.id} has been over one batch for {seconds:.0f} seconds"
        return ""

    async def _answer(
        self,
        request: ClassifyRequest,
        model: LoadedModel,
        room: Room,
        timing: Timing,
    ) -> tuple[list[Prepared], list[DocumentResult], ClassifyAnswer]:
        thresholds = model.thresholds_of(request)
        classifier = model.classifier
        documents = request.to_documents()
        is_short = sum(document.code_points for document in documents) <= SHORT
        classifier.expect(documents, room)
        with nullcontext() if is_short else self._long_request(model):
            prepared = await self._run(is_short, lambda: classifier.prepare(documents))
            timing.prepare = monotonic() - timing.begin
            left = replace(room, seconds=room.seconds - timing.prepare)
            pending = classifier.start(prepared, left)
            outputs = await asyncio.wrap_future(pending)
            timing.queue = pending.begun - pending.queued
            timing.inference = pending.ended - pending.begun

            def finish() -> tuple[list[DocumentResult], ClassifyAnswer]:
                results = classifier.finish(prepared, outputs, evidence=request.options.evidence)
                return results, answer(request, results, thresholds, model.basis(thresholds))

            return prepared, *await self._run(is_short, finish)

    @contextmanager
    def _long_request(self, model: LoadedModel) -> Iterator[None]:
        if self._long_requests >= self.limits.long_requests:
            load = model.classifier.batcher.load()
            detail = f"{self._long_requests} long requests are worked on already"
            raise overloaded(detail, retry_seconds(load.tokens, load.tokens_per_second))
        self._long_requests += 1
        try:
            yield
        finally:
            self._long_requests -= 1

    async def _run(self, is_short: bool, function: Callable[[], Result]) -> Result:
        """Call a function that takes long beside the event loop, one at a time."""
        if is_short:
            return function()
        return await to_thread.run_sync(function, limiter=self._one_at_a_time)


def _spending(caller: Caller | None, request: ClassifyRequest) -> AbstractContextManager[object]:
    if caller is None:
        return nullcontext()
    return spending(caller, sum(document.code_points for document in request.to_documents()))


def _late(seconds: float, batches: int, now: Load) -> Problem:
    """Why there is no answer in time: others had their turns, or it takes that long."""
    detail = f"the answer took longer than {seconds:g} seconds"
    if now.tokens and now.batches > batches:
        return overloaded(detail, retry_seconds(now.tokens, now.tokens_per_second))
    return Problem("too_slow", f"{detail}; send less at once")


async def _service(request: Request) -> Service:
    return cast(Service, request.app.state.service)


AppService = Annotated[Service, Depends(_service)]
"""The service of the app that got the request."""
