"""Shadow scoring reads what was answered, when there is time, and harms nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from framelens.model import DocumentResult
from framelens.serve.models import LoadedModel
from framelens.serve.requests import ClassifyRequest
from framelens.serve.swap import shadow as module
from framelens.serve.swap.shadow import WAITING, Shadow, ShadowReport

TEXT = "We will never forget how you abandoned us. It rained."


@pytest.fixture
def default(variant: Callable[..., LoadedModel]) -> LoadedModel:
    return variant()


@pytest.fixture
def candidate(variant: Callable[..., LoadedModel]) -> LoadedModel:
    return variant(version="2", temperature=5.0)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0)
    monkeypatch.setattr(module, "INTERVAL", 0.001)


def score(model: LoadedModel, request: ClassifyRequest) -> list[DocumentResult]:
    return model.classifier.classify(request.to_documents())


def shadowed(shadow: Shadow, model: LoadedModel, *texts: str, **options: object) -> ShadowReport:
    """The report after a model has answered texts."""
    requests = [ClassifyRequest(text=text, **options) for text in texts]
    answered = [(request, score(model, request)) for request in requests]

    async def offer() -> ShadowReport:
        for request, results in answered:
            shadow.offer(model, request, results)
        if shadow._work:
            await shadow._work
        return shadow.report()

    return asyncio.run(offer())


def test_both_models_are_compared(default: LoadedModel, candidate: LoadedModel):
    report = shadowed(Shadow(default, candidate, 1, lambda: True), default, TEXT, "Nobody came.")
    assert (report.model, report.default, report.share) == ("framing@2", "framing@1.2.0", 1)
    assert (report.requests, report.skipped, report.failed, report.unmatched) == (2, 0, 0, 0)
    assert report.disagreement.sentences == 3
    assert report.disagreement.score_difference
    assert report.disagreement.score_difference > 0.1
    rows = report.disagreement.labels.values()
    assert sum(sum(row.candidate.values()) for row in rows) == 3
    assert report.ended is None
    assert "forget" not in report.model_dump_json()


def test_equal_models_agree(default: LoadedModel, variant: Callable[..., LoadedModel]):
    same = variant(version="2")
    report = shadowed(Shadow(default, same, 1, lambda: True), default, TEXT)
    assert report.disagreement.agreement == 1
    assert report.disagreement.score_difference == pytest.approx(0, abs=0.01)
    assert report.disagreement.consequences_changed == 0


def test_windows_are_read_one_by_one(default: LoadedModel, candidate: LoadedModel):
    batches: list[int] = []
    candidate.classifier.batcher.on_batch = batches.append
    text = "The council met on Tuesday, and nobody came to hear it. " * 100
    report = shadowed(Shadow(default, candidate, 1, lambda: True), default, text)
    assert report.disagreement.sentences == 100
    assert len(batches) > 2
    assert max(batches) <= 512


def test_a_request_that_pins_its_thresholds_has_the_same_for_both(
    default: LoadedModel, candidate: LoadedModel
):
    shadow = Shadow(default, candidate, 1, lambda: True)
    report = shadowed(shadow, default, TEXT, thresholds="default@1.2.0")
    assert (report.requests, report.failed) == (1, 0)


def test_other_models_requests_are_left_alone(default: LoadedModel, candidate: LoadedModel):
    report = shadowed(Shadow(default, candidate, 1, lambda: True), candidate, TEXT)
    assert (report.requests, report.skipped) == (0, 0)


def test_a_share_is_chosen(default: LoadedModel, candidate: LoadedModel):
    shadow = Shadow(default, candidate, 0.5, lambda: False)
    request = ClassifyRequest(text="a" * (module.LONGEST + 1))

    async def offer() -> int:
        for _ in range(400):
            shadow.offer(default, request, [])
        return shadow.report().skipped

    assert 100 < asyncio.run(offer()) < 300


def test_what_is_too_long_is_skipped(default: LoadedModel, candidate: LoadedModel):
    shadow = Shadow(default, candidate, 1, lambda: True)
    report = shadowed(shadow, default, "It rained. " * (module.LONGEST // 11 + 1))
    assert (report.requests, report.skipped) == (0, 1)


def test_engines_with_work_to_do_are_left_alone(
    default: LoadedModel, candidate: LoadedModel, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    report = shadowed(Shadow(default, candidate, 1, lambda: False), default, TEXT)
    assert (report.requests, report.skipped, report.failed) == (0, 1, 0)


def test_few_requests_wait(default: LoadedModel, candidate: LoadedModel):
    request = ClassifyRequest(text=TEXT)

    async def offer() -> ShadowReport:
        shadow = Shadow(default, candidate, 1, lambda: False)
        for _ in range(WAITING + 3):
            shadow.offer(default, request, [])
        report = shadow.stop()
        assert not shadow._waiting
        return report

    report = asyncio.run(offer())
    assert report.skipped == 3
    assert report.ended is not None


def test_a_candidate_that_fails_is_told_without_the_text(
    default: LoadedModel,
    candidate: LoadedModel,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    def prepare(documents: object) -> None:
        raise RuntimeError(f"could not read {documents}")

    monkeypatch.setattr(candidate.classifier, "prepare", prepare)
    report = shadowed(Shadow(default, candidate, 1, lambda: True), default, TEXT, TEXT)
    assert (report.requests, report.failed) == (0, 2)
    assert "RuntimeError in request shadow" in caplog.text
    assert "forget" not in caplog.text


def test_sentences_that_only_one_model_has_are_counted(
    default: LoadedModel, candidate: LoadedModel, monkeypatch: pytest.MonkeyPatch
):
    finish = candidate.classifier.finish

    def without_the_first(*given: object) -> list[DocumentResult]:
        [result] = finish(*given)
        return [replace(result, sentences=result.sentences[1:])]

    monkeypatch.setattr(candidate.classifier, "finish", without_the_first)
    report = shadowed(Shadow(default, candidate, 1, lambda: True), default, TEXT)
    assert (report.requests, report.unmatched, report.disagreement.sentences) == (1, 1, 1)


def test_documents_without_an_answer_are_no_failures(default: LoadedModel, candidate: LoadedModel):
    report = shadowed(Shadow(default, candidate, 1, lambda: True), default, " ")
    assert (report.requests, report.failed, report.disagreement.sentences) == (1, 0, 0)
