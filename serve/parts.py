"""Parts of the service that a deployment switches on: loaded only then, and closed until then.

Most of what they import, SQLAlchemy above all, takes memory and time to start in every process.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from framelens.model import FramelensError
from framelens.serve.problems import Problem
from framelens.serve.service import Service

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from framelens.serve.jobs.callbacks import CallbackSettings
    from framelens.serve.swap.folder import ModelsFolder

__all__ = ["add_jobs", "add_keys", "add_store", "add_swap", "add_tracing"]

STORED = ("/v1/feedback", "/v1/reviews", "/v1/reviews/{rest:path}", "/v1/audit", "/v1/texts")
JOBS = ("/v1/jobs", "/v1/jobs/{rest:path}")
MODELS = (
    "/v1/models",
    "/v1/models/{rest:path}",
    "/v1/models:shadow",
    "/v1/models:promote",
    "/v1/models:rollback",
)


class _Closed:
    """Answers every method of a path of a part that is not switched on."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise Problem(self.code, self.detail)


def add_store(app: FastAPI, service: Service) -> None:
    """Take feedback and let people review, where there is a store for it."""
    if service.store is None:
        _close(app, STORED, "no_database", "start the service with --database to give it one")
        return
    from framelens.serve import feedback, records, reviews
    from framelens.serve.store.sweeping import sweeping

    for resource in (feedback, reviews, records):
        app.include_router(resource.router)
    app.state.beside.append(partial(sweeping, service.store))


def add_jobs(app: FastAPI, service: Service, callbacks: CallbackSettings | None) -> None:
    """Take jobs, where the store is to keep them."""
    if service.store is None or service.store.policy.keep_jobs_hours is None:
        detail = "start the service with --database and --jobs to have them taken"
        _close(app, JOBS, "no_jobs", detail)
        return
    from framelens.serve import jobs

    hours = service.store.policy.keep_jobs_hours
    callbacks = callbacks or jobs.CallbackSettings()
    app.state.jobs = jobs.Jobs(service, service.store, hours, callbacks)
    app.include_router(jobs.router)
    app.state.beside.append(app.state.jobs.running)


def add_swap(app: FastAPI, service: Service, folder: ModelsFolder | None) -> None:
    """Let models be changed, where there is a folder of them."""
    if folder is None:
        detail = "start the service with --models-folder to let its models be changed"
        _close(app, MODELS, "no_models_folder", detail)
        return
    from framelens.serve.swap import routes
    from framelens.serve.swap.swap import Swap

    app.state.swap = Swap(service, folder)
    app.include_router(routes.router)


def add_keys(app: FastAPI, service: Service, open_paths: Collection[str]) -> None:
    """Demand keys for everything but these paths and the health checks.

    Raises:
        FramelensError: there is no database with keys, or it cannot be read.
    """
    if service.store is None:
        raise FramelensError("keys need a database")
    from framelens.serve.access.description import describe_keys
    from framelens.serve.access.gate import Gate
    from framelens.serve.access.keyring import Keyring
    from framelens.serve.access.middleware import AccessMiddleware

    keyring = app.state.keyring = Keyring.open(service.store)
    app.add_middleware(AccessMiddleware, keyring=keyring, gate=Gate(open_paths))
    app.state.beside.append(keyring.refreshing)
    app.state.descriptions.append(describe_keys)


def add_tracing(app: FastAPI, provider: TracerProvider) -> None:
    """Send traces of requests."""
    from framelens.serve.tracing import TracingMiddleware, flushing

    app.add_middleware(TracingMiddleware, provider=provider)
    app.state.beside.append(partial(flushing, provider))


def _close(app: FastAPI, paths: Collection[str], code: str, detail: str) -> None:
    closed = _Closed(code, detail)
    app.router.routes.extend(Route(path, closed) for path in paths)
