"""What the routes share: the classifier, its one thread, and the limits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, ParamSpec, TypeVar, cast

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from framelens.model import FramingClassifier
from framelens.serve.limits import Limits

__all__ = ["AppService", "Service"]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Service:
    """A classifier that is called from one thread at a time, beside the event loop."""

    def __init__(self, classifier: FramingClassifier, limits: Limits) -> None:
        self.classifier = classifier
        self.limits = limits
        self._one_at_a_time = CapacityLimiter(1)

    async def run(
        self,
        function: Callable[Arguments, Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Call a function that uses the classifier, after the calls that came before."""
        call = partial(function, *args, **kwargs)
        return await to_thread.run_sync(call, limiter=self._one_at_a_time)


async def _service(request: Request) -> Service:
    return cast(Service, request.app.state.service)


AppService = Annotated[Service, Depends(_service)]
"""The service of the app that got the request."""
