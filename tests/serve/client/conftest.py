"""The service that clients talk to: the real one, over an engine that costs nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI

from framelens.model import Artefact, FramingClassifier
from framelens.model.engines.base import Ids, Logits
from framelens.serve.app import create_app
from framelens.serve.limits import Limits
from framelens.serve.server import settings


class Even:
    """Finds every leaf as likely as the others."""

    name, precision, streams = "even", "f32", 1

    def __init__(self, leaves: int) -> None:
        self._leaves = leaves

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """Zeros."""
        return np.zeros((*ids.shape, self._leaves), dtype=np.float32)


MakeApp = Callable[..., FastAPI]


@pytest.fixture(scope="session")
def make_app() -> MakeApp:
    """Makes the service, with whatever else it is given."""
    artefact = Artefact.load("framing")
    engine = Even(len(artefact.scheme.leaves))
    return lambda **given: create_app(FramingClassifier(artefact, engine), **given)


Running = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def running() -> Running:
    """Runs an ASGI application behind a real server, and gives its address."""

    @contextmanager
    def serving(app: Any, **given: Any) -> Iterator[str]:
        config = uvicorn.Config(app, port=0, **settings(Limits()), **given)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        scheme = "https" if config.is_ssl else "http"
        try:
            yield f"{scheme}://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()

    return serving


@pytest.fixture(scope="session")
def address(running: Running, make_app: MakeApp) -> Iterator[str]:
    """The address of the service."""
    with running(make_app()) as address:
        yield address
