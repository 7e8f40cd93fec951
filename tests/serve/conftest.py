"""The service under test: one classifier, in process and behind a real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import httpx2
import pytest
import uvicorn
from starlette.testclient import TestClient

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.server import SETTINGS


@pytest.fixture(scope="session")
def classifier() -> FramingClassifier:
    return FramingClassifier.load(engine="openvino", precision="f32")


@pytest.fixture(scope="session")
def client(classifier: FramingClassifier) -> TestClient:
    """The service without a network. What it answers where it fails is part of the contract."""
    return TestClient(create_app(classifier), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def server(classifier: FramingClassifier) -> Iterator[str]:
    """The address of the service under uvicorn, on a free port."""
    config = uvicorn.Config(create_app(classifier), port=0, **SETTINGS)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def http(server: str) -> Iterator[httpx2.Client]:
    """A client of the real server."""
    with httpx2.Client(base_url=server) as connected:
        yield connected
