"""The log as JSON: a request's fields, and nothing that a caller has written."""

from __future__ import annotations

import json
import logging
import logging.config
import sys

import pytest
from starlette.testclient import TestClient

from framelens.serve.logs import JsonFormatter, log_config

CANARY = "xyzzy-canary"


def test_a_line_is_an_object_with_the_requests_fields(client: TestClient):
    lines: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            # A server of another test may still log.
            if getattr(record, "request_id", None) in ("id-1", "id-2"):
                lines.append(self.format(record))

    collector = Collector()
    collector.setFormatter(JsonFormatter())
    logger = logging.getLogger("framelens")
    level = logger.level
    logger.addHandler(collector)
    logger.setLevel(logging.INFO)
    try:
        first_id, second_id = ({"x-request-id": each} for each in ("id-1", "id-2"))
        client.post(f"/v1/classify?{CANARY}", json={"text": CANARY}, headers=first_id)
        client.get(f"/{CANARY}", headers=second_id)
    finally:
        logger.removeHandler(collector)
        logger.setLevel(level)
    first, second = map(json.loads, lines)
    assert first["level"] == "info"
    assert first["logger"] == "framelens.serve.envelope"
    assert first["time"].endswith("+00:00")
    wanted = {"method": "POST", "route": "/v1/classify", "status": 200, "request_id": "id-1"}
    assert wanted.items() <= first.items()
    assert first["milliseconds"] >= 0
    assert second["route"] == "(unknown path)"
    assert CANARY not in "".join(lines)


def test_an_exception_stays_on_its_line():
    try:
        raise RuntimeError("two\nlines")
    except RuntimeError:
        record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert "RuntimeError: two\nlines" in json.loads(line)["exception"]


@pytest.mark.parametrize("log", ["text", "json"])
def test_the_configuration_is_one(log: str, capfd: pytest.CaptureFixture[str]):
    loggers = [logging.getLogger(name) for name in ("framelens", "uvicorn", "uvicorn.access")]
    before = [(each.handlers[:], each.level, each.propagate) for each in loggers]
    try:
        logging.config.dictConfig(log_config(log))  # type: ignore[arg-type]
        logging.getLogger("framelens").info("hello")
    finally:
        for each, state in zip(loggers, before, strict=True):
            each.handlers, each.level, each.propagate = state
    line = capfd.readouterr().err.strip()
    assert (json.loads(line)["message"] == "hello") if log == "json" else line.endswith("hello")
