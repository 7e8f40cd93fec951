"""The parts that watch a server for long, with a small one in place of a model's."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import overload as overload_part
from benchmarks import soak as soak_part
from benchmarks.contenders import OURS, Models
from benchmarks.documents import read_documents
from benchmarks.efforts import QUICK
from benchmarks.loads import Load
from benchmarks.overload import difference, mixture, overload
from benchmarks.soak import soak

SERVER = """
import sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

lock, waiting, answered = threading.Lock(), [], []

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        total = f'framelens_requests_total{{status="200"}} {len(answered)}'
        self.answer(200, f"# TYPE framelens_requests counter\\n{total}\\n".encode())

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        if len(waiting) > 4:
            self.answer(429, b"{}")
            return
        waiting.append(1)
        with lock:
            time.sleep(0.01)
            waiting.pop()
            answered.append(1)
        self.answer(200, b'{"documents": [{"sentences": [{"label": "some"}]}]}')

    def answer(self, status, content):
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass

ThreadingHTTPServer.request_queue_size = 1024
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
MODELS = Models("framing", Path())
EFFORT = replace(QUICK, overload_seconds=1.5, seconds=1.0, soak_requests=60)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another server under our name."""
    stand_in = replace(OURS, command=lambda _, __, port: [sys.executable, "-c", SERVER, str(port)])
    monkeypatch.setattr(overload_part, "OURS", stand_in)
    monkeypatch.setattr(soak_part, "OURS", stand_in)


def test_an_overload_is_reported(tmp_path: Path):
    path = overload(MODELS, read_documents(None, 8), EFFORT, tmp_path)
    page = path.read_text(encoding="utf-8")
    assert page.startswith("# Overload\n")
    assert "| goodput | at least 90% of capacity |" in page
    content = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert [goal["name"] for goal in content["goals"]][:3] == [
        "goodput",
        "99th percentile of the accepted",
        "answers of 5xx",
    ]
    assert content["offered"] == pytest.approx(3 * content["capacity"]["requests"])
    assert content["kinds"]["short texts"]["refused"] > 0
    assert content["metrics"]["framelens_requests_total 200"] > 0
    assert len(content["slices"]) == 60
    assert (tmp_path / "overload.png").read_bytes().startswith(b"\x89PNG")


def test_a_soak_is_reported(tmp_path: Path):
    path = soak(MODELS, read_documents(None, 8), EFFORT, tmp_path)
    assert "![Memory and throughput](soak.png)" in path.read_text(encoding="utf-8")
    content = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert content["points"][-1]["requests"] >= EFFORT.soak_requests
    assert content["growth"] > 0
    assert (tmp_path / "soak.png").read_bytes().startswith(b"\x89PNG")


def test_the_mixture_has_each_kind_by_its_share():
    texts = Load("texts", 1, [[str(number)] for number in range(4)])
    documents = Load("documents", 1, [["a"] * 40, ["b"] * 40, ["c"] * 40, ["d"] * 40])
    found = mixture([texts, documents])
    assert len(found) == 40
    assert [len(each) for each in found[:10]] == [1] * 9 + [40]
    assert [each[0] for each in found[9::10]] == ["a", "b", "c", "d"]


def test_what_the_server_counted_is_the_difference():
    before = {"framelens_requests_total POST 200": 5.0, "framelens_queue_seconds_sum": 1.0}
    after = {
        "framelens_requests_total POST 200": 9.0,
        "framelens_requests_total POST 429": 3.0,
        "framelens_problems_total overloaded": 0.0,
        "framelens_queue_seconds_sum": 3.0,
        "framelens_queue_seconds_count": 4.0,
        "framelens_queue_tokens some": 7.0,
    }
    assert difference(before, after) == {
        "framelens_requests_total POST 200": 4,
        "framelens_requests_total POST 429": 3,
        "mean of framelens_queue_seconds": 0.5,
    }
