"""The shipped proxy in front of a real server: only places and a certificate are given."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx2
import numpy as np
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp

from framelens.model import Artefact, FramingClassifier
from framelens.model.engines.base import Ids, Logits
from framelens.serve.app import create_app
from framelens.serve.limits import Limits
from framelens.serve.server import SETTINGS

CADDYFILE = Path(__file__).parents[3] / "serve" / "deploy" / "Caddyfile"
TEXT = {"text": "It rained."}
SECONDS = 60

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("caddy", "openssl", "curl"))),
    reason="caddy, openssl or curl is not installed",
)


class Even:
    """Finds every leaf as likely as the others."""

    name, precision, streams = "even", "f32", 1

    def __init__(self, leaves: int) -> None:
        self._leaves = leaves

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """Zeros."""
        return np.zeros((*ids.shape, self._leaves), dtype=np.float32)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return cast(int, probe.getsockname()[1])


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Run an application as the service runs, and give its host and port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, **SETTINGS))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield "{}:{}".format(*server.servers[0].sockets[0].getsockname())
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    files = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-addext", "subjectAltName=DNS:localhost"),
            *("-out", str(files[0]), "-keyout", str(files[1])),
        ],
        check=True,
        capture_output=True,
    )
    return files


class Proxy:
    """A running proxy: its ports, what its certificate is known by, and its log."""

    def __init__(self, http_port: int, https_port: int, certificate: Path, log: Path) -> None:
        self.plain = f"http://localhost:{http_port}"
        self.safe = f"https://localhost:{https_port}"
        self.certificate = certificate
        self.log = log

    def client(self) -> httpx2.Client:
        """Who trusts the certificate, and nothing else."""
        trust = ssl.create_default_context(cafile=str(self.certificate))
        return httpx2.Client(base_url=self.safe, verify=trust, timeout=SECONDS)


Start = Callable[[str], Any]


@pytest.fixture(scope="module")
def start(
    certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Any]:
    """Starts the shipped proxy before an address."""

    @contextmanager
    def started(upstream: str) -> Iterator[Proxy]:
        folder = tmp_path_factory.mktemp("caddy")
        log = folder / "log"
        proxy = Proxy(http := free_port(), https := free_port(), certificate[0], log)
        environment = {
            **os.environ,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
            "FRAMELENS_SITE": "localhost",
            "FRAMELENS_UPSTREAM": upstream,
            "FRAMELENS_HTTP_PORT": str(http),
            "FRAMELENS_HTTPS_PORT": str(https),
            "FRAMELENS_TLS": "tls {} {}".format(*certificate),
        }
        with log.open("w") as output:
            process = subprocess.Popen(
                ["caddy", "run", "--adapter", "caddyfile", "--config", str(CADDYFILE)],  # noqa: S607
                env=environment,
                stderr=output,
            )
        try:
            wait_for(https, process, log)
            yield proxy
        finally:
            process.terminate()
            process.wait(SECONDS)

    return started


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("localhost", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def proxy(start: Start) -> Iterator[Proxy]:
    """Before the service."""
    artefact = Artefact.load("framing")
    app = create_app(FramingClassifier(artefact, Even(len(artefact.scheme.leaves))))
    with serving(app) as upstream, start(upstream) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def client(proxy: Proxy) -> Iterator[httpx2.Client]:
    with proxy.client() as client:
        yield client


@pytest.fixture(scope="module")
def echo(start: Start) -> Iterator[Proxy]:
    """Before a server that tells who asks."""

    async def tell(scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope)
        content = {
            "client": request.client and request.client.host,
            "scheme": request.url.scheme,
            "headers": dict(request.headers),
        }
        await JSONResponse(content)(scope, receive, send)

    with serving(tell) as upstream, start(upstream) as proxy:
        yield proxy


def test_it_answers_over_tls(client: httpx2.Client):
    response = client.post("/v1/classify", json=TEXT)
    assert response.status_code == 200
    assert response.json()["documents"][0]["sentences"][0]["text"] == "It rained."
    assert response.headers["strict-transport-security"] == "max-age=31536000"
    assert client.get("/readyz").status_code in (200, 503)
    assert client.get("/").headers["content-security-policy"]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_is_of_this_decade(proxy: Proxy):
    old = ssl.create_default_context(cafile=str(proxy.certificate))
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.raises(httpx2.ConnectError), httpx2.Client(verify=old) as client:
        client.get(f"{proxy.safe}/livez")


def test_plain_http_is_sent_to_tls(proxy: Proxy):
    response = httpx2.get(f"{proxy.plain}/v1/info?a=b")
    assert response.status_code == 308
    assert response.headers["location"] == "https://localhost/v1/info?a=b"


def test_a_request_keeps_its_id(client: httpx2.Client):
    headers = {"x-request-id": "mine-1"}
    response = client.get("/v1/info", headers=headers)
    assert response.headers["x-request-id"] == "mine-1"
    refused = client.post("/v1/classify", json={"text": 1}, headers=headers)
    assert refused.status_code == 422
    assert refused.json()["request_id"] == "mine-1"


def test_only_the_proxy_says_who_asks(echo: Proxy):
    lies = {
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-proto": "http",
        "x-forwarded-host": "elsewhere.example",
    }
    with echo.client() as client:
        told = client.get("/", headers=lies).json()
    assert told["client"] in ("127.0.0.1", "::1")
    assert told["scheme"] == "https"
    assert told["headers"]["x-forwarded-for"] == told["client"]
    assert told["headers"]["x-forwarded-host"].startswith("localhost")


@pytest.mark.parametrize("path", ["/metrics", "/%6Detrics", "/METRICS", "//metrics", "/./metrics"])
def test_metrics_are_not_public(client: httpx2.Client, proxy: Proxy, path: str):
    # Not normalised by a client's library on the way.
    done = curl(proxy, "--path-as-is", "-w", "%{http_code}", f"{proxy.safe}{path}")
    assert done.endswith("404")
    assert "framelens_requests_total" not in done
    assert client.get("/metrics").text == ""


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_the_largest_body_is_the_services(proxy: Proxy, tmp_path: Path, version: str):
    limit = Limits().body_bytes
    for size, status in ((limit, "200"), (limit + 1, "413")):
        body = tmp_path / "body"
        body.write_bytes(json.dumps(TEXT).encode().ljust(size))
        done = curl(
            proxy,
            *(version, "-H", "content-type: application/json", "--data-binary", f"@{body}"),
            *("-w", "\n%{http_code}", f"{proxy.safe}/v1/classify"),
        )
        assert done.endswith(status), done[-300:]
        if status == "413":
            assert '"code":"body_too_large"' in done.replace(": ", ":")


def test_a_refused_body_leaves_the_connection_to_the_service_in_order(proxy: Proxy, tmp_path: Path):
    fitting, refused = tmp_path / "fitting", tmp_path / "refused"
    limit = Limits().body_bytes
    for path, size in ((fitting, limit // 2), (refused, limit + 1)):
        path.write_bytes(json.dumps(TEXT).encode().ljust(size))
    address, json_type = f"{proxy.safe}/v1/classify", "content-type: application/json"
    found = []
    for path in (refused, fitting) * 5:
        # curl asks before it sends so much over HTTP/1.1: Expect: 100-continue.
        written = ("-o", str(tmp_path / "answer"), "-w", "%{http_code}")
        body = ("--http1.1", "-H", json_type, "--data-binary", f"@{path}")
        found.append(curl(proxy, *body, *written, address))
    assert found == ["413", "200"] * 5


def test_long_headers_are_refused(client: httpx2.Client):
    assert client.get("/v1/info", headers={"a": "a" * 64 * 1024}).status_code == 431


STREAM = ("-N", "-X", "POST", "-H", "content-type: application/x-ndjson")


def curl(proxy: Proxy, *arguments: str) -> str:
    command = ["curl", "-s", "--cacert", str(proxy.certificate), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    return done.stdout


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_lines_are_answered_while_others_are_still_sent(proxy: Proxy, version: str):
    # Not --max-time, with which curl 7.88 reads nothing while it waits for a line to send.
    command = ["timeout", str(SECONDS), "curl", "-s", "--cacert", str(proxy.certificate)]
    address = f"{proxy.safe}/v1/classify:stream"
    with subprocess.Popen(
        [*command, version, *STREAM, "-T", ".", address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        assert process.stdin
        assert process.stdout
        for number in range(1, 6):
            process.stdin.write(json.dumps({"id": str(number), **TEXT}) + "\n")
            process.stdin.flush()
            if number == 1:
                assert "fingerprint" in json.loads(process.stdout.readline())
            answer = json.loads(process.stdout.readline())
            assert (answer["line"], answer["document"]["id"]) == (number, str(number))
        process.stdin.close()
        assert json.loads(process.stdout.readline()) == {"documents": 5, "problems": 0}
        assert process.wait(SECONDS) == 0


def test_a_stream_longer_than_every_buffer_arrives_whole(proxy: Proxy, tmp_path: Path):
    lines = tmp_path / "lines"
    line = json.dumps(TEXT).ljust(20_000)
    lines.write_text(f"{line}\n" * 1_000, encoding="utf-8")
    url = f"{proxy.safe}/v1/classify:stream"
    done = curl(proxy, "--http2", *STREAM, "-T", str(lines), url)
    first, *answers, last = done.splitlines()
    assert "fingerprint" in json.loads(first)
    assert [json.loads(answer)["line"] for answer in answers] == [*range(1, 1_001)]
    assert json.loads(last) == {"documents": 1_000, "problems": 0}


def test_a_service_that_is_down_is_a_bad_gateway_and_no_key_is_logged(start: Start):
    with start(f"127.0.0.1:{free_port()}") as proxy, proxy.client() as client:
        headers = {"authorization": "Bearer s3cret", "x-goog-api-key": "s3cret"}
        response = client.get("/v1/info?key=s3cret", headers=headers)
        assert response.status_code == 502
        log = proxy.log.read_text(encoding="utf-8")
    assert "connection refused" in log
    assert "s3cret" not in log
