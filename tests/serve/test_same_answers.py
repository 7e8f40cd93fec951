"""The service and the command line give the same numbers for the same text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.commands import app

ROOT = Path(__file__).parents[2]
ARTICLE = ROOT.parent / "shared" / "examples" / "seed_article.txt"


def texts() -> list[object]:
    absent = pytest.mark.skipif(not ARTICLE.exists(), reason=f"{ARTICLE.name} is not here")
    return [ROOT / "README.md", pytest.param(ARTICLE, marks=absent)]


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.name)
def test_service_and_command_line_agree(path: Path):
    printed = CliRunner().invoke(app, ["score", str(path)]).stdout
    with TestClient(create_app(FramingClassifier.load())) as client:
        text = path.read_text(encoding="utf-8")
        served = client.post("/v1/classify", json={"text": text}).json()["documents"][0]
    scored = json.loads(printed)
    assert len(scored["sentences"]) == len(served["sentences"]) > 5
    for one, other in zip(scored["sentences"], served["sentences"], strict=True):
        assert (one["begin"], one["end"], one["label"]) == (
            other["begin"],
            other["end"],
            other["label"],
        )
        assert one["scores"] == pytest.approx(other["scores"], abs=1e-6)
