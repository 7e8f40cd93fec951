"""/v1/models: every change, and what is refused."""

from __future__ import annotations

import gc
import re
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from framelens.model import Artefact, FramingClassifier
from framelens.model.engines.base import Ids, Logits
from framelens.serve.app import create_app
from framelens.serve.limits import Limits
from framelens.serve.models import LoadedModel, Models
from framelens.serve.store import Store
from framelens.serve.swap import folder as folder_module
from framelens.serve.swap.folder import ModelsFolder
from framelens.serve.thresholds import ThresholdSet

SECONDS = 60
TEXT = {"text": "We will never forget how you abandoned us. It rained."}

Variant = Callable[..., LoadedModel]


@pytest.fixture
def make(
    variant: Variant,
    folder: Path,
    classifier: FramingClassifier,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., FastAPI]:
    """Makes a service with one model, which loads others into the same engine."""
    monkeypatch.setattr(folder_module, "load_engine", lambda *_: classifier.engine)
    return partial(create_app, Models([variant()]), models_folder=ModelsFolder(folder))


@pytest.fixture
def app(make: Callable[..., FastAPI]) -> FastAPI:
    return make()


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def change(client: TestClient, what: str, content: Any, status: int = 200) -> dict[str, Any]:
    response = client.post(f"/v1/models{what}", json=content)
    assert response.status_code == status, response.text
    return response.json()


def load(client: TestClient) -> dict[str, Any]:
    return change(client, "", {"name": "second"}, 201)


def promote(client: TestClient, model: str = "framing@2") -> dict[str, Any]:
    return change(client, ":promote", {"model": model})


def version(client: TestClient, model: str | None = None) -> str:
    response = client.post("/v1/classify", json={**TEXT, "model": model})
    assert response.status_code == 200, response.text
    return response.json()["model"]["version"]


def ids(states: list[dict[str, Any]]) -> list[str]:
    return [each["model"] for each in states]


def assert_problem(response: Any, status: int, code: str, detail: str) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert detail in response.json()["detail"]


def test_what_there_is_and_what_may_come(client: TestClient):
    states = client.get("/v1/models").json()
    assert ids(states["models"]) == ["framing@1.2.0"]
    assert len(states["models"][0]["sha256"]) == 64
    assert states["models"][0]["requests"] == 0
    assert states["available"] == ["second"]
    assert states["leaving"] == []
    assert states["previous"] is states["shadow"] is None
    assert not states["is_loading"]


def test_a_model_comes_leads_and_goes(client: TestClient):
    assert ids(load(client)["models"]) == ["framing@1.2.0", "framing@2"]
    assert (version(client), version(client, "framing@2")) == ("1.2.0", "2")
    states = promote(client)
    assert ids(states["models"]) == ["framing@2", "framing@1.2.0"]
    assert states["previous"] == "framing@1.2.0"
    assert (version(client), version(client, "framing")) == ("2", "2")
    assert version(client, "framing@1.2.0") == "1.2.0"
    states = change(client, ":rollback", {})
    assert ids(states["models"]) == ["framing@1.2.0", "framing@2"]
    assert states["previous"] is None
    assert version(client) == "1.2.0"
    response = client.delete("/v1/models/framing@2")
    assert response.status_code == 200
    assert ids(response.json()["models"]) == ["framing@1.2.0"]
    assert response.json()["leaving"] == []


def test_info_and_health_know_the_models(client: TestClient):
    load(client)
    promote(client)
    change(client, ":shadow", {"model": "framing@1.2.0"}, 201)
    info = client.get("/v1/info").json()
    assert info["model"]["version"] == "2"
    assert [each["model"]["version"] for each in info["models"]] == ["2", "1.2.0"]
    assert (info["previous"], info["shadow"]) == ("framing@1.2.0", "framing@1.2.0")
    assert client.get("/readyz").status_code == client.get("/livez").status_code == 200
    client.delete("/v1/models/framing@1.2.0")
    info = client.get("/v1/info").json()
    assert info["retired"] == ["framing@1.2.0"]
    assert info["shadow"] is None
    assert "framing@1.2.0" not in "".join(
        line
        for line in client.get("/metrics").text.splitlines()
        if line.startswith(("framelens_recent", "framelens_queue"))
    )


def test_ready_covers_what_was_loaded(client: TestClient, app: FastAPI):
    load(client)
    model = list(app.state.service.models)[1]
    artefact = model.classifier.artefact
    canary = replace(artefact.manifest.canary, scores={"another": 1.0})
    model.classifier.artefact = replace(
        artefact, manifest=replace(artefact.manifest, canary=canary)
    )
    assert_problem(client.get("/readyz"), 503, "not_ready", "framing@2")


def test_an_unloaded_model_is_retired_until_it_is_loaded_again(client: TestClient):
    load(client)
    client.delete("/v1/models/framing@2")
    response = client.post("/v1/classify", json={**TEXT, "model": "framing@2"})
    assert_problem(response, 410, "retired_model", "loaded are framing@1.2.0")
    load(client)
    assert version(client, "framing@2") == "2"
    assert client.get("/v1/info").json()["retired"] == []


def test_threshold_sets_that_fit_come_along(
    variant: Variant, folder: Path, app: FastAPI, client: TestClient
):
    fitting = ThresholdSet("policy", "7", {}, 0.5)
    app.state.service.models.sets.append(fitting)
    load(client)
    models = client.get("/v1/info").json()["models"]
    assert [each["name"] for each in models[1]["thresholds"]] == ["default", "policy"]


@pytest.mark.parametrize("name", ["third", "../second", "/etc", "."])
def test_what_is_not_in_the_folder_is_not_loaded(client: TestClient, name: str):
    response = client.post("/v1/models", json={"name": name})
    assert_problem(response, 422, "unknown_artefact", "the folder's artefacts are second")
    assert response.json()["errors"][0]["pointer"] == "/name"
    load(client)


def test_an_artefact_whose_canary_is_wrong_is_not_served(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
):
    read = ModelsFolder.read

    def changed(self: ModelsFolder, name: str) -> Artefact:
        artefact = read(self, name)
        canary = replace(artefact.manifest.canary, scores={"another": 1.0})
        return replace(artefact, manifest=replace(artefact.manifest, canary=canary))

    monkeypatch.setattr(ModelsFolder, "read", changed)
    response = client.post("/v1/models", json={"name": "second"})
    assert_problem(response, 422, "unfit_artefact", "the canary's scores of framing@2")
    assert ids(client.get("/v1/models").json()["models"]) == ["framing@1.2.0"]
    assert client.get("/readyz").status_code == 200


def test_an_id_is_loaded_once_and_stands_for_the_same_files(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
):
    load(client)
    response = client.post("/v1/models", json={"name": "second"})
    assert_problem(response, 409, "model_conflict", "framing@2 is loaded already")
    client.delete("/v1/models/framing@2")
    read = ModelsFolder.read

    def changed(self: ModelsFolder, name: str) -> Artefact:
        artefact = read(self, name)
        return replace(artefact, manifest=replace(artefact.manifest, overlap=0))

    monkeypatch.setattr(ModelsFolder, "read", changed)
    response = client.post("/v1/models", json={"name": "second"})
    assert_problem(response, 409, "model_conflict", "another framing@2 was served before")


def test_one_model_is_loaded_at_a_time(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    reading, gate = threading.Event(), threading.Event()
    read = ModelsFolder.read

    def slow(self: ModelsFolder, name: str) -> Artefact:
        reading.set()
        assert gate.wait(SECONDS)
        return read(self, name)

    monkeypatch.setattr(ModelsFolder, "read", slow)
    with ThreadPoolExecutor() as callers:
        first = callers.submit(load, client)
        assert reading.wait(SECONDS)
        response = client.post("/v1/models", json={"name": "second"})
        assert_problem(response, 409, "model_conflict", "one at a time")
        assert client.get("/v1/models").json()["is_loading"]
        assert version(client) == "1.2.0"
        gate.set()
        assert ids(first.result(SECONDS)["models"]) == ["framing@1.2.0", "framing@2"]
    assert not client.get("/v1/models").json()["is_loading"]


def test_memory_has_room_for_so_many(variant: Variant, folder: Path):
    models = Models([variant()])
    app = create_app(models, Limits(models=1), models_folder=ModelsFolder(folder))
    response = TestClient(app).post("/v1/models", json={"name": "second"})
    assert_problem(response, 409, "model_conflict", "1 models are in memory; at most 1 may be")


@pytest.mark.parametrize("what", [":promote", ":shadow"])
@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("framing@3", 422, "unknown_model"),
        ("framing", 422, "unknown_model"),
        ("framing@1.2.0", 409, "model_conflict"),
    ],
)
def test_only_another_loaded_model_can_be_promoted_or_compared(
    client: TestClient, what: str, model: str, status: int, code: str
):
    response = client.post(f"/v1/models{what}", json={"model": model})
    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize("what", [":promote", ":shadow"])
def test_other_labels_are_another_service(client: TestClient, app: FastAPI, what: str):
    load(client)
    model = list(app.state.service.models)[1].classifier
    scheme = model.artefact.scheme
    model.artefact = replace(model.artefact, scheme=replace(scheme, labels=scheme.labels[:-1]))
    response = client.post(f"/v1/models{what}", json={"model": "framing@2"})
    assert_problem(response, 409, "model_conflict", "have different labels")


def test_without_a_promotion_there_is_no_way_back(client: TestClient):
    response = client.post("/v1/models:rollback", json={})
    assert_problem(response, 409, "model_conflict", "no model was promoted")
    load(client)
    promote(client)
    client.delete("/v1/models/framing@1.2.0")
    response = client.post("/v1/models:rollback", json={})
    assert_problem(response, 409, "model_conflict", "framing@1.2.0, the default before, is not")
    assert version(client) == "2"


def test_another_page_cannot_roll_back(client: TestClient):
    # What browsers send to any host unasked has no JSON.
    assert client.post("/v1/models:rollback").status_code == 415
    headers = {"content-type": "text/plain"}
    assert client.post("/v1/models:rollback", content="{}", headers=headers).status_code == 415


def test_the_default_stays_loaded(client: TestClient):
    response = client.delete("/v1/models/framing@1.2.0")
    assert_problem(response, 409, "model_conflict", "framing@1.2.0 is the default")
    response = client.delete("/v1/models/framing@3")
    assert_problem(response, 404, "unknown_record", "loaded are framing@1.2.0")


def test_a_shadow_is_scored_and_ends_with_a_change(
    client: TestClient, wait_until: Callable[[Callable[[], bool]], None]
):
    assert_problem(client.get("/v1/models:shadow"), 404, "unknown_record", "no model has been")
    assert client.delete("/v1/models:shadow").status_code == 404
    load(client)
    report = change(client, ":shadow", {"model": "framing@2", "share": 1}, 201)
    assert (report["model"], report["default"], report["share"]) == (
        "framing@2",
        "framing@1.2.0",
        1,
    )
    response = client.post("/v1/models:shadow", json={"model": "framing@2"})
    assert_problem(response, 409, "model_conflict", "framing@2 is being shadow-scored")
    assert version(client) == "1.2.0"
    wait_until(lambda: client.get("/v1/models:shadow").json()["requests"] == 1)
    promote(client)
    report = client.get("/v1/models:shadow").json()
    assert report["ended"]
    assert report["disagreement"]["sentences"] == 2
    assert report["disagreement"]["agreement"] == 1
    assert client.get("/v1/models").json()["shadow"] is None
    change(client, ":shadow", {"model": "framing@1.2.0"}, 201)
    assert client.delete("/v1/models:shadow").json()["ended"]
    assert client.get("/v1/models:shadow").json()["model"] == "framing@1.2.0"


@pytest.mark.parametrize("share", [0, -1, 1.1, "1", None])
def test_a_share_is_a_share(client: TestClient, share: Any):
    response = client.post("/v1/models:shadow", json={"model": "framing@2", "share": share})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/share"


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("GET", "", None),
        ("POST", "", {"name": "second"}),
        ("DELETE", "/framing@2", None),
        ("POST", ":promote", {"model": "framing@2"}),
        ("POST", ":rollback", {}),
        ("GET", ":shadow", None),
        ("POST", ":shadow", {"model": "framing@2"}),
        ("DELETE", ":shadow", None),
    ],
)
def test_nothing_of_this_unless_it_is_switched_on(
    variant: Variant, method: str, path: str, content: Any
):
    client = TestClient(create_app(Models([variant()])))
    response = client.request(method, f"/v1/models{path}", json=content)
    assert_problem(response, 404, "no_models_folder", "--models-folder")
    assert client.get("/v1/info").json()["previous"] is None


def test_every_change_is_in_the_audit_log(make: Callable[..., FastAPI], tmp_path: Path):
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    app = make(store=store)
    who = {"actor": "ada", "reason": "fewer flips"}
    with TestClient(app) as client:
        change(client, "", {"name": "second", **who}, 201)
        change(client, ":shadow", {"model": "framing@2", **who}, 201)
        client.delete("/v1/models:shadow", params=who)
        change(client, ":promote", {"model": "framing@2", **who})
        change(client, ":rollback", {"actor": "bob"})
        client.delete("/v1/models/framing@2", params=who)
        client.delete("/v1/models/framing@2", params=who)
        entries = client.get("/v1/audit").json()["entries"]
    assert [(each["action"], each["actor"], each["reason"]) for each in entries] == [
        ("model_loaded", "ada", "framing@2: fewer flips"),
        ("shadow_started", "ada", "framing@2: fewer flips"),
        ("shadow_stopped", "ada", "framing@2: fewer flips"),
        ("model_promoted", "ada", "framing@2: fewer flips"),
        ("model_rolled_back", "bob", "framing@1.2.0"),
        ("model_unloaded", "ada", "framing@2: fewer flips"),
    ]
    store.database.close()


class GatedEngine:
    """Waits with every batch until its gate is open."""

    name = "gated"
    precision = "f32"
    streams = 1

    def __init__(self, leaves: int) -> None:
        self._leaves = leaves
        self.started, self.gate = threading.Event(), threading.Event()

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """Find every leaf as likely as the others."""
        self.started.set()
        assert self.gate.wait(SECONDS)
        return np.zeros((*ids.shape, self._leaves), dtype=np.float32)


@pytest.mark.parametrize("path", ["/v1/classify", "/v1/classify:stream"])
def test_what_has_begun_ends_with_the_model_it_began_with(
    variant: Variant, folder: Path, classifier: FramingClassifier, path: str
):
    engine = GatedEngine(len(classifier.artefact.scheme.leaves))
    held = LoadedModel(FramingClassifier(classifier.artefact, engine))
    freed = weakref.ref(held)
    app = create_app(
        Models([variant(version="3"), held, variant(version="2")]),
        models_folder=ModelsFolder(folder),
    )
    del held
    stream = {"content": b'{"text": "It rained."}\n' * 20} | {
        "headers": {"content-type": "application/x-ndjson"}
    }
    body: dict[str, Any] = stream if path.endswith("stream") else {"json": TEXT}
    with TestClient(app) as client, ThreadPoolExecutor() as callers:
        promote(client, "framing@1.2.0")
        under_way = callers.submit(client.post, path, **body)
        assert engine.started.wait(SECONDS)
        promote(client, "framing@2")
        [leaving] = client.delete("/v1/models/framing@1.2.0").json()["leaving"]
        assert leaving["model"] == "framing@1.2.0"
        assert leaving["requests"] >= 1
        assert version(client) == "2"
        engine.gate.set()
        response = under_way.result(SECONDS)
        assert response.status_code == 200
        assert '"version":"1.2.0"' in response.text
        # All lines of the stream too, though only some of them had begun.
        assert len({*re.findall(r'"confidence":([\d.]+),"review"', response.text)}) == 1
        assert client.get("/v1/models").json()["leaving"] == []
        del under_way, response
        gc.collect()
        assert freed() is None
