"""POST /v1/classify:stream: answers line by line, while the request is still sent."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPResponse
from select import select
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from framelens.model import FramingClassifier, Room
from framelens.model.batching import Output
from framelens.model.classifier import Prepared
from framelens.serve.app import create_app
from framelens.serve.limits import Limits
from framelens.serve.stream import LINES_IN_FLIGHT

Serving = Callable[[FramingClassifier], AbstractContextManager[str]]

PATH = "/v1/classify:stream"
NDJSON = {"content-type": "application/x-ndjson"}
CANARY = "xyzzy-canary"
SECONDS = 60
MOST = 1_000
"""Lines that no socket buffers."""


class HeldClassifier(FramingClassifier):
    """A classifier whose answers do not come while it is held; ``futures`` are all it has given."""

    def __init__(self, classifier: FramingClassifier) -> None:
        super().__init__(classifier.artefact, classifier.engine)
        self.is_held = False
        self.futures: list[Future[list[Output]]] = []

    def start(self, prepared: Sequence[Prepared], room: Room | None = None) -> Future[list[Output]]:
        """Queue the windows, or leave them."""
        future: Future[list[Output]] = Future() if self.is_held else super().start(prepared, room)
        self.futures.append(future)
        return future

    def release(self) -> None:
        """Let what was held fail, so that the server can stop."""
        held, self.is_held = list(self.futures), False
        for future in held:
            future.set_exception(RuntimeError("was held"))


class Stream:
    """A request that is open in both directions."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        connection.sendall(
            f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: {NDJSON['content-type']}\r\n"
            "transfer-encoding: chunked\r\n\r\n".encode()
        )
        self.response = HTTPResponse(connection)

    def send(self, *documents: Any) -> None:
        """Send lines."""
        for document in documents:
            self.connection.sendall(chunk(document))

    def end(self) -> None:
        """Send no more."""
        self.connection.sendall(b"0\r\n\r\n")

    def receive(self) -> Any:
        """Read the next line of the answer."""
        if self.response.headers is None:
            self.response.begin()
        return json.loads(self.response.readline())


def chunk(document: Any) -> bytes:
    line = json.dumps(document).encode() + b"\n"
    return b"%x\r\n%s\r\n" % (len(line), line)


@contextmanager
def streaming(address: str) -> Iterator[Stream]:
    url = httpx2.URL(address)
    with socket.create_connection((url.host, url.port), timeout=SECONDS) as connection:
        stream = Stream(connection)
        yield stream
        # Else it would keep the connection open.
        stream.response.close()


@pytest.fixture
def held(classifier: FramingClassifier) -> HeldClassifier:
    return HeldClassifier(classifier)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ask(client: TestClient, body: bytes, query: str = "") -> list[Any]:
    response = client.post(PATH + query, content=body, headers=NDJSON)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/x-ndjson"
    assert CANARY not in response.text
    begin, *lines, end = map(json.loads, response.text.splitlines())
    assert begin.keys() == {"model", "engine", "software", "thresholds", "fingerprint"}
    assert end == {
        "documents": sum("document" in line for line in lines),
        "problems": sum("problem" in line for line in lines),
    }
    return lines


def test_an_answer_comes_before_the_next_line_is_sent(server: str):
    with streaming(server) as stream:
        stream.send({"id": "a", "text": "It rained."})
        assert stream.receive()["model"]["name"] == "framing"
        assert stream.receive()["document"]["id"] == "a"
        stream.send({"id": "b", "sentences": ["It rained.", "It snowed."]})
        second = stream.receive()
        assert second["line"] == 2
        assert len(second["document"]["sentences"]) == 2
        stream.end()
        assert stream.receive() == {"documents": 2, "problems": 0}


def test_an_answer_begins_only_after_its_request(server: str):
    """An answer before "100 Continue" has confused proxies that owe their client that line."""
    with streaming(server) as stream:
        assert select([stream.connection], [], [], 0.5)[0] == []
        stream.end()
        assert stream.receive().keys() >= {"model", "fingerprint"}
        assert stream.receive() == {"documents": 0, "problems": 0}


def test_answers_are_those_of_classify_in_order(client: TestClient):
    documents = [{"id": str(number), "text": "We won! 🎉 " * number} for number in range(20, 0, -1)]
    body = "\n".join(map(json.dumps, documents)).encode()
    lines = ask(client, body, "?offsets=utf16&evidence=true&review_below=0.9")
    options = {"offsets": "utf16", "evidence": True, "review_below": 0.9}
    request = {"documents": documents, "options": options}
    given = client.post("/v1/classify", json=request).json()["documents"]
    assert [line["line"] for line in lines] == list(range(1, 21))
    for line, document in zip(lines, given, strict=True):
        assert line["document"] == document


@pytest.mark.parametrize(
    ("line", "code", "detail"),
    [
        (b"{'id': 1}", "invalid_json", "the line stops being JSON at character 1"),
        (b"\xff", "invalid_json", "the line is not JSON in UTF-8, or nests too deeply"),
        (b"[" * 100_000, "invalid_json", "the line is not JSON in UTF-8, or nests too deeply"),
        (b'{"text":"", "text":""}', "invalid_json", "an object has two members with the same name"),
        (b"[1]", "invalid_request", "the line: must be an object"),
        (b'{"id": "xyzzy-canary"}', "invalid_request", "the line: needs exactly one of 'text' "),
        (b'{"id": 7, "text": ""}', "invalid_request", "/id: Input should be a valid string"),
        (b'{"xyzzy-canary": 1}', "invalid_request", "the line: has an unknown field; known are "),
        (b'{"text": "%s"}' % (b"a" * 41), "too_many_code_points", "41 code points in one "),
        (b'{"sentences": ["a","a","a"]}', "too_many_sentences", "3 sentences in one request"),
        (b'{"text": "%s"}' % (b"a" * 200_000), "body_too_large", "at most 150000 bytes a line"),
    ],
)
def test_a_line_is_refused_and_the_others_answer(
    classifier: FramingClassifier, line: bytes, code: str, detail: str
):
    limits = Limits(body_bytes=150_000, code_points=40, sentences=2)
    good = b'{"text": "It rained."}'
    client = TestClient(create_app(classifier, limits))
    first, refused, last = ask(client, b"\n".join([good, b"", line, b" \r", good + b"\r", b""]))
    assert first["document"] == last["document"]
    assert first["document"]["sentences"]
    assert [each["line"] for each in (first, refused, last)] == [1, 3, 5]
    assert refused["problem"]["code"] == code
    assert refused["problem"]["detail"].startswith(detail)


def test_no_lines(client: TestClient):
    assert ask(client, b"") == ask(client, b"\n\n") == []


@pytest.mark.parametrize(
    ("query", "headers", "code"),
    [
        ("?offsets=utf7", NDJSON, "invalid_request"),
        ("?review_below=2", NDJSON, "invalid_request"),
        (f"?{CANARY}=1", NDJSON, "invalid_request"),
        ("", {"content-type": "application/json"}, "unsupported_media_type"),
        ("", {**NDJSON, "content-encoding": "gzip"}, "unsupported_encoding"),
    ],
)
def test_refused_streams(client: TestClient, query: str, headers: dict[str, str], code: str):
    response = client.post(PATH + query, content=b'{"text": "a"}', headers=headers)
    assert response.json()["code"] == code
    assert response.json()["status"] == response.status_code
    assert CANARY not in response.text


def test_a_line_that_fails_fails_alone(
    held: HeldClassifier, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    client = TestClient(create_app(held))
    prepare = held.prepare

    def fail(documents: Any) -> Any:
        if documents[0].text == CANARY:
            raise RuntimeError(f"could not score {CANARY}")
        return prepare(documents)

    monkeypatch.setattr(held, "prepare", fail)
    body = b'{"text": "%s"}\n{"text": "It rained."}' % CANARY.encode()
    failed, answered = ask(client, body)
    assert failed["problem"]["code"] == "internal_error"
    assert answered["document"]["sentences"]
    assert "RuntimeError" in caplog.text
    assert CANARY not in caplog.text


def test_few_lines_are_in_flight(serving: Serving, held: HeldClassifier):
    with serving(held) as address, streaming(address) as stream:
        held.futures.clear()
        held.is_held = True
        stream.send(*[{"text": "It rained."}] * (3 * LINES_IN_FLIGHT))
        wait_until(lambda: len(held.futures) == LINES_IN_FLIGHT)
        time.sleep(0.3)
        assert len(held.futures) == LINES_IN_FLIGHT
        held.release()


def test_long_lines_in_flight_are_fewer(serving: Serving, held: HeldClassifier):
    with serving(held) as address, streaming(address) as stream:
        held.futures.clear()
        held.is_held = True
        third = Limits().body_bytes // 3
        stream.connection.settimeout(5)
        with pytest.raises(TimeoutError):
            stream.send(*[{"id": "a" * third, "text": "It rained."}] * 20)
        assert len(held.futures) == 2
        held.release()


def test_who_does_not_read_is_not_read(serving: Serving, held: HeldClassifier):
    document = {"id": "a" * 2**16, "text": "It rained."}
    with serving(held) as address, streaming(address) as stream:
        held.futures.clear()
        stream.connection.settimeout(5)
        with pytest.raises(TimeoutError):
            stream.send(*[document] * MOST)
        # What the sockets buffer is answered as well, and nothing after it.
        begun = len(held.futures)
        assert begun < MOST // 2
        time.sleep(1)
        assert len(held.futures) == begun
        stream.connection.settimeout(SECONDS)
        assert "fingerprint" in stream.receive()
        assert [stream.receive()["line"] for _ in range(begun)] == list(range(1, begun + 1))


def test_what_a_client_that_hung_up_wanted_is_not_read(
    serving: Serving, held: HeldClassifier, capfd: pytest.CaptureFixture[str]
):
    with serving(held) as address:
        held.futures.clear()
        held.is_held = True
        with streaming(address) as stream:
            stream.send(*[{"text": "It rained."}] * 3)
            wait_until(lambda: len(held.futures) == 3)
        wait_until(lambda: all(future.cancelled() for future in held.futures))
        held.is_held = False
        response = httpx2.post(f"{address}/v1/classify", json={"text": "a"}, timeout=SECONDS)
        assert response.status_code == 200
    assert f"POST {PATH} 499 " in capfd.readouterr().err
