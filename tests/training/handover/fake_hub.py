"""A hub on this machine that speaks as much of the protocol as an upload needs."""

from __future__ import annotations

import base64
import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

__all__ = ["TOKEN", "Hub"]

LARGE = 100_000
"""Files of more bytes are uploaded on their own, as git-lfs does."""

TOKEN = "hf_of_a_test"  # noqa: S105


class Hub(ThreadingHTTPServer):
    """What it was told: repositories, large objects by their digest, and committed files."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.repositories: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}
        self.summary = ""

    def create(self, wanted: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Make a repository, or say that it is there."""
        name = f"{wanted['organization']}/{wanted['name']}"
        status = 409 if name in self.repositories else 200
        self.repositories.setdefault(name, wanted)
        return {"url": f"{self.address}/{name}"}, status

    def upload(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Where to put a large object."""
        href = f"{self.address}/objects/{wanted['oid']}"
        return {**wanted, "actions": {"upload": {"href": href}}}

    def commit(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        """Take over the files of a commit."""
        for value in (line["value"] for line in lines):
            if "summary" in value:
                self.summary = value["summary"]
            elif "content" in value:
                self.files[value["path"]] = base64.b64decode(value["content"])
            else:
                self.files[value["path"]] = self.objects[value["oid"]]
        return {"commitUrl": f"{self.address}/ada/frames/commit/1", "commitOid": "1"}


class Handler(BaseHTTPRequestHandler):
    """Answers in JSON; whoever has no token gets nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Everything but the large objects."""
        content = self._read()
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._answer({"error": "Invalid username or password."}, 401)
        else:
            self._answer(*self._answer_to([json.loads(line) for line in content.splitlines()]))

    def do_PUT(self) -> None:
        """A large object."""
        content = self._read()
        self._hub.objects[hashlib.sha256(content).hexdigest()] = content
        self._answer({})

    @property
    def _hub(self) -> Hub:
        return cast(Hub, self.server)

    def _answer_to(self, lines: list[dict[str, Any]]) -> tuple[dict[str, Any], int]:
        if self.path == "/api/repos/create":
            return self._hub.create(lines[0])
        if self.path == "/api/validate-yaml":
            return {"errors": [], "warnings": []}, 200
        if "/preupload/" in self.path:
            return {"files": [_mode(file) for file in lines[0]["files"]]}, 200
        if self.path.endswith("/objects/batch"):
            return {"objects": [self._hub.upload(each) for each in lines[0]["objects"]]}, 200
        return self._hub.commit(lines), 200

    def _read(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _answer(self, content: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _mode(file: dict[str, Any]) -> dict[str, Any]:
    mode = "lfs" if file["size"] > LARGE else "regular"
    return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": None}
