"""GET /metrics: what a deployment watches, as Prometheus reads it.

One process serves an engine, which takes every core by itself, so each process counts for
itself and is a target of its own: there is nothing to add up between workers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from fastapi import APIRouter, Request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from starlette.responses import PlainTextResponse, Response

from framelens.model import DocumentResult
from framelens.model.classifier import Prepared
from framelens.serve.drift import Drift
from framelens.serve.models import LoadedModel
from framelens.serve.timing import Timing

__all__ = ["Metrics", "router"]

router = APIRouter()

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
TOKENS = (32, 64, 128, 256, 512, 768, 1024, 2048)
MEDIAN = 4
"""The place of the median among nine deciles."""


GAUGES = {
    "queue_tokens": ("Tokens that wait for the engine, padding too", "model"),
    "tokens_per_second": ("What the engine reads while it is busy", "model"),
    "batch_running_seconds": ("How long the oldest batch is in the engine", "model"),
    "recent_label_share": ("Of a label in the last sentences", "model", "label"),
    "recent_sentences": ("How many the recent ones are", "model"),
    "recent_confidence_mean": ("Mean of the last sentences", "model"),
    "recent_confidence_low_share": ("Below the baseline's median; 0.5 at first", "model"),
    "recent_sentence_tokens_mean": ("Tokens of the last sentences", "model"),
    "recent_unknown_token_share": ("Of the last sentences' tokens", "model"),
    "baseline_label_share": ("In the model's held-out text", "model", "label"),
    "baseline_confidence_median": ("In the model's held-out text", "model"),
    "baseline_sentence_tokens_median": ("In the model's held-out text", "model"),
}
"""What each gauge is, and its labels."""


class Metrics:
    """Counts, times and drift of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._drift: dict[str, Drift] = {}
        self._requests = self._counter("requests", "Requests", "method", "route", "status")
        self._problems = self._counter("problems", "Requests refused or failed, by reason", "code")
        self._sentences = self._counter("sentences", "Sentences answered", "model", "label")
        self._request_seconds = self._histogram("request_seconds", "Whole requests", SECONDS)
        self._prepare = self._histogram("prepare_seconds", "Splitting and tokenizing", SECONDS)
        self._queue = self._histogram("queue_seconds", "Waiting for the engine", SECONDS)
        self._inference = self._histogram("inference_seconds", "In the engine", SECONDS)
        self._tokens = self._counter("tokens_read", "Tokens read, padding too", "model")
        self._batch = self._histogram("batch_tokens", "Tokens of a batch, padding too", TOKENS)
        self._gauges = {name: self._gauge(name, *about) for name, about in GAUGES.items()}

    def watch(self, model: LoadedModel) -> None:
        """Tell of a model's engine and drift from now on."""
        batcher = model.classifier.batcher
        tokens = self._tokens.labels(model.id)

        def count_batch(size: int) -> None:
            tokens.inc(size)
            self._batch.observe(size)

        batcher.on_batch = count_batch
        self._follow("queue_tokens", model, lambda: batcher.load().tokens)
        self._follow("tokens_per_second", model, lambda: batcher.load().tokens_per_second)
        self._follow("batch_running_seconds", model, lambda: batcher.load().batch_seconds)
        self._watch_drift(model)

    def forget(self, model: LoadedModel) -> None:
        """Tell no more of a model that is served no more, except what was counted."""
        model.classifier.batcher.on_batch = None
        self._drift.pop(model.id, None)
        for gauge in self._gauges.values():
            gauge.remove_by_labels({"model": model.id})

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request has ended, with this status (499: its client left)."""
        self._requests.labels(method, route, status).inc()
        self._request_seconds.observe(seconds)

    def count_problem(self, code: str) -> None:
        """A request was refused or failed, for this reason."""
        self._problems.labels(code).inc()

    def count_answer(
        self,
        model: LoadedModel,
        timing: Timing,
        prepared: Sequence[Prepared],
        results: Sequence[DocumentResult],
    ) -> None:
        """The documents of a request have their results."""
        self._prepare.observe(timing.prepare)
        self._queue.observe(timing.queue)
        self._inference.observe(timing.inference)
        if drift := self._drift.get(model.id):
            for label, number in drift.add(prepared, results).items():
                self._sentences.labels(model.id, label).inc(number)

    def _watch_drift(self, model: LoadedModel) -> None:
        artefact = model.classifier.artefact
        profile = artefact.manifest.profile
        median = profile.confidence[MEDIAN] if profile else None
        drift = self._drift[model.id] = Drift(model.classifier.tokenizer.unknown, median)
        for label in artefact.scheme.label_names:
            self._follow("recent_label_share", model, partial(drift.share, label), label)
        self._follow("recent_sentences", model, lambda: drift.sentences)
        self._follow("recent_confidence_mean", model, drift.confidence)
        self._follow("recent_confidence_low_share", model, drift.unsure)
        self._follow("recent_sentence_tokens_mean", model, drift.tokens)
        self._follow("recent_unknown_token_share", model, drift.unknown)
        if profile is not None:
            for label, value in profile.predicted.items():
                self._gauges["baseline_label_share"].labels(model.id, label).set(value)
            for name, deciles in (
                ("baseline_confidence_median", profile.confidence),
                ("baseline_sentence_tokens_median", profile.tokens),
            ):
                self._gauges[name].labels(model.id).set(deciles[MEDIAN])

    def _follow(
        self, name: str, model: LoadedModel, value: Callable[[], float], *labels: str
    ) -> None:
        self._gauges[name].labels(model.id, *labels).set_function(value)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"framelens_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"framelens_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(f"framelens_{name}", text, buckets=buckets, registry=self.registry)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Counts, times and drift, in Prometheus' text format."""
    content = generate_latest(request.app.state.service.metrics.registry)
    return Response(content, media_type=CONTENT_TYPE_LATEST)
