"""The page's files: few, by name, and with nothing from outside."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from framelens.model import FramingClassifier
from framelens.serve.pages import DOCUMENTS, FILES, FOLDER


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html"),
        ("/review", "text/html"),
        ("/page/paper.css", "text/css"),
        ("/page/text.js", "text/javascript"),
    ],
)
def test_a_file(client: TestClient, path: str, media_type: str):
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
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert client.head(path).status_code == 200


def test_every_file_is_served_and_nothing_else(client: TestClient):
    assert {*FILES.values()} == {path.name for path in FOLDER.iterdir()}
    assert all(client.get(path).status_code == 200 for path in FILES)
    for path in (
        "/page/",
        "/page",
        "/text.html",
        "/page/text.html",
        "/page/..%2fapp.py",
        "/review/",
    ):
        assert client.get(path).status_code == 404


def test_every_reference_leads_to_a_file():
    for path in FOLDER.iterdir():
        text = path.read_text()
        imported = {f"/page/{name}" for name in re.findall(r'from "\./([^"]+)"', text)}
        linked = {f"/{name}" for name in re.findall(r'(?:href|src)="(page/[^"]+)"', text)}
        assert imported | linked <= FILES.keys(), path.name


def test_nothing_inline_and_nothing_from_outside():
    for name in DOCUMENTS.values():
        html = (FOLDER / name).read_text()
        assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]* src=)", html)
    for path in FOLDER.iterdir():
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "innerHTML" not in text
        assert "//" not in re.sub(r"^\s*//.*", "", text, flags=re.MULTILINE), path.name


def test_the_page_knows_no_label(classifier: FramingClassifier):
    scheme = classifier.artefact.scheme
    for path in FOLDER.iterdir():
        words = set(re.findall(r"\w+", path.read_text()))
        assert not words & {*scheme.label_names, *scheme.leaf_names}, path.name
