"""Word to a supervisor: once, when there is one, and no sign of life from a stuck engine."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn

from framelens.serve.server import TICKS, Server
from framelens.serve.service import Service
from framelens.serve.supervision import notify


@pytest.fixture(params=["file", "abstract"])
def supervisor(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    """Where a supervisor listens."""
    name = str(tmp_path / "notify")
    if request.param == "abstract":
        name = f"@{name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name.replace("@", "\0"))
        listening.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield listening


def test_the_supervisor_hears_it(supervisor: socket.socket):
    notify("READY=1")
    assert supervisor.recv(100) == b"READY=1"


def test_nobody_needs_to_listen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    notify("READY=1")


class StubService:
    """A service that is as it is told."""

    is_stopping = False
    fault = ""

    def wedged(self) -> str:
        """What is wrong with the engine."""
        return self.fault


async def _application(scope: Any, receive: Any, send: Any) -> None:
    return


def test_a_server_says_what_it_does(supervisor: socket.socket, monkeypatch: pytest.MonkeyPatch):
    service = StubService()
    config = uvicorn.Config(_application, log_config=None)
    config.load()
    server = Server(config, cast(Service, service))

    async def started(self: uvicorn.Server, sockets: Any = None) -> None:
        self.started, self.servers = True, []

    monkeypatch.setattr(uvicorn.Server, "startup", started)
    asyncio.run(server.startup())
    assert supervisor.recv(100) == b"READY=1"
    assert asyncio.run(server.on_tick(TICKS)) is False
    assert supervisor.recv(100) == b"WATCHDOG=1"
    service.fault = "the engine has been over one batch for 31 seconds"
    asyncio.run(server.on_tick(2 * TICKS))
    monkeypatch.setattr("framelens.serve.server.threading.Timer", lambda *_: _Timer())
    server.handle_exit(signal.SIGTERM, None)
    assert supervisor.recv(100) == b"STOPPING=1", "the stuck engine gave no sign of life"
    assert service.is_stopping


class _Timer:
    daemon = False

    def start(self) -> None:
        """Never fire."""
