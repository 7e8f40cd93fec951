"""Traces by OpenTelemetry: where a request's time went, beside that of its caller. No text."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from time import monotonic, time_ns
from typing import TYPE_CHECKING

from anyio import to_thread
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framelens.model import FramelensError
from framelens.serve.envelope import method_of, route_of
from framelens.serve.timing import Timing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

__all__ = ["TracingMiddleware", "flushing", "otlp_provider"]

NOT_TRACED = {"/livez", "/readyz", "/metrics"}
"""What comes every few seconds and tells nothing."""

PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"


class TracingMiddleware:
    """Makes a span of every request, and spans of the steps that its answer took.

    Spans say method, route, status, the problem's code, the model and the request id; never a
    path that is not known, a query, a header or a message of an exception.

    Args:
        app: what answers.
        provider: of the tracer.
    """

    def __init__(self, app: ASGIApp, provider: TracerProvider) -> None:
        self.app = app
        self.tracer: Tracer = provider.get_tracer("framelens", version("framelens"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tell of it."""
        if scope["type"] != "http" or scope["path"] in NOT_TRACED:
            await self.app(scope, receive, send)
            return
        status = 0

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        method = method_of(scope)
        span = self.tracer.start_span(method, _caller(scope), kind=SpanKind.SERVER)
        try:
            await self.app(scope, receive, watched_send)
        finally:
            _describe(span, scope, status)
            self._add_steps(span, scope["state"].get("timing"))
            span.end()

    def _add_steps(self, span: Span, timing: Timing | None) -> None:
        """Add the steps of an answer, which follow each other."""
        if timing is None or not timing.model:
            return
        span.set_attribute("framelens.model", timing.model)
        context = set_span_in_context(span)
        begin = time_ns() - _nanoseconds(monotonic() - timing.begin)
        for name, seconds in timing.steps().items():
            if seconds:
                step = self.tracer.start_span(name, context, start_time=begin)
                begin += _nanoseconds(seconds)
                step.end(begin)


@asynccontextmanager
async def flushing(provider: TracerProvider | None) -> AsyncIterator[None]:
    """Send what is left of the traces when the context is closed."""
    try:
        yield
    finally:
        if provider is not None:
            await to_thread.run_sync(provider.shutdown)


def otlp_provider() -> TracerProvider:
    """What sends traces by OTLP over HTTP, as the ``OTEL_`` variables of the environment say.

    Raises:
        FramelensError: a variable asks for what there is not.
        ModuleNotFoundError: the packages of the extra ``otel`` are not installed.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    for variable in PROTOCOLS:
        if os.environ.get(variable, PROTOCOL) != PROTOCOL:
            raise FramelensError(f"{variable}: the protocol must be {PROTOCOL}")
    given = OTELResourceDetector().detect().attributes
    names = {"service.name": "framelens", "service.version": version("framelens")}
    provider = TracerProvider(resource=Resource.create({**names, **given}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _caller(scope: Scope) -> Context:
    """The caller's trace (W3C Trace Context), if it has one.

    Its ``tracestate`` is not read, since a wrong one would be logged.
    """
    parent = Headers(scope=scope).get("traceparent")
    carrier = {} if parent is None else {"traceparent": parent}
    return TraceContextTextMapPropagator().extract(carrier)


def _describe(span: Span, scope: Scope, status: int) -> None:
    method, route = method_of(scope), route_of(scope)
    state = scope["state"]
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {
            "http.request.method": method,
            "http.route": route,
            "framelens.request_id": state["request_id"],
        }
    )
    if status:
        span.set_attribute("http.response.status_code", status)
    if problem := state.get("problem"):
        span.set_attribute("error.type", problem)
    if status >= 500:
        span.set_status(StatusCode.ERROR)


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1_000_000_000)
