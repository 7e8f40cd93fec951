"""The HTTP service as an ASGI application."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI

from framelens.model import FramingClassifier
from framelens.serve import classify, health, info, metrics
from framelens.serve.body import BodyMiddleware
from framelens.serve.envelope import EnvelopeMiddleware
from framelens.serve.limits import Limits
from framelens.serve.models import Models
from framelens.serve.openapi import add_answers
from framelens.serve.pages import page_routes
from framelens.serve.problems import HANDLERS
from framelens.serve.service import Service

__all__ = ["create_app"]

DESCRIPTION = """
Labels every sentence of a text by how it frames what it says.

Errors are problem documents (RFC 9457) with a stable `code`, and every response carries an
`x-request-id`: the caller's own, if it is a plain word, or else a new one.
"""


def create_app(served: FramingClassifier | Models, limits: Limits | None = None) -> FastAPI:
    """Build the service around one classifier, or around models side by side."""
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
    )
    service = app.state.service = Service(models, limits or Limits())
    for resource in (classify, info, health, metrics):
        app.include_router(resource.router)
    app.add_middleware(BodyMiddleware, limits=service.limits)
    app.add_middleware(EnvelopeMiddleware, metrics=service.metrics)
    add_answers(app, models.default)
    return app
