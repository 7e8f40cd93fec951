"""Servers as process trees, with a small one in place of a model's."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from benchmarks.contenders import Contender, Models
from benchmarks.environments import MissingError
from benchmarks.loads import Load
from benchmarks.server import Timing, running

SERVER = """
import json, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        texts = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = json.dumps([text.upper() for text in texts]).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

CONTENDER = Contender(
    name="small",
    settings="none",
    path="/any",
    command=lambda python, _, port: [python, "-c", SERVER, str(port)],
    body=list,
    labels=list,
)
MODELS = Models("framing", Path())


def test_a_server_is_started_asked_put_under_load_and_stopped():
    with running(CONTENDER, MODELS) as server:
        assert 0 < server.start_seconds < 30
        assert server.labels(["one", "two"]) == ["ONE", "TWO"]
        load = Load("some", 3, [["one"], ["two", "three"]])
        measured = server.measure(load, Timing(0.05, 0.3))
        assert measured.outcome.failed == 0
        assert measured.outcome.sentences > 0
        assert measured.memory > 5e6
        assert 0 <= measured.server_cores < 8
        (process,) = (child for child in psutil.Process().children() if SERVER in child.cmdline())
    assert not process.is_running()


def test_a_server_that_does_not_come_up_is_missing_with_its_last_words():
    words = "raise ValueError('no port is good enough')"
    broken = replace(CONTENDER, command=lambda python, *_: [python, "-c", words])
    with (
        pytest.raises(MissingError, match="stopped before its first answer: ValueError: no port"),
        running(broken, MODELS),
    ):
        pass


def test_a_server_that_cannot_be_started_is_missing():
    absent = replace(CONTENDER, command=lambda *_: ["/no/such/server"])
    with (
        pytest.raises(MissingError, match=r"cannot be started: .*No such file"),
        running(absent, MODELS),
    ):
        pass


def test_a_server_that_died_takes_no_load():
    with running(CONTENDER, MODELS) as server:
        server.stop()
        with pytest.raises(MissingError, match="the load could not be sent"):
            server.measure(Load("some", 1, [["one"]]), Timing(0, 0.1))


def test_a_server_runs_in_the_environment_of_its_own():
    assert CONTENDER.python() == Path(sys.executable)
    with pytest.raises(MissingError), running(replace(CONTENDER, environment="no-such"), MODELS):
        pass
