"""The service under test: one classifier, in process and behind a real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.testclient import TestClient

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.models import Models
from framelens.serve.server import SETTINGS
from framelens.serve.store import Policy, Store
from framelens.serve.swap.folder import ModelsFolder

from .moods import moods_classifier


@pytest.fixture(scope="session")
def classifier() -> FramingClassifier:
    return FramingClassifier.load(engine="openvino", precision="f32")


@pytest.fixture(scope="session")
def moods() -> FramingClassifier:
    """A model whose sentences may have several labels, or none."""
    return moods_classifier()


@pytest.fixture(scope="session")
def client(classifier: FramingClassifier) -> TestClient:
    """The service without a network. What it answers where it fails is part of the contract."""
    return TestClient(create_app(classifier), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def whole(
    classifier: FramingClassifier, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """The service with every part switched on."""
    folder = tmp_path_factory.mktemp("whole")
    store = Store.open(f"sqlite:///{folder / 'store.db'}", Policy(keep_jobs_hours=1))
    app = create_app(classifier, store=store, models_folder=ModelsFolder(folder))
    yield TestClient(app, raise_server_exceptions=False)
    store.database.close()


Serving = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def serving() -> Serving:
    """Runs the service under uvicorn, on a free port, and gives its address."""

    @contextmanager
    def running(served: FramingClassifier | Models, **arguments: Any) -> Iterator[str]:
        app = create_app(served, **arguments)
        server = uvicorn.Server(uvicorn.Config(app, port=0, **SETTINGS))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join()

    return running


@pytest.fixture(scope="session")
def server(serving: Serving, classifier: FramingClassifier) -> Iterator[str]:
    """The address of the service."""
    with serving(classifier) as address:
        yield address


@pytest.fixture(scope="session")
def http(server: str) -> Iterator[httpx2.Client]:
    """A client of the real server."""
    with httpx2.Client(base_url=server, timeout=60) as connected:
        yield connected
