"""Threshold sets: what follows from a probability, and the files they are written in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.models import LoadedModel, Models
from framelens.serve.thresholds import (
    LabelThresholds,
    ThresholdsError,
    ThresholdSet,
    model_thresholds,
    read_thresholds,
    request_thresholds,
)

TEXT = "We will never forget how you abandoned us. It rained. She said that they had won."
POLICIES = """
lenient:
  version: 3
  labels:
    victim: {act: 0.97, review: 0.1}
strict:
  version: "2026-11"
  review_below: 0.5
  labels:
    victim: {review: 0.001}
    triumphalist: {act: 0.0, review: 0.0}
"""


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policies") / "thresholds.yaml"
    path.write_text(POLICIES, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def client(classifier: FramingClassifier, policies: Path) -> TestClient:
    sets = read_thresholds(policies, [classifier.artefact.scheme])
    return TestClient(create_app(Models([LoadedModel(classifier, sets)])))


def ask(client: TestClient, **request: Any) -> dict[str, Any]:
    response = client.post("/v1/classify", json={"text": TEXT, **request})
    assert response.status_code == 200
    return response.json()


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ({"a": 0.95, "b": 0.05}, ("act", "a")),
        ({"a": 0.9, "b": 0.1}, ("act", "a")),
        ({"a": 0.89, "b": 0.11}, ("review", "a")),
        ({"a": 0.45, "b": 0.55}, ("review", "a")),
        ({"a": 0.39, "b": 0.61}, ("review", "b")),
        ({"a": 0.35, "b": 0.35}, (None, None)),
    ],
)
def test_what_follows(scores: dict[str, float], expected: tuple[str | None, str | None]):
    labels = {"a": LabelThresholds(act=0.9, review=0.4), "b": LabelThresholds(review=0.6)}
    assert ThresholdSet("policy", "1", labels).consequence(scores) == expected


def test_confidence_is_looked_at_last():
    thresholds = ThresholdSet("policy", "1", {"a": LabelThresholds(act=0.5)}, review_below=0.7)
    assert thresholds.consequence({"a": 0.6, "b": 0.4}) == ("act", "a")
    assert thresholds.consequence({"a": 0.4, "b": 0.6}) == ("review", "b")
    assert thresholds.consequence({"a": 0.3, "b": 0.7}) == (None, None)


def test_the_models_own_set_keeps_the_review_mark(
    client: TestClient, classifier: FramingClassifier
):
    for own in ({}, {"thresholds": "default"}):
        sentences = ask(client, **own)["documents"][0]["sentences"]
        results = classifier.classify(TEXT).sentences
        for sentence, result in zip(sentences, results, strict=True):
            assert sentence["review"] == result.review
            assert sentence["follows"] == ("review" if result.review else None)
            assert sentence["follows_from"] == (result.label if result.review else None)


@pytest.mark.parametrize("threshold", [0.5, 0.99, 1])
def test_a_threshold_in_the_request_is_a_set_of_its_own(client: TestClient, threshold: float):
    answer = ask(client, options={"review_below": threshold})
    assert answer["thresholds"].startswith(f"request@{float(threshold)}+")
    assert answer["fingerprint"] != ask(client)["fingerprint"]
    for sentence in answer["documents"][0]["sentences"]:
        assert sentence["review"] == (sentence["confidence"] < threshold)


def test_below_zero_there_is_nothing(client: TestClient):
    for sentence in ask(client, options={"review_below": 0})["documents"][0]["sentences"]:
        assert (sentence["review"], sentence["follows"], sentence["follows_from"]) == (
            False,
            None,
            None,
        )


@pytest.mark.parametrize("wanted", ["strict", "strict@2026-11"])
def test_a_request_chooses_its_set(client: TestClient, wanted: str):
    answer = ask(client, thresholds=wanted)
    assert answer["thresholds"].startswith("strict@2026-11+")
    for sentence in answer["documents"][0]["sentences"]:
        assert (sentence["follows"], sentence["follows_from"]) == ("act", "triumphalist")
        assert not sentence["review"]
    assert ask(client, thresholds=answer["thresholds"]) == answer


@pytest.mark.parametrize("wanted", ["nothing", "strict@3", "default@0", ""])
def test_an_unknown_set_is_refused(client: TestClient, wanted: str):
    response = client.post("/v1/classify", json={"text": TEXT, "thresholds": wanted})
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "unknown_thresholds")
    known = "default@1.2.0, lenient@3, strict@2026-11"
    assert problem["detail"] == f"the threshold sets for framing@1.2.0 are {known}"
    assert problem["errors"][0]["pointer"] == "/thresholds"


def test_a_set_and_a_threshold_exclude_each_other(client: TestClient):
    request = {"text": TEXT, "thresholds": "strict", "options": {"review_below": 0.5}}
    problem = client.post("/v1/classify", json=request).json()
    assert problem["code"] == "invalid_request"
    assert "at most one of 'thresholds' and 'options/review_below'" in problem["detail"]


def test_info_tells_every_set(client: TestClient):
    info = client.get("/v1/info").json()
    own, lenient, strict = info["thresholds"]
    assert own["labels"] == {}
    assert own["review_below"] == info["model"]["review_below"]
    assert (lenient["name"], lenient["version"]) == ("lenient", "3")
    assert lenient["labels"] == {"victim": {"act": 0.97, "review": 0.1}}
    assert strict["labels"]["victim"] == {"act": None, "review": 0.001}
    assert strict["id"] == ask(client, thresholds="strict")["thresholds"]


def test_ids_follow_the_thresholds(classifier: FramingClassifier):
    manifest = classifier.artefact.manifest
    own, asked = model_thresholds(manifest), request_thresholds(manifest.review_below or 0)
    assert own.id.rpartition("+")[2] == asked.id.rpartition("+")[2], "the same thresholds"
    assert request_thresholds(0.5).id != asked.id


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must map the names of threshold sets to their content"),
        ("[1]", "must map the names of threshold sets to their content"),
        ("a: [", "not a YAML file: "),
        ("default: {}", "default: this name is taken"),
        ("a@1: {}", "'a@1': the name of a set must match"),
        ("7: {}", "7: the name of a set must match"),
        ("a: 7", "a: must be an object"),
        ("a: {labels: {victim: {act: 1}}}", "a.version: Field required"),
        ("a: {version: 1.10, labels: {victim: {act: 1}}}", "a.version: must be a whole number"),
        ("a: {version: 'a b', labels: {victim: {act: 1}}}", "a.version: String should match"),
        ("a: {version: 1}", "a: needs 'labels' or 'review_below', or both"),
        ("a: {version: 1, labels: {}}", "a: needs 'labels' or 'review_below', or both"),
        ("a: {version: 1, review_below: 2}", "a.review_below: Input should be less than or equal"),
        (
            "a: {version: 1, label: {}}",
            "a: has an unknown field; known are 'version', 'review_below', 'labels'",
        ),
        ("a: {version: 1, labels: {victim: {}}}", "a.labels.victim: needs 'act' or 'review'"),
        (
            "a: {version: 1, labels: {victim: {acts: 1}}}",
            "a.labels.victim: has an unknown field; known are 'act', 'review'",
        ),
        (
            "a: {version: 1, labels: {victim: {act: 1.5}}}",
            "a.labels.victim.act: Input should be less than or equal to 1",
        ),
        ("a: {version: 1, labels: {victim: {act: yes}}}", "a.labels.victim.act: "),
        ("a: {version: 1, labels: {victim: {act: .nan}}}", "a.labels.victim.act: "),
        (
            "a: {version: 1, labels: {victim: {act: 0.2, review: 0.4}}}",
            "a.labels.victim: 'review' must not be above 'act'",
        ),
        (
            "a: {version: 1, labels: {toxic: {act: 0.2}}}",
            "a.labels: no model has the label 'toxic'; known are 'triumphalist', 'victim', "
            "'neutral_reporting' or 'quoted_claim'",
        ),
    ],
)
def test_mistakes_are_named(
    tmp_path: Path, classifier: FramingClassifier, content: str, message: str
):
    path = tmp_path / "wrong.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ThresholdsError) as raised:
        read_thresholds(path, [classifier.artefact.scheme])
    assert str(raised.value).startswith(f"{path}: {message}")


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(ThresholdsError) as raised:
        read_thresholds(tmp_path / "none.yaml", [])
    assert "cannot read the threshold sets" in str(raised.value)
