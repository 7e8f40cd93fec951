"""Artefacts in a folder, and services that may load them."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from framelens.model import Artefact, FramingClassifier
from framelens.serve.models import LoadedModel
from framelens.serve.server import SETTINGS

SECONDS = 60


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, classifier: FramingClassifier) -> Path:
    """A folder with one sound artefact, "second": the shipped one as version 2."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(classifier.artefact.folder, folder / "second")
    Artefact.seal(folder / "second", replace(classifier.artefact.manifest, version="2"))
    (folder / "empty").mkdir()
    (folder / "framelens.json").write_text("{}")
    return folder


Variant = Callable[..., LoadedModel]


@pytest.fixture(scope="session")
def variant(classifier: FramingClassifier) -> Variant:
    """Loaded models that differ from the shipped one in some fields of the manifest."""

    def make(**changes: Any) -> LoadedModel:
        manifest = replace(classifier.artefact.manifest, **changes)
        artefact = replace(classifier.artefact, manifest=manifest)
        return LoadedModel(FramingClassifier(artefact, classifier.engine))

    return make


Running = Callable[[FastAPI], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def running() -> Running:
    """Runs an app under uvicorn, on a free port, and gives its address."""

    @contextmanager
    def run(app: FastAPI) -> Iterator[str]:
        server = uvicorn.Server(uvicorn.Config(app, port=0, **SETTINGS))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()

    return run


Wait = Callable[[Callable[[], bool]], None]


@pytest.fixture(scope="session")
def wait_until() -> Wait:
    """Waits for something to become true."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    return wait
