"""Schemathesis over the whole OpenAPI document, with all of its checks, on a live server."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.limits import Limits
from framelens.serve.server import settings
from framelens.serve.store import Policy, Store

HERE = Path(__file__).parent
EXAMPLES = 25
"""Of each operation, and as many sequences of operations; beside the cases that it makes anyway."""

SEED = 20261123
MINUTES = 10


@pytest.fixture
def address(classifier: FramingClassifier, tmp_path: Path) -> Iterator[str]:
    """A service that keeps decisions and texts, so that every route has something to do."""
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", Policy(True, 1))
    app = create_app(classifier, store=store)
    server = uvicorn.Server(uvicorn.Config(app, port=0, **settings(Limits())))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()
    store.database.close()


def test_the_service_is_what_its_openapi_document_says(address: str, tmp_path: Path):
    config = tmp_path / "schemathesis.toml"
    hooks = HERE / "schemathesis_hooks.py"
    rules = (HERE / "schemathesis.toml").read_text(encoding="utf-8")
    config.write_text(f"hooks = {str(hooks)!r}\n{rules}", encoding="utf-8")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", config, "--no-color"]
    command += ["run", f"{address}/openapi.json", "--max-examples", str(EXAMPLES)]
    command += ["--seed", str(SEED), "--generation-deterministic"]
    result = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60 * MINUTES
    )
    assert result.returncode == 0, result.stdout + result.stderr
