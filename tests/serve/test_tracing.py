"""Traces: a span for each request, spans for the steps of its answer, and no text in any."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.testclient import TestClient

from framelens.model import FramelensError, FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.tracing import otlp_provider

CANARY = "xyzzy-canary"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def client(classifier: FramingClassifier, exporter: InMemorySpanExporter) -> TestClient:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    own = FramingClassifier(classifier.artefact, classifier.engine)
    return TestClient(create_app(own, tracing=provider), raise_server_exceptions=False)


def spans(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def test_the_steps_of_an_answer_follow_each_other(
    client: TestClient, exporter: InMemorySpanExporter
):
    response = client.post("/v1/classify", json={"text": "It rained."})
    found = spans(exporter)
    assert {*found} == {"POST /v1/classify", "prepare", "queue", "inference"}
    whole = found.pop("POST /v1/classify")
    assert whole.kind is SpanKind.SERVER
    assert whole.parent is None
    assert dict(whole.attributes or {}) == {
        "http.request.method": "POST",
        "http.route": "/v1/classify",
        "http.response.status_code": 200,
        "framelens.model": "framing@1.2.0",
        "framelens.request_id": response.headers["x-request-id"],
    }
    end = whole.start_time or 0
    for step in (found[name] for name in ("prepare", "queue", "inference")):
        assert step.parent
        assert step.parent.span_id == whole.context.span_id
        assert step.start_time
        assert step.end_time
        # Measured with another clock than the whole, whose beginning is therefore not as exact.
        assert step.start_time >= end - 1_000_000
        assert step.end_time >= step.start_time
        end = step.end_time
    assert whole.end_time
    assert end <= whole.end_time + 1_000_000


def test_the_callers_trace_goes_on(client: TestClient, exporter: InMemorySpanExporter):
    client.get("/v1/info", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    span = spans(exporter)["GET /v1/info"]
    assert f"{span.context.trace_id:032x}" == TRACE
    assert span.parent
    assert f"{span.parent.span_id:016x}" == PARENT


def test_a_caller_who_does_not_trace_is_not_traced(
    client: TestClient, exporter: InMemorySpanExporter
):
    client.get("/v1/info", headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
    assert not spans(exporter)


@pytest.mark.parametrize("given", ["", CANARY, f"00-{CANARY}-{PARENT}-01", f"00-{'0' * 32}-1-01"])
def test_a_wrong_trace_is_another(client: TestClient, exporter: InMemorySpanExporter, given: str):
    assert client.get("/v1/info", headers={"traceparent": given}).status_code == 200
    assert spans(exporter)["GET /v1/info"].parent is None


def test_probes_are_not_traced(client: TestClient, exporter: InMemorySpanExporter):
    for path in ("/livez", "/readyz", "/metrics"):
        assert client.get(path).status_code == 200
    assert not spans(exporter)


@pytest.mark.parametrize(
    ("method", "path", "content", "name", "status", "problem"),
    [
        ("POST", "/v1/classify", {"text": CANARY}, "POST /v1/classify", 200, None),
        ("POST", f"/v1/classify?q={CANARY}", {CANARY: 1}, "POST /v1/classify", 422, True),
        ("POST", "/v1/classify", {"text": CANARY, "model": CANARY}, "POST /v1/classify", 422, True),
        ("GET", f"/{CANARY}", None, "GET (unknown path)", 404, True),
        (CANARY, "/v1/info", None, "(unknown method) /v1/info", 405, True),
    ],
)
def test_no_text_is_told(
    client: TestClient,
    exporter: InMemorySpanExporter,
    method: str,
    path: str,
    content: Any,
    name: str,
    status: int,
    problem: bool | None,
):
    headers = {
        "traceparent": f"00-{TRACE}-{PARENT}-01",
        "tracestate": f"a={CANARY}",
        "baggage": f"text={CANARY}",
        "user-agent": CANARY,
    }
    response = client.request(method, path, json=content, headers=headers)
    assert response.status_code == status
    span = spans(exporter)[name]
    assert (span.attributes or {})["http.response.status_code"] == status
    assert ("error.type" in (span.attributes or {})) is bool(problem)
    for each in exporter.get_finished_spans():
        assert CANARY not in each.to_json()
        assert CANARY.upper() not in each.to_json()


def test_a_failure_is_told_without_its_message(
    client: TestClient, exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
):
    def prepare(documents: object) -> None:
        raise RuntimeError(f"could not score {CANARY}")

    classifier = client.app.state.service.models.default.classifier
    monkeypatch.setattr(classifier, "prepare", prepare)
    assert client.post("/v1/classify", json={"text": "a"}).status_code == 500
    [span] = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "internal_error"
    assert not span.events
    assert CANARY not in span.to_json()


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """The address of what takes traces, and the path and body of all that it got."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join()
    server.server_close()


def test_traces_go_where_the_environment_says_and_the_last_before_the_end(
    classifier: FramingClassifier,
    collector: tuple[str, list[tuple[str, bytes]]],
    monkeypatch: pytest.MonkeyPatch,
):
    address, got = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=desk")
    app = create_app(
        FramingClassifier(classifier.artefact, classifier.engine), tracing=otlp_provider()
    )
    with TestClient(app) as client:
        client.post("/v1/classify", json={"text": CANARY})
    assert {path for path, _ in got} == {"/v1/traces"}
    content = b"".join(body for _, body in got)
    for part in (b"POST /v1/classify", b"inference", b"framelens", b"desk"):
        assert part in content
    assert CANARY.encode() not in content


@pytest.mark.parametrize(
    ("variables", "name"), [({}, "framelens"), ({"OTEL_SERVICE_NAME": "desk"}, "desk")]
)
def test_the_service_has_a_name(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str
):
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    provider = otlp_provider()
    assert json.loads(provider.resource.to_json())["attributes"]["service.name"] == name
    provider.shutdown()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
    ],
)
def test_another_protocol_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str):
    monkeypatch.setenv(variable, value)
    with pytest.raises(FramelensError, match=f"{variable}: the protocol must be http/protobuf"):
        otlp_provider()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    from framelens.serve.commands.extras import MissingExtraError
    from framelens.serve.commands.serve import _tracing

    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(MissingExtraError, match=r"framelens\[otel\]"):
        _tracing()
