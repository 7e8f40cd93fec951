"""What the routes share: the classifier beside the event loop, and the limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, TypeVar, cast

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from framelens.serve.answers import ClassifyAnswer, answer
from framelens.serve.limits import Limits
from framelens.serve.models import Models
from framelens.serve.problems import Problem
from framelens.serve.requests import ClassifyRequest

__all__ = ["AppService", "Service"]

Result = TypeVar("Result")

SHORT = 10_000
"""Code points that are prepared in less time than it takes others to notice."""


class Service:
    """Models whose engines work beside the event loop, for all requests together.

    A request takes its model from ``models`` once, so these may be replaced at any time.
    """

    def __init__(self, models: Models, limits: Limits) -> None:
        self.models = models
        self.limits = limits
        self._one_at_a_time = CapacityLimiter(1)

    async def classify(self, request: ClassifyRequest) -> ClassifyAnswer:
        """Answer a request.

        Whoever cancels it takes the windows that wait out of the engine's queue.

        Raises:
            Problem: the answer took longer than the limit, or the request names a model or
                threshold set that is not there.
        """
        seconds = self.limits.answer_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._answer(request)
        except TimeoutError:
            detail = f"the answer took longer than {seconds:g} seconds; send less at once"
            raise Problem("too_slow", detail) from None

    async def _answer(self, request: ClassifyRequest) -> ClassifyAnswer:
        model = self.models.find(request.model)
        thresholds = model.thresholds_of(request)
        classifier = model.classifier
        documents = request.to_documents()
        is_short = sum(document.code_points for document in documents) <= SHORT
        prepared = await self._run(is_short, lambda: classifier.prepare(documents))
        outputs = await asyncio.wrap_future(classifier.start(prepared))

        def finish() -> ClassifyAnswer:
            results = classifier.finish(prepared, outputs, evidence=request.options.evidence)
            return answer(request, results, thresholds, model.basis(thresholds))

        return await self._run(is_short, finish)

    async def _run(self, is_short: bool, function: Callable[[], Result]) -> Result:
        """Call a function that takes long beside the event loop, one at a time."""
        if is_short:
            return function()
        return await to_thread.run_sync(function, limiter=self._one_at_a_time)


async def _service(request: Request) -> Service:
    return cast(Service, request.app.state.service)


AppService = Annotated[Service, Depends(_service)]
"""The service of the app that got the request."""
