"""The HTTP service as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from framelens.model import FramingClassifier
from framelens.serve import classify, health, info, metrics, perspective, stream
from framelens.serve.access.exposure import CORS_EXPOSED, CORS_HEADERS, CORS_METHODS, Exposure
from framelens.serve.body import BodyMiddleware, BodyRule
from framelens.serve.envelope import EnvelopeMiddleware
from framelens.serve.limits import Limits
from framelens.serve.models import Models
from framelens.serve.openapi import add_answers, example_answers
from framelens.serve.pages import FILES, page_routes
from framelens.serve.parts import add_jobs, add_keys, add_store, add_swap, add_tracing
from framelens.serve.problems import HANDLERS
from framelens.serve.service import Service

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from framelens.serve.jobs.callbacks import CallbackSettings
    from framelens.serve.store.store import Store
    from framelens.serve.swap.folder import ModelsFolder

__all__ = ["create_app"]

DESCRIPTION = """
Labels every sentence of a text by how it frames what it says.

Errors are problem documents (RFC 9457) with a stable `code`, and every response carries an
`x-request-id`: the caller's own, if it is a plain word, or else a new one.
"""

BODY_RULES = {
    "/v1alpha1/comments:analyze": BodyRule(unnamed=True),
    stream.PATH: stream.RULE,
}
"""The paths that take other bodies than JSON which says that it is that."""


def create_app(
    served: FramingClassifier | Models,
    limits: Limits | None = None,
    store: Store | None = None,
    *,
    exposure: Exposure | None = None,
    callbacks: CallbackSettings | None = None,
    models_folder: ModelsFolder | None = None,
    tracing: TracerProvider | None = None,
) -> FastAPI:
    """Build the service.

    Args:
        served: one classifier, which nobody else may use from then on, or models side by side.
        limits: of every request.
        store: for feedback, reviews and jobs; without one, their routes refuse.
        exposure: what is open to whom; without one, everything is open to everybody.
        callbacks: whom jobs may tell of their end, and how it is signed.
        models_folder: from which models may be loaded; without one, none changes.
        tracing: who gets the traces of requests, and is shut down with the service.

    Raises:
        FramelensError: keys are demanded, and there is no database, or it cannot be read.
    """
    exposure = exposure or Exposure()
    models = served if isinstance(served, Models) else Models.of(served)
    app = _App(
        title="framelens",
        version=version("framelens"),
        description=DESCRIPTION,
        # FastAPI's own pages load scripts from outside.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Its telemetry would tell exceptions, and with them texts, to whoever listens.
        # `tracing` tells neither.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        exception_handlers=HANDLERS,
        lifespan=_lifespan,
    )
    service = app.state.service = Service(models, limits or Limits(), store)
    app.state.swap = None
    app.state.beside = []
    app.state.descriptions = [
        partial(add_answers, answers=example_answers(models.default)),
        stream.describe_stream,
        partial(perspective.describe_attributes, scheme=models.default.classifier.artefact.scheme),
    ]
    for resource in (classify, stream, perspective, info, health, metrics):
        app.include_router(resource.router)
    add_store(app, service)
    add_jobs(app, service, callbacks)
    add_swap(app, service, models_folder)
    if exposure.has_page:
        # Behind the others, since every request is compared with all routes before its own.
        app.router.routes.extend(page_routes())
    app.add_middleware(BodyMiddleware, limits=service.limits, rules=BODY_RULES)
    if exposure.keys:
        add_keys(app, service, FILES if exposure.has_page else ())
    if exposure.cors:
        # Outside of the keys, which a browser's first question does not have.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=exposure.cors,
            allow_methods=CORS_METHODS,
            allow_headers=CORS_HEADERS,
            expose_headers=CORS_EXPOSED,
        )
    app.add_middleware(EnvelopeMiddleware, metrics=service.metrics)
    if tracing is not None:
        add_tracing(app, tracing)
    return app


class _App(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """The document, made when somebody asks for it."""
        if self.openapi_schema is None:
            document = super().openapi()
            for describe in self.state.descriptions:
                describe(document)
        return super().openapi()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """What goes on beside the requests."""
    async with AsyncExitStack() as stack:
        for running in app.state.beside:
            await stack.enter_async_context(running())
        yield
