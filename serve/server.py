"""The HTTP service as a process."""

from __future__ import annotations

from typing import Any

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.limits import Limits
from framelens.serve.models import Models
from framelens.serve.protocol import BoundedProtocol

__all__ = ["HOST", "PORT", "SETTINGS", "run"]

HOST = "127.0.0.1"
PORT = 8000

SETTINGS: dict[str, Any] = {
    "log_config": {
        **LOGGING_CONFIG,
        "loggers": {
            **LOGGING_CONFIG["loggers"],
            "framelens": LOGGING_CONFIG["loggers"]["uvicorn"],
            # The service logs requests itself, without their queries.
            "uvicorn.access": {"level": "WARNING"},
        },
    },
    "http": BoundedProtocol,
    "server_header": False,
    "timeout_graceful_shutdown": 20,
    "ws": "none",
}
"""How uvicorn runs the service."""


def run(
    served: FramingClassifier | Models,
    host: str = HOST,
    port: int = PORT,
    limits: Limits | None = None,
) -> None:
    """Serve a classifier, or several models, until the process is asked to stop."""
    uvicorn.run(create_app(served, limits), host=host, port=port, **SETTINGS)
