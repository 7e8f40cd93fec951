"""What the tests of jobs do with a client."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from framelens.serve.store import Store
from framelens.serve.store.job_schema import Job, JobPart

CANARY = "xyzzy-canary"
SECONDS = 60
JSON = {"content-type": "application/json"}
TEXT = {"text": f"Rain fell on {CANARY}."}


def store_of(client: TestClient) -> Store:
    store: Store = client.app.state.service.store  # type: ignore[attr-defined]
    return store


def post(client: TestClient, request: Any, key: str | None = None) -> Any:
    headers = {**JSON, **({"idempotency-key": key} if key else {})}
    # JSON that may have halves of surrogate pairs.
    return client.post("/v1/jobs", content=json.dumps(request), headers=headers)


def accepted(client: TestClient, request: Any = TEXT, key: str | None = None) -> Any:
    response = post(client, request, key)
    assert response.status_code == 202, response.text
    job = response.json()
    assert response.headers["location"] == f"/v1/jobs/{job['id']}"
    return job


def ended(client: TestClient, job: Any) -> Any:
    """The job when it has ended."""
    deadline = time.monotonic() + SECONDS
    while (found := client.get(f"/v1/jobs/{job['id']}").json())["state"] in ("waiting", "running"):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def problem(response: Any) -> tuple[int, str]:
    assert CANARY not in response.text
    return response.status_code, response.json()["code"]


def change(client: TestClient, job: Any, **values: object) -> None:
    with store_of(client).database.writing() as session:
        session.execute(update(Job).where(Job.id == UUID(job["id"])).values(**values))


def parts(client: TestClient) -> int:
    with store_of(client).database.reading() as session:
        return session.scalar(select(func.count()).select_from(JobPart)) or 0


def files(client: TestClient) -> bytes:
    """What lies on the disk, where that can be looked at."""
    file = store_of(client).database.file
    return b"".join(each.read_bytes() for each in file.parent.iterdir()) if file else b""


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
