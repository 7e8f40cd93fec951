"""The whole round on a real server under load: no request fails, and no memory stays."""

from __future__ import annotations

import gc
import json
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.swap.folder import ModelsFolder

TEXTS = [
    "It rained. " * 3,
    "We will never forget how you abandoned us.",
    "The council met on Tuesday, and nobody came to hear it. " * 40,
]


REST = 0.5
"""Share of the time in which no caller asks; else the engines were never idle on a slow machine."""
PERIOD = 4.0
"""Seconds from one rest to the next."""


class Traffic:
    """Callers that ask again and again but for common rests, and what they were told."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._end = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(model, text))
            for text in TEXTS
            for model in (None, "framing")
        ]
        self._threads.append(threading.Thread(target=self._stream))
        self.answers: Counter[tuple[int, str]] = Counter()
        self.faults: list[str] = []

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, ask: Callable[[httpx2.Client], None]) -> None:
        with httpx2.Client(base_url=self._address, timeout=60) as client:
            while not self._end.is_set():
                try:
                    ask(client)
                except Exception as error:
                    self.faults.append(repr(error))
                while time.monotonic() % PERIOD < REST * PERIOD and not self._end.is_set():
                    time.sleep(0.02)

    def _ask(self, model: str | None, text: str) -> None:
        def ask(client: httpx2.Client) -> None:
            response = client.post("/v1/classify", json={"text": text, "model": model})
            self._note(response, response.json().get("model", {}).get("version", ""))

        self._repeat(ask)

    def _stream(self) -> None:
        content = "".join(json.dumps({"text": text}) + "\n" for text in TEXTS)
        headers = {"content-type": "application/x-ndjson"}

        def ask(client: httpx2.Client) -> None:
            response = client.post("/v1/classify:stream", content=content, headers=headers)
            first, *lines, last = map(json.loads, response.text.splitlines())
            assert last == {"documents": len(TEXTS), "problems": 0}
            assert all(line["document"]["sentences"] for line in lines)
            self._note(response, first["model"]["version"])

        self._repeat(ask)

    def _note(self, response: httpx2.Response, version: str) -> None:
        self.answers[response.status_code, version] += 1
        if response.status_code != 200:
            self.faults.append(response.text)


def test_no_request_fails_and_the_memory_is_free(
    folder: Path,
    running: Callable[[FastAPI], AbstractContextManager[str]],
    wait_until: Callable[[Callable[[], bool]], None],
):
    app = create_app(
        FramingClassifier.load(engine="openvino", precision="f32"),
        models_folder=ModelsFolder(folder, "openvino", "f32"),
    )
    first = app.state.service.models.default
    freed = [weakref.ref(each) for each in (first, first.classifier, first.classifier.engine)]
    del first

    with (
        running(app) as address,
        Traffic(address) as traffic,
        httpx2.Client(base_url=address, timeout=120) as client,
    ):

        def change(method: str, what: str, status: int = 200, **content: Any) -> Any:
            body = {"json": content} if method == "POST" else {}
            response = client.request(method, f"/v1/models{what}", **body)
            assert response.status_code == status, response.text
            return response.json()

        def wait_for_answers() -> None:
            traffic.answers.clear()
            wait_until(lambda: traffic.answers.total() > 20)

        wait_for_answers()
        change("POST", "", 201, name="second")
        wait_for_answers()
        change("POST", ":shadow", 201, model="framing@2", share=1)
        wait_until(lambda: change("GET", ":shadow")["requests"] > 2)
        report = change("DELETE", ":shadow")
        assert report["failed"] == 0
        assert report["disagreement"]["agreement"] == 1
        assert report["disagreement"]["score_difference"] < 1e-3
        change("POST", ":promote", model="framing@2")
        wait_for_answers()
        change("POST", ":rollback")
        wait_for_answers()
        change("POST", ":promote", model="framing@2")
        change("DELETE", "/framing@1.2.0")
        # What began before may still end with the first model.
        wait_until(lambda: not change("GET", "")["leaving"])
        wait_for_answers()
        wait_for_answers()
        assert {*traffic.answers} == {(200, "2")}
        pinned = client.post("/v1/classify", json={"text": "a", "model": "framing@1.2.0"})
        assert pinned.status_code == 410
        assert client.get("/readyz").status_code == 200
        client.close()
    assert traffic.faults == []
    gc.collect()
    assert [reference() for reference in freed] == [None, None, None]
