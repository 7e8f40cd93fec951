"""Slow senders and readers, before a real server: absolute deadlines, and room for others."""

from __future__ import annotations

import json
import resource
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any

import httpx2
import numpy as np
import pytest
import uvicorn

from framelens.model import Artefact, FramingClassifier
from framelens.model.engines.base import Ids, Logits
from framelens.serve.app import create_app
from framelens.serve.connections import Connection, Connections
from framelens.serve.limits import Limits
from framelens.serve.server import settings

HEAD = b"POST /v1/classify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
BODY = b'{"text": "It rained."}'


class Even:
    """Finds every leaf as likely as the others."""

    name, precision, streams = "even", "f32", 1

    def __init__(self, leaves: int) -> None:
        self._leaves = leaves

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """Zeros."""
        return np.zeros((*ids.shape, self._leaves), dtype=np.float32)


Serve = Callable[..., Any]
Address = tuple[str, int]
SERVERS: dict[Address, uvicorn.Server] = {}


@pytest.fixture(scope="module")
def serve() -> Serve:
    """Runs a service with limits, and gives its address."""
    artefact = Artefact.load("framing")

    @contextmanager
    def running(**changes: Any) -> Iterator[Address]:
        limits = Limits(**changes)
        app = create_app(FramingClassifier(artefact, Even(len(artefact.scheme.leaves))), limits)
        server = uvicorn.Server(uvicorn.Config(app, port=0, **settings(limits)))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()
        SERVERS[host, port] = server
        try:
            yield host, port
        finally:
            server.should_exit = True
            thread.join()

    return running


@contextmanager
def connected(address: Address, first: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(first)
        yield connection


def trickle(connection: socket.socket, content: bytes) -> None:
    """Send a byte now and then, until nobody takes it any more."""
    try:
        for byte in content:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)
    except OSError:
        return


def all_received(connection: socket.socket) -> bytes:
    """Until the server closes."""
    content = b""
    try:
        while piece := connection.recv(65536):
            content += piece
    except ConnectionResetError:
        pass
    return content


def assert_problem(response: bytes, status: int, code: str) -> None:
    head, _, body = response.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == code


def test_headers_that_trickle_are_cut_off(serve: Serve):
    with serve(header_seconds=0.5) as address, connected(address) as connection:
        sender = threading.Thread(target=trickle, args=(connection, HEAD * 10))
        begin = time.monotonic()
        sender.start()
        assert_problem(all_received(connection), 408, "request_timeout")
        assert 0.4 <= time.monotonic() - begin < 30
        sender.join()


@pytest.mark.parametrize("framing", [b"content-length: 5000", b"transfer-encoding: chunked"])
def test_a_body_that_trickles_is_cut_off(serve: Serve, framing: bytes):
    first = HEAD + framing + b"\r\n\r\n"
    with serve(body_seconds=0.5) as address, connected(address, first) as connection:
        content = b"1\r\n \r\n" * 500 if b"chunked" in framing else b" " * 1_000
        sender = threading.Thread(target=trickle, args=(connection, content))
        begin = time.monotonic()
        sender.start()
        assert_problem(all_received(connection), 408, "request_timeout")
        assert 0.4 <= time.monotonic() - begin < 30
        sender.join()


def test_a_body_that_nobody_reads_is_cut_off_too(serve: Serve):
    first = b"POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\n"
    with serve(body_seconds=0.5) as address, connected(address, first) as connection:
        sender = threading.Thread(target=trickle, args=(connection, b" " * 1_000))
        sender.start()
        assert_problem(all_received(connection), 404, "not_found")
        sender.join()


def test_who_says_nothing_is_cut_off_without_a_word(serve: Serve):
    with serve(header_seconds=0.3) as address, connected(address) as connection:
        assert all_received(connection) == b""


def test_who_is_silent_between_requests_is_cut_off(serve: Serve):
    request = b"GET /v1/info HTTP/1.1\r\nhost: x\r\n\r\n"
    with serve(idle_seconds=1) as address, connected(address, request) as connection:
        assert all_received(connection).startswith(b"HTTP/1.1 200 ")
    with serve(idle_seconds=60, header_seconds=0.3) as address:
        with connected(address, request + b"GET") as connection:
            response = all_received(connection)
        assert response.startswith(b"HTTP/1.1 200 ")
        assert b"HTTP/1.1 408 " in response


def test_a_slow_but_patient_request_within_the_deadlines_is_answered(serve: Serve):
    length = f"content-length: {len(BODY)}\r\nconnection: close\r\n\r\n".encode()
    with serve() as address, connected(address) as connection:
        trickle(connection, HEAD[:10])
        connection.sendall(HEAD[10:] + length)
        trickle(connection, BODY)
        assert all_received(connection).startswith(b"HTTP/1.1 200 ")


def test_who_does_not_read_its_answer_is_cut_off(serve: Serve):
    with serve(write_seconds=0.5) as address, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(60)
        connection.connect(address)
        body = json.dumps({"text": "It rained. " * 50_000}).encode()
        connection.sendall(HEAD + f"content-length: {len(body)}\r\n\r\n".encode() + body)
        wait_until_there_are_no_connections(address, 120)


def test_the_connection_that_waits_longest_gives_way(serve: Serve):
    with serve(connections=5) as address:
        waiting = [socket.create_connection(address, timeout=60) for _ in range(20)]
        assert httpx2.get(f"http://{address[0]}:{address[1]}/livez", timeout=60).status_code == 200
        for connection in waiting[:15]:
            assert all_received(connection) == b""
        for connection in waiting:
            connection.close()


def test_no_connection_gives_way_while_its_request_is_received(serve: Serve):
    first = HEAD + b"content-length: 22\r\n\r\n"
    with (
        serve(connections=2) as address,
        connected(address, first) as one,
        connected(address, first) as other,
    ):
        time.sleep(0.5)
        with connected(address) as third:
            response = all_received(third)
            assert_problem(response, 429, "overloaded")
            assert b"retry-after: 1\r\n" in response
        for connection in (one, other):
            connection.sendall(BODY)
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


def test_bodies_that_are_not_complete_are_bounded_together(serve: Serve):
    first = HEAD + b"content-length: 900\r\n\r\n" + b" " * 800
    with serve(receiving_bytes=1_000) as address, connected(address, first) as one:
        time.sleep(0.5)
        with connected(address, first) as other:
            head = other.recv(1_000)
            assert head.startswith(b"HTTP/1.1 429 ")
            assert b"retry-after: 1\r\n" in head
        one.sendall((BODY + b" " * 100)[:100])
        assert one.recv(100).startswith(b"HTTP/1.1 200 ")
        address_of_classify = f"http://{address[0]}:{address[1]}/v1/classify"
        assert httpx2.post(address_of_classify, json={"text": "a"}, timeout=60).status_code == 200


def test_what_is_not_http_gets_a_problem(serve: Serve):
    with serve() as address, connected(address, b"nonsense\r\n\r\n") as connection:
        assert_problem(all_received(connection), 400, "invalid_http")


@pytest.mark.parametrize("end", [b"\r\n\r\n", b""], ids=["whole", "unfinished"])
def test_long_headers_are_refused(serve: Serve, end: bytes):
    head = b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\na: "
    with serve(header_bytes=1_000) as address:
        fitting = head + b"a" * (1_000 - len(head)) + b"\r\n\r\n"
        with connected(address, fitting) as connection:
            assert all_received(connection).startswith(b"HTTP/1.1 200 ")
        with connected(address, head + b"a" * (1_001 - len(head)) + end) as connection:
            assert_problem(all_received(connection), 431, "headers_too_large")


def test_a_compressed_body_is_refused(serve: Serve):
    first = (
        HEAD + b"content-encoding: gzip\r\nconnection: close\r\ncontent-length: 22\r\n\r\n" + BODY
    )
    with serve() as address, connected(address, first) as connection:
        assert_problem(all_received(connection), 415, "unsupported_encoding")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /livez",
        HEAD,
        HEAD + b"content-length: 5000\r\n\r\n" + BODY,
        HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{",
    ],
    ids=["nothing", "line", "headers", "body", "chunk"],
)
def test_who_hangs_up_half_way_leaves_nothing(serve: Serve, sent: bytes):
    with serve() as address:
        with connected(address, sent) as connection:
            # The client says that it sends no more, and listens on.
            connection.shutdown(socket.SHUT_WR)
            assert b" 200 " not in all_received(connection)
        wait_until_there_are_no_connections(address)


def test_who_resets_the_connection_leaves_nothing(serve: Serve):
    first = HEAD + b"content-length: 5000\r\n\r\n" + BODY
    with serve() as address:
        for _ in range(20):
            with connected(address, first) as connection:
                # Closed like this, it is reset.
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        wait_until_there_are_no_connections(address)


def wait_until_there_are_no_connections(address: Address, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while SERVERS[address].server_state.connections:
        assert time.monotonic() < deadline
        time.sleep(0.05)


IDLE = 10_000


@pytest.fixture
def many_sockets() -> Iterator[None]:
    """Room for the sockets of client and server in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = IDLE + 2_000
    if hard != resource.RLIM_INFINITY and hard < needed:
        pytest.skip(f"this process may open {hard} files, and needs {needed}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_ten_thousand_idle_connections_leave_room_for_a_request(serve: Serve, many_sockets: None):
    with serve() as address, ExitStack() as stack:
        idle = [stack.enter_context(connected(address)) for _ in range(IDLE)]
        # One may have come whose place is just being made.
        assert len(SERVERS[address].server_state.connections) <= Limits().connections + 1
        url = f"http://{address[0]}:{address[1]}/v1/classify"
        assert httpx2.post(url, json={"text": "It rained."}, timeout=60).status_code == 200
        assert all_received(idle[0]) == b""


def test_a_connection_whose_request_is_not_read_yet_is_not_idle():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = object.__new__(Connection)
        connection.cycle, connection._all = None, Connections(Limits())
        connection._all.waiting[connection] = 0.0
        connection.transport = SimpleNamespace(get_extra_info=lambda _: ours)
        assert connection.is_idle()
        theirs.sendall(HEAD)
        assert not connection.is_idle()


@pytest.mark.parametrize(
    "headers",
    [
        b"content-length: 22\r\ncontent-length: 5\r\n",
        b"content-length: 22\r\ntransfer-encoding: chunked\r\n",
        b"content-length: -1\r\n",
        b"content-length: 0x16\r\n",
        b"content-length: 99999999999999999999999\r\n",
        b"transfer-encoding: chunked, identity\r\n",
        b"a\0b: c\r\n",
        b"a: b\nc: d\r\n",
        b"no colon\r\n",
    ],
)
def test_headers_that_two_servers_may_read_differently_are_refused(serve: Serve, headers: bytes):
    with serve() as address, connected(address, HEAD + headers + b"\r\n" + BODY) as connection:
        response = all_received(connection)
        assert response.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 "))
        assert response.count(b"HTTP/1.1 ") == 1


def test_a_chunk_that_is_none_is_refused(serve: Serve):
    first = HEAD + b"transfer-encoding: chunked\r\n\r\nxyzzy\r\n"
    with serve() as address, connected(address, first) as connection:
        assert all_received(connection).startswith(b"HTTP/1.1 400 ")
