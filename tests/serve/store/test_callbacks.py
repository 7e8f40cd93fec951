"""Callbacks: signed, sent until they are received, and only to where they may go."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.testclient import TestClient

from framelens.serve.jobs import CallbackSettings, delivery
from framelens.serve.jobs import callbacks as sending
from framelens.serve.store import callbacks as kept

from .asking import CANARY, TEXT, accepted, change, ended, post, problem, wait_until
from .receiver import Receiver, is_signed, receiving

Client = Callable[..., TestClient]

SECRET, OLD_SECRET = b"n" * 32, b"o" * 32
SIGNED = CallbackSettings((SECRET, OLD_SECRET))
LOCAL = replace(SIGNED, allowed=frozenset({"127.0.0.1", "receiver.test"}))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FIRST_PAUSE", timedelta())


def settled(client: TestClient, job: Any) -> Any:
    """The job when its callback is sent no more."""
    wait_until(lambda: client.get(f"/v1/jobs/{job['id']}").json()["callback"] != "waiting")
    return client.get(f"/v1/jobs/{job['id']}").json()


def test_the_receiver_is_told(connected: Client, receiver: Receiver):
    with connected(callbacks=LOCAL, keep_jobs_hours=1) as client:
        job = accepted(client, {**TEXT, "callback": f"{receiver.address}/a/path?q=1"})
        assert job["callback"] == "waiting"
        done = settled(client, job)
        assert done["callback"] == "delivered"
        assert (
            'framelens_callback_attempts_total{received="true"} 1.0' in client.get("/metrics").text
        )
    [received] = receiver.received
    assert received.path == "/a/path?q=1"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["webhook-id"] == job["id"]
    assert abs(int(received.headers["webhook-timestamp"]) - time.time()) < 60
    assert is_signed(received, SECRET)
    assert is_signed(received, OLD_SECRET)
    assert not is_signed(received, b"x" * 32)
    event = json.loads(received.body)
    assert event == {
        "type": "job.completed",
        "timestamp": done["ended_at"],
        "data": {"id": job["id"], "state": "completed", "documents": 1, "documents_done": 1},
    }
    assert CANARY not in str(received)


def test_it_is_told_again_until_it_has_received(connected: Client, receiver: Receiver):
    receiver.statuses[:] = [500, 404, 302]
    with connected(callbacks=LOCAL, keep_jobs_hours=1) as client:
        job = accepted(client, {**TEXT, "callback": receiver.address})
        assert settled(client, job)["callback"] == "delivered"
    assert len(receiver.received) == 4
    assert {each.path for each in receiver.received} == {"/"}, "no redirect is followed"
    assert {each.headers["webhook-id"] for each in receiver.received} == {job["id"]}
    assert len({each.body for each in receiver.received}) == 1
    assert all(is_signed(each, SECRET) for each in receiver.received)


def test_it_may_say_that_it_wants_no_more(connected: Client, receiver: Receiver):
    receiver.statuses[:] = [410]
    with connected(callbacks=LOCAL, keep_jobs_hours=1) as client:
        job = accepted(client, {**TEXT, "callback": receiver.address})
        assert settled(client, job)["callback"] == "given_up"
    assert len(receiver.received) == 1


def test_a_cancelled_job_tells_too_and_later_than_a_restart(connected: Client, receiver: Receiver):
    client = connected(callbacks=LOCAL, keep_jobs_hours=1)
    job = accepted(client, {**TEXT, "callback": receiver.address})
    client.delete(f"/v1/jobs/{job['id']}")
    with connected(callbacks=LOCAL, keep_jobs_hours=1) as client:
        settled(client, job)
    [received] = receiver.received
    assert json.loads(received.body)["type"] == "job.cancelled"


def test_it_is_given_up_after_half_a_day(connected: Client, receiver: Receiver):
    receiver.statuses[:] = [500]
    client = connected(callbacks=LOCAL, keep_jobs_hours=1)
    job = accepted(client, {**TEXT, "callback": receiver.address})
    client.delete(f"/v1/jobs/{job['id']}")
    change(client, job, ended_at=datetime.now(UTC) - kept.GIVE_UP)
    with connected(callbacks=LOCAL, keep_jobs_hours=1) as client:
        assert settled(client, job)["callback"] == "given_up"
    assert len(receiver.received) == 1


def test_pauses_grow_and_differ(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kept, "FIRST_PAUSE", timedelta(seconds=5))
    for attempt, seconds in ((1, 5), (2, 20), (3, 80), (6, 3600), (1000, 3600)):
        pauses = {kept.pause(attempt).total_seconds() for _ in range(100)}
        assert len(pauses) > 1
        assert all(0.5 * seconds <= each <= 1.5 * seconds for each in pauses)


@pytest.mark.parametrize(
    ("callback", "detail"),
    [
        ("", "String should have at least 1 character"),
        (f"{CANARY}", "must be an https URL"),
        ("http://93.184.216.34/", "must be an https URL"),
        ("ftp://93.184.216.34/", "must be an https URL"),
        ("file:///etc/passwd", "must be an https URL"),
        ("https:///path", "must have a host, and no user, password or fragment"),
        ("https://ada:secret@93.184.216.34/", "must have a host, and no user, password"),
        ("https://93.184.216.34/#fragment", "must have a host, and no user, password"),
        ("https://[::1", "must be a URL"),
        ("https://127.0.0.1/", "the host must have addresses, and only public ones"),
        ("https://localhost:8000/", "the host must have addresses, and only public ones"),
        ("https://[::1]/", "the host must have addresses, and only public ones"),
        ("https://[::ffff:10.0.0.1]/", "the host must have addresses, and only public ones"),
        ("https://169.254.169.254/latest/", "the host must have addresses, and only public ones"),
        ("https://2130706433/", "the host must have addresses, and only public ones"),
        ("https://93.184.216.34:99999/", "must have a port from 1 to 65535, or none"),
        ("https://half.test/\ud800", "Input should be a valid string"),
        ("https://nothing.invalid/", "the host must have addresses, and only public ones"),
    ],
)
def test_refused_callbacks(connected: Client, callback: str, detail: str):
    client = connected(callbacks=SIGNED, keep_jobs_hours=1)
    response = post(client, {**TEXT, "callback": callback})
    assert problem(response) == (422, "invalid_request")
    [error] = response.json()["errors"]
    assert error["pointer"] == "/callback"
    assert error["detail"].startswith(detail)


def test_without_a_secret_there_are_no_callbacks(connected: Client):
    client = connected(callbacks=replace(LOCAL, secrets=()), keep_jobs_hours=1)
    response = post(client, {**TEXT, "callback": "https://127.0.0.1/"})
    assert problem(response) == (422, "invalid_request")
    assert "no secret" in response.json()["detail"]


def test_a_public_host_is_accepted(connected: Client):
    client = connected(callbacks=SIGNED, keep_jobs_hours=1)
    assert accepted(client, {**TEXT, "callback": "https://93.184.216.34/"})["callback"] == "waiting"


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[tuple[str, int]]:
    """Has names resolved to one address after the other, and records what was asked."""
    asked: list[tuple[str, int]] = []

    async def resolve(host: str, port: int) -> list[Any]:
        asked.append((host, port))
        return [ip_address(answers[min(len(asked), len(answers)) - 1])]

    monkeypatch.setattr(sending, "resolve", resolve)
    return asked


def test_a_name_that_becomes_private_later_is_not_called(
    connected: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    port = int(receiver.address.rpartition(":")[2])
    monkeypatch.setattr(kept, "GIVE_UP", timedelta())
    asked = resolving(monkeypatch, "93.184.216.34", "127.0.0.1")
    with connected(callbacks=SIGNED, keep_jobs_hours=1) as client:
        job = accepted(client, {**TEXT, "callback": f"https://rebinding.test:{port}/"})
        assert settled(client, job)["callback"] == "given_up"
    assert asked == [("rebinding.test", port)] * 2
    assert receiver.received == []


def test_the_connection_goes_to_the_address_that_was_checked(
    connected: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    port = int(receiver.address.rpartition(":")[2])
    asked = resolving(monkeypatch, "127.0.0.1")
    with connected(callbacks=LOCAL, keep_jobs_hours=1) as client:
        job = accepted(client, {**TEXT, "callback": f"http://Receiver.test:{port}/"})
        assert settled(client, job)["callback"] == "delivered"
    assert asked == [("receiver.test", port)] * 2, "once when it is accepted, once when it is sent"
    [received] = receiver.received
    assert received.headers["host"] == f"receiver.test:{port}", "which no resolver knows"


def test_who_does_not_answer_is_tried_again(
    connected: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    address = receiver.address
    with receiving() as gone:
        pass
    monkeypatch.setattr(kept, "GIVE_UP", timedelta())
    with connected(callbacks=LOCAL, keep_jobs_hours=1) as client:
        for target in (gone.address, address.replace("http", "https", 1)):
            job = accepted(client, {**TEXT, "callback": target})
            assert ended(client, job)["state"] == "completed"
            assert settled(client, job)["callback"] == "given_up"
    assert receiver.received == [], "which speaks no TLS"


def certificate(host: str, folder: Path) -> Path:
    """A file with a certificate for a host that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    begin = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{host}.pem"
    pem = serialization.Encoding.PEM
    form, secrecy = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, form, secrecy))
    return file


@pytest.mark.parametrize(
    ("host", "state"), [("receiver.test", "delivered"), ("127.0.0.1", "given_up")]
)
def test_the_certificate_must_be_the_hosts(
    connected: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str, state: str
):
    file = certificate("receiver.test", tmp_path)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    trusting = ssl.create_default_context(cafile=file)
    trusting.verify_flags &= ~ssl.VERIFY_X509_STRICT

    def client_that_trusts() -> httpx2.AsyncClient:
        return httpx2.AsyncClient(trust_env=False, verify=trusting)

    monkeypatch.setattr(delivery, "callback_client", client_that_trusts)
    monkeypatch.setattr(kept, "GIVE_UP", timedelta())
    resolving(monkeypatch, "127.0.0.1")
    with receiving(serving) as receiver, connected(callbacks=LOCAL, keep_jobs_hours=1) as client:
        url = receiver.address.replace("127.0.0.1", host)
        job = accepted(client, {**TEXT, "callback": url})
        assert settled(client, job)["callback"] == state
    assert len(receiver.received) == (state == "delivered")
