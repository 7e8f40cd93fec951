"""The log: lines for people, or JSON for programs."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any, Literal

from uvicorn.config import LOGGING_CONFIG

__all__ = ["FIELDS", "JsonFormatter", "LogFormat", "log_config", "omit_places"]

LogFormat = Literal["text", "json"]

FIELDS = ("request_id", "method", "route", "status", "milliseconds", "key")
"""What a line may say beside its message. No text, query or unknown path is among it."""


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and a request's fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        content: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        content |= {name: value for name in FIELDS if (value := vars(record).get(name)) is not None}
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        return json.dumps(content)


def omit_places() -> None:
    """Have no line of this process's log look up where in the code it comes from.

    No format tells it, and it takes a quarter of the time of a line:
    https://docs.python.org/3/howto/logging.html#optimization
    """
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def log_config(log: LogFormat = "text") -> dict[str, Any]:
    """The configuration of logging, as uvicorn takes it."""
    config = {
        **LOGGING_CONFIG,
        "loggers": {
            **LOGGING_CONFIG["loggers"],
            "framelens": LOGGING_CONFIG["loggers"]["uvicorn"],
            "opentelemetry": LOGGING_CONFIG["loggers"]["uvicorn"],
            # The service logs requests itself, without their queries.
            "uvicorn.access": {"level": "WARNING"},
        },
    }
    # Not uvicorn's formatter, which copies every record to colour it.
    text = {"format": "%(levelname)s: %(message)s"}
    config["formatters"] = {"default": {"()": JsonFormatter} if log == "json" else text}
    config["handlers"] = {"default": LOGGING_CONFIG["handlers"]["default"]}
    return config
