"""Repositories on this machine, served as archives."""

from __future__ import annotations

import io
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

Serve = Callable[[str, Mapping[str, bytes]], str]


def packed(files: Mapping[str, bytes]) -> bytes:
    """An archive as a forge gives it: everything in one folder."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(f"repository-1234/{path}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return file.getvalue()


@pytest.fixture
def answers() -> dict[str, bytes]:
    """What is served, by path."""
    return {}


@pytest.fixture
def requested() -> list[str]:
    """The paths that were asked for."""
    return []


@pytest.fixture
def address(answers: dict[str, bytes], requested: list[str]) -> Iterator[str]:
    """Where the answers are served; what is none of them is not found."""

    class Handler(BaseHTTPRequestHandler):
        """Gives the answers."""

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            """An answer, or 404."""
            requested.append(self.path)
            body = answers.get(self.path, b"")
            self.send_response(200 if self.path in answers else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def serve(answers: dict[str, bytes], address: str) -> Serve:
    """Serves files as an archive at a path; returns its address."""

    def add(path: str, files: Mapping[str, bytes]) -> str:
        answers[path] = packed(files)
        return address + path

    return add


@pytest.fixture
def zip_file() -> Callable[[Mapping[str, bytes]], bytes]:
    """Packs files into a zip."""
    return zipped
