"""The HTTP service as an ASGI application."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI

from framelens.model import FramingClassifier
from framelens.serve import (
    classify,
    feedback,
    health,
    info,
    metrics,
    perspective,
    records,
    reviews,
    stream,
)
from framelens.serve.body import BodyMiddleware, BodyRule
from framelens.serve.envelope import EnvelopeMiddleware
from framelens.serve.limits import Limits
from framelens.serve.models import Models
from framelens.serve.openapi import add_answers
from framelens.serve.pages import page_routes
from framelens.serve.problems import HANDLERS
from framelens.serve.service import Service
from framelens.serve.store import Store
from framelens.serve.store.sweeping import sweeping

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
    served: FramingClassifier | Models, limits: Limits | None = None, store: Store | None = None
) -> FastAPI:
    """Build the service.

    Args:
        served: one classifier, which nobody else may use from then on, or models side by side.
        limits: of every request.
        store: for feedback and reviews; without one, their routes refuse.
    """
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
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        exception_handlers=HANDLERS,
        routes=page_routes(),
        lifespan=lambda _: sweeping(store),
    )
    service = app.state.service = Service(models, limits or Limits(), store)
    for resource in (
        classify,
        stream,
        perspective,
        feedback,
        reviews,
        records,
        info,
        health,
        metrics,
    ):
        app.include_router(resource.router)
    app.add_middleware(BodyMiddleware, limits=service.limits, rules=BODY_RULES)
    app.add_middleware(EnvelopeMiddleware, metrics=service.metrics)
    add_answers(app, models.default)
    stream.describe_stream(app.openapi())
    perspective.describe_attributes(app.openapi(), models.default.classifier.artefact.scheme)
    return app
