"""Connections that come all at once are accepted together."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import uvicorn

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.server import SETTINGS, Server

CONNECTIONS = 64
REQUEST = b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


class CountingServer(Server):
    """Takes its time for each turn of its event loop, and counts them."""

    turns = 0
    is_busy = False

    def turn(self) -> None:
        """Be busy, and come again."""
        self.turns += self.is_busy
        time.sleep(0.02 * self.is_busy)
        if not self.should_exit:
            asyncio.get_running_loop().call_soon(self.turn)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin with the first turn."""
        await super().startup(sockets)
        self.turn()


@pytest.fixture
def server(classifier: FramingClassifier) -> Iterator[CountingServer]:
    app = create_app(classifier)
    server = CountingServer(uvicorn.Config(app, port=0, **SETTINGS), app.state.service)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield server
    server.is_busy = False
    server.should_exit = True
    thread.join()


def test_a_busy_server_accepts_many_connections_in_a_turn(server: CountingServer):
    address = server.servers[0].sockets[0].getsockname()
    server.is_busy = True
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(address, timeout=60))
            for _ in range(CONNECTIONS)
        ]
        for connection in connections:
            connection.sendall(REQUEST)
        for connection in connections:
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    # A turn to accept them and some to answer, and not one for each.
    assert server.turns < CONNECTIONS / 2
