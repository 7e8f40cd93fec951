"""/metrics: what is counted, and what the last sentences were like."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from framelens.model import DocumentResult, FramingClassifier, SentenceResult
from framelens.serve.app import create_app
from framelens.serve.drift import WINDOW, Drift

TEXT = {"text": "It rained. The dog slept 🂡."}


def samples(client: TestClient) -> dict[str, float]:
    """Every value, by its name and labels other than the model."""
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    return {
        sample.name
        + "".join(
            f" {value}" for label, value in sample.labels.items() if label != "model"
        ): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_what_happens_is_counted(classifier: FramingClassifier):
    own = FramingClassifier(classifier.artefact, classifier.engine)
    client = TestClient(create_app(own))
    read = samples(client)["framelens_tokens_read_total"]
    (document,) = client.post("/v1/classify", json=TEXT).json()["documents"]
    client.post("/v1/classify", json={"text": 1})
    client.post("/v1/classify", content="{", headers={"content-type": "application/json"})
    client.get("/a-secret")
    client.request("SECRET", "/v1/info")
    values = samples(client)
    assert values["framelens_requests_total POST /v1/classify 200"] == 1
    assert values["framelens_requests_total POST /v1/classify 422"] == 1
    assert values["framelens_requests_total GET (unknown path) 404"] == 1
    assert values["framelens_problems_total invalid_request"] == 1
    assert values["framelens_problems_total invalid_json"] == 1
    assert values["framelens_problems_total not_found"] == 1
    assert not re.search("secret", " ".join(values), re.IGNORECASE)
    refused = sum(
        value
        for name, value in values.items()
        if re.fullmatch(r"framelens_requests_total .* [45]\d\d", name)
    )
    reasons = sum(v for name, v in values.items() if name.startswith("framelens_problems_total"))
    assert refused == reasons == 4
    assert values["framelens_tokens_read_total"] == read + 32
    for name in ("prepare", "queue", "inference"):
        assert values[f"framelens_{name}_seconds_count"] == 1
    assert values["framelens_queue_tokens"] == 0
    labels = Counter(sentence["label"] for sentence in document["sentences"])
    for label, number in labels.items():
        assert values[f"framelens_sentences_total {label}"] == number
        assert values[f"framelens_recent_label_share {label}"] == number / labels.total()
    tokens = sum(sentence["tokens"] for sentence in document["sentences"])
    assert values["framelens_recent_unknown_token_share"] == pytest.approx(1 / tokens)
    profile = classifier.artefact.manifest.profile
    assert profile
    for label, share in profile.predicted.items():
        assert values[f"framelens_baseline_label_share {label}"] == share
    assert values["framelens_baseline_confidence_median"] == profile.confidence[4]


def test_probes_are_no_traffic(classifier: FramingClassifier):
    client = TestClient(create_app(FramingClassifier(classifier.artefact, classifier.engine)))
    assert client.get("/readyz").status_code == 200
    assert samples(client)["framelens_recent_sentences"] == 0


def test_the_window_forgets_whole_requests(classifier: FramingClassifier):
    drift = Drift(unknown=None, median=0.5)

    def add(label: str, number: int, confidence: float) -> None:
        sentence = SentenceResult(0, 1, "a", label, confidence, False, {}, None, 3, 3)
        drift.add(classifier.prepare(["It rained."]), [DocumentResult(None, (sentence,) * number)])

    assert drift.share("a") == drift.confidence() == drift.unknown() == 0
    add("a", WINDOW, 0.9)
    add("b", WINDOW // 2, 0.4)
    assert drift.sentences == WINDOW // 2
    assert drift.share("a") == 0
    assert drift.share("b") == drift.unsure() == 1
    add("a", WINDOW // 2, 0.9)
    assert drift.share("a") == drift.unsure() == 0.5
    assert drift.confidence() == pytest.approx(0.65)
    assert drift.tokens() == 3
