"""The service where nothing can be written to but its database's folder, as in its image."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

SECONDS = 120

CONFINE = """
set -e
state=$1; shift
mount -t tmpfs tmpfs "$state"
findmnt --raw --noheadings --output TARGET | tac | while read -r target; do
    [ "$target" = "$state" ] || mount -o remount,bind,ro "$target" 2>/dev/null || true
done
for folder in / /tmp /var/tmp "$PWD" "$(dirname "$state")"; do
    if touch "$folder/written" 2>/dev/null; then echo "$folder can be written to" >&2; exit 77; fi
done
exec "$@"
"""


def confined(state: Path, *command: str) -> list[str]:
    return ["unshare", "--mount", "bash", "-c", CONFINE, "confine", str(state), *command]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder of its own, where mounts can be changed."""
    state = tmp_path / "state"
    state.mkdir()
    try:
        done = subprocess.run(confined(state, "true"), capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(str(error))
    if done.returncode:
        pytest.skip(f"mounts cannot be changed here: {done.stderr.strip()}")
    return state


@pytest.fixture
def address(state: Path, tmp_path: Path) -> Iterator[str]:
    """A service with its database as the only thing to write to."""
    log = tmp_path / "log"
    database = f"sqlite:///{state / 'framelens.db'}"
    command = (sys.executable, "-m", "framelens.serve.commands", "serve", "--port", "0")
    with log.open("w") as file:
        process = subprocess.Popen(
            confined(state, *command, "--database", database),
            stderr=file,
            env={**os.environ, "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"},
        )
    deadline = time.monotonic() + SECONDS
    while not (found := re.search(r"running on (http://\S+)", log.read_text())):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    yield found[1]
    process.terminate()
    process.wait(SECONDS)


def test_it_writes_to_its_database_only(address: str, state: Path):
    assert httpx2.get(f"{address}/readyz", timeout=SECONDS).status_code == 200
    response = httpx2.post(f"{address}/v1/classify", json={"text": "It rained."}, timeout=SECONDS)
    assert response.status_code == 200
    passage = {"text": "It rained.", "begin": 0, "end": 10}
    content = {"passage": passage, "label": "victim"}
    response = httpx2.post(f"{address}/v1/feedback", json=content, timeout=SECONDS)
    assert response.status_code == 201
    assert not list(state.iterdir()), "its folder is one that only it sees"
