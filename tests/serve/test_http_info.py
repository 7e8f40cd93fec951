"""GET /v1/info, /livez and /readyz."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import httpx2
import pytest
from starlette.testclient import TestClient

from framelens.model import DocumentResult, FramingClassifier, TextProfile
from framelens.model.artefact import Canary
from framelens.serve.app import create_app
from framelens.serve.limits import Limits


def test_info_tells_model_scheme_engine_and_limits(
    http: httpx2.Client, classifier: FramingClassifier
):
    info = http.get("/v1/info").json()
    manifest, scheme = classifier.artefact.manifest, classifier.artefact.scheme
    assert info["model"] == {
        "name": manifest.name,
        "version": manifest.version,
        "sha256": manifest.sha256,
        "weights_sha256": manifest.files["model.safetensors"],
        "calibration": manifest.calibration,
        "window": manifest.window,
        "overlap": manifest.overlap,
        "review_below": manifest.review_below,
        "profile": manifest.profile and json.loads(json.dumps(asdict(manifest.profile))),
    }
    assert info["engine"] == {"name": "openvino", "precision": "f32"}
    assert [vars(label) for label in scheme.labels] == info["scheme"]["labels"]
    for leaf, told in zip(scheme.leaves, info["scheme"]["leaves"], strict=True):
        assert told == {**vars(leaf), "examples": list(leaf.examples)}
    assert info["version"]
    assert info["limits"] == asdict(Limits())
    assert info["stores"] == {"feedback": False, "decisions": False, "texts_days": None}


def test_info_tells_the_review_threshold_and_what_the_text_was_like(classifier: FramingClassifier):
    shares = dict.fromkeys(classifier.artefact.scheme.label_names, 0.25)
    deciles = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)
    profile = TextProfile(8_000, shares, 900, shares, deciles, deciles)
    told = with_manifest(classifier, review_below=0.75, profile=profile).get("/v1/info").json()
    assert told["model"]["review_below"] == 0.75
    assert told["model"]["profile"] == {
        "sentences": 8_000,
        "annotated": shares,
        "held_out_sentences": 900,
        "predicted": shares,
        "confidence": list(deciles),
        "tokens": list(deciles),
    }


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_healthy(http: httpx2.Client, path: str):
    response = http.get(path)
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def with_manifest(classifier: FramingClassifier, **changes: object) -> TestClient:
    artefact = classifier.artefact
    artefact = replace(artefact, manifest=replace(artefact.manifest, **changes))
    return TestClient(create_app(FramingClassifier(artefact, classifier.engine)))


def with_canary(classifier: FramingClassifier, scores: dict[str, float]) -> TestClient:
    canary = Canary(classifier.artefact.manifest.canary.text, scores)
    return with_manifest(classifier, canary=canary)


@pytest.mark.parametrize(
    ("shift", "status"), [(0.049, 200), (-0.049, 200), (0.051, 503), (-0.051, 503)]
)
def test_ready_only_while_scores_are_near_the_recorded_ones(
    classifier: FramingClassifier, shift: float, status: int
):
    canary = classifier.artefact.manifest.canary
    scores = dict(classifier.classify(canary.text).sentences[0].scores)
    scores[min(scores, key=scores.__getitem__)] += shift
    response = with_canary(classifier, scores).get("/readyz")
    assert response.status_code == status
    if status == 503:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["code"] == "not_ready"
        detail = "the canary's scores of framing@1.2.0 are not the recorded ones"
        assert response.json()["detail"] == detail


def test_not_ready_when_another_label_is_recorded(classifier: FramingClassifier):
    canary = classifier.artefact.manifest.canary
    [best] = [
        label for label, score in canary.scores.items() if score == max(canary.scores.values())
    ]
    scores = {label: score for label, score in canary.scores.items() if label != best}
    assert with_canary(classifier, {**scores, "another": 0.99}).get("/readyz").status_code == 503


@pytest.mark.parametrize("failure", ["raises", "answers with an error"])
def test_not_ready_when_the_canary_cannot_be_scored(
    classifier: FramingClassifier, monkeypatch: pytest.MonkeyPatch, failure: str
):
    def prepare(documents: object) -> list[DocumentResult]:
        if failure == "raises":
            raise RuntimeError("the engine is gone")
        return [DocumentResult(None, error="the engine gave no finite score")]

    own = FramingClassifier(classifier.artefact, classifier.engine)
    client = TestClient(create_app(own))
    monkeypatch.setattr(own, "prepare", prepare)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["detail"] == "the canary of framing@1.2.0 could not be scored"
    assert client.get("/livez").status_code == 200
