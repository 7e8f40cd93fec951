"""The HTTP service as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from framelens.model import FramingClassifier
from framelens.serve import (
    classify,
    feedback,
    health,
    info,
    jobs,
    metrics,
    perspective,
    records,
    reviews,
    stream,
)
from framelens.serve.access.description import describe_keys
from framelens.serve.access.exposure import CORS_EXPOSED, CORS_HEADERS, CORS_METHODS, Exposure
from framelens.serve.access.gate import Gate
from framelens.serve.access.keyring import Keyring
from framelens.serve.access.middleware import AccessMiddleware
from framelens.serve.body import BodyMiddleware, BodyRule
from framelens.serve.envelope import EnvelopeMiddleware
from framelens.serve.limits import Limits
from framelens.serve.models import Models
from framelens.serve.openapi import add_answers
from framelens.serve.pages import FILES, page_routes
from framelens.serve.problems import HANDLERS
from framelens.serve.service import Service
from framelens.serve.store import Store, StoreError
from framelens.serve.store.sweeping import sweeping
from framelens.serve.swap import routes as swap
from framelens.serve.swap.folder import ModelsFolder
from framelens.serve.swap.swap import Swap
from framelens.serve.tracing import TracingMiddleware, flushing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

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
    callbacks: jobs.CallbackSettings | None = None,
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
        StoreError: keys are demanded, and there is no database, or it cannot be read.
    """
    exposure = exposure or Exposure()
    keyring = _keyring(store) if exposure.keys else None
    models = served if isinstance(served, Models) else Models.of(served)
    app = FastAPI(
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
    app.state.keyring = keyring
    app.state.jobs = jobs.Jobs.of(service, callbacks)
    app.state.tracing = tracing
    app.state.swap = Swap(service, models_folder) if models_folder else None
    for resource in (
        classify,
        stream,
        perspective,
        feedback,
        reviews,
        records,
        jobs,
        swap,
        info,
        health,
        metrics,
    ):
        app.include_router(resource.router)
    if exposure.has_page:
        # Behind the others, since every request is compared with all routes before its own.
        app.router.routes.extend(page_routes())
    app.add_middleware(BodyMiddleware, limits=service.limits, rules=BODY_RULES)
    if keyring is not None:
        gate = Gate(FILES if exposure.has_page else ())
        app.add_middleware(AccessMiddleware, keyring=keyring, gate=gate)
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
        app.add_middleware(TracingMiddleware, provider=tracing)
    add_answers(app, models.default)
    stream.describe_stream(app.openapi())
    perspective.describe_attributes(app.openapi(), models.default.classifier.artefact.scheme)
    if keyring is not None:
        describe_keys(app.openapi())
    return app


def _keyring(store: Store | None) -> Keyring:
    if store is None:
        raise StoreError("keys need a database")
    return Keyring.open(store)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """What goes on beside the requests."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(flushing(app.state.tracing))
        await stack.enter_async_context(sweeping(app.state.service.store))
        if app.state.keyring:
            await stack.enter_async_context(app.state.keyring.refreshing())
        if app.state.jobs:
            await stack.enter_async_context(app.state.jobs.running())
        yield
