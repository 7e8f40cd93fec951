"""The page's files: few, by name, and with nothing from outside."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from framelens.model import FramingClassifier
from framelens.serve.pages import FILES, FOLDER


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")],
)
def test_files(client: TestClient, path: str, media_type: str):
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-cache"
    policy = dict(
        directive.split(" ", 1)
        for directive in response.headers["content-security-policy"].split("; ")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert client.head(path).status_code == 200


def test_every_file_is_served_and_nothing_else(client: TestClient):
    assert {name for name, _ in FILES.values()} == {path.name for path in FOLDER.iterdir()}
    for path in ("/page/", "/page", "/index.html", "/../app.py", "/page.css/..%2fapp.py"):
        assert client.get(path).status_code == 404


def test_nothing_inline_and_nothing_from_outside():
    html = (FOLDER / "index.html").read_text()
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]* src=)", html)
    for path in FOLDER.iterdir():
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "//" not in re.sub(r"^\s*//.*", "", text, flags=re.MULTILINE), path.name


def test_the_page_knows_no_label(classifier: FramingClassifier):
    scheme = classifier.artefact.scheme
    for path in FOLDER.iterdir():
        words = set(re.findall(r"\w+", path.read_text()))
        assert not words & {*scheme.label_names, *scheme.leaf_names}, path.name
