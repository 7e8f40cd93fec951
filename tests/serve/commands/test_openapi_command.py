"""``framelens openapi``, and the document that it wrote into the repository."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from framelens.model import FramingClassifier

Run = Callable[..., Result]

DOCUMENT = Path(__file__).parents[3] / "docs" / "openapi.json"
HOW = (
    "docs/openapi.json is of another service; `framelens openapi docs/openapi.json` writes it anew"
)


def test_the_document_in_the_repository_is_the_services(
    run: Run, loaded: FramingClassifier, tmp_path: Path
):
    path = tmp_path / "openapi.json"
    assert run("openapi", path).exit_code == 0
    written = path.read_text(encoding="utf-8")
    assert written == DOCUMENT.read_text(encoding="utf-8"), HOW
    assert run("openapi").stdout == written


def test_nothing_in_it_depends_on_the_engine(loaded: FramingClassifier):
    text = DOCUMENT.read_text(encoding="utf-8")
    assert loaded.engine.name not in text
    assert f'"{loaded.engine.precision}"' not in text
    assert json.loads(text)["openapi"].startswith("3.")
