"""Several models side by side, and what their answers say of themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from framelens.model import FramelensError, FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.models import LoadedModel, Models

TEXT = "We will never forget how you abandoned us. It rained."


def other(classifier: FramingClassifier, **changes: Any) -> FramingClassifier:
    artefact = classifier.artefact
    manifest = replace(artefact.manifest, **changes)
    return FramingClassifier(replace(artefact, manifest=manifest), classifier.engine)


@pytest.fixture(scope="module")
def models(classifier: FramingClassifier) -> Models:
    loaded = [
        other(classifier, version="2", temperature=1.0),
        other(classifier, version="1", temperature=3.0),
        other(classifier, name="another", version="1"),
    ]
    return Models([LoadedModel(each) for each in loaded], retired=["framing@0", "gone@7"])


@pytest.fixture(scope="module")
def client(models: Models) -> TestClient:
    return TestClient(create_app(models))


def ask(client: TestClient, **request: Any) -> dict[str, Any]:
    response = client.post("/v1/classify", json={"text": TEXT, **request})
    assert response.status_code == 200
    return response.json()


@pytest.mark.parametrize(
    ("wanted", "name", "version"),
    [
        (None, "framing", "2"),
        ("framing", "framing", "2"),
        ("framing@2", "framing", "2"),
        ("framing@1", "framing", "1"),
        ("another", "another", "1"),
        ("another@1", "another", "1"),
    ],
)
def test_a_request_may_pin_its_model(
    client: TestClient, wanted: str | None, name: str, version: str
):
    model = ask(client, model=wanted)["model"]
    assert (model["name"], model["version"]) == (name, version)


def test_each_model_answers_as_itself(client: TestClient):
    newer, older = (ask(client, model=f"framing@{version}") for version in (2, 1))
    assert newer["model"]["weights_sha256"] == older["model"]["weights_sha256"]
    for part in ("sha256", "calibration"):
        assert newer["model"][part] != older["model"][part]
    assert newer["fingerprint"] != older["fingerprint"]
    confidences = [
        answer["documents"][0]["sentences"][0]["confidence"] for answer in (newer, older)
    ]
    assert confidences[0] > confidences[1]


@pytest.mark.parametrize("wanted", ["framing@3", "nothing", "", "framing@", "@1", "another@2"])
def test_an_unknown_model_is_refused(client: TestClient, wanted: str):
    response = client.post("/v1/classify", json={"text": TEXT, "model": wanted})
    assert response.status_code == 422
    problem = response.json()
    assert problem["code"] == "unknown_model"
    assert problem["detail"] == "loaded are framing@2, framing@1, another@1"
    assert problem["errors"] == [{"pointer": "/model", "detail": problem["detail"]}]


@pytest.mark.parametrize("wanted", ["framing@0", "gone@7", "gone"])
def test_a_retired_model_is_told_from_an_unknown_one(client: TestClient, wanted: str):
    response = client.post("/v1/classify", json={"text": TEXT, "model": wanted})
    assert response.status_code == 410
    assert response.json()["code"] == "retired_model"
    assert response.json()["detail"].endswith("loaded are framing@2, framing@1, another@1")


def test_info_lists_what_may_be_asked_for(client: TestClient):
    info = client.get("/v1/info").json()
    told = [f"{each['model']['name']}@{each['model']['version']}" for each in info["models"]]
    assert told == ["framing@2", "framing@1", "another@1"]
    assert info["model"] == info["models"][0]["model"]
    assert info["retired"] == ["framing@0", "gone@7"]
    for each in info["models"]:
        assert [given["name"] for given in each["thresholds"]] == ["default"]


def test_ready_only_if_every_model_is(classifier: FramingClassifier):
    canary = replace(classifier.artefact.manifest.canary, scores={"another": 1.0})
    broken = other(classifier, version="2", canary=canary)
    models = Models([LoadedModel(classifier), LoadedModel(broken)])
    assert TestClient(create_app(models)).get("/readyz").status_code == 503


def test_the_models_may_be_replaced_while_requests_come(
    classifier: FramingClassifier, models: Models
):
    app = create_app(classifier)
    client = TestClient(app)
    before = ask(client)["model"]["version"]
    app.state.service.models = models
    assert (before, ask(client)["model"]["version"]) == ("1.2.0", "2")


def test_equal_questions_have_equal_fingerprints(client: TestClient):
    fingerprints = [
        ask(client, options=options)["fingerprint"] for options in ({}, {}, {"evidence": True})
    ]
    assert len({*fingerprints}) == 1
    assert len(fingerprints[0]) == 16


def test_a_fingerprint_has_every_part(classifier: FramingClassifier):
    engine = type("Engine", (), {"name": "openvino", "precision": "bf16", "streams": 1})()
    models = [
        LoadedModel(classifier),
        LoadedModel(other(classifier, version="2")),
        LoadedModel(FramingClassifier(classifier.artefact, engine)),
    ]
    own = models[0].thresholds[0]
    bases = [model.basis(own) for model in models]
    bases.append(models[0].basis(replace(own, version="2")))
    bases.append(models[0].basis(replace(own, review_below=0.1)))
    assert len({basis.fingerprint for basis in bases}) == len(bases)
    assert models[0].basis(own) is bases[0], "made once"


@pytest.mark.parametrize(
    ("retired", "message"),
    [
        (["framing"], "--retired: 'framing' is not of the form name@version"),
        (["framing@1.2.0"], "--retired: framing@1.2.0 is given with --model as well"),
    ],
)
def test_retired_models_are_checked(
    classifier: FramingClassifier, retired: list[str], message: str
):
    with pytest.raises(FramelensError) as raised:
        Models([LoadedModel(classifier)], retired)
    assert str(raised.value) == message


def test_two_models_of_one_version_are_refused(classifier: FramingClassifier):
    with pytest.raises(FramelensError) as raised:
        Models([LoadedModel(classifier), LoadedModel(classifier)])
    assert str(raised.value) == "--model: two models are framing@1.2.0"
