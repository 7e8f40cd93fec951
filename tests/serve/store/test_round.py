"""The loop closes: answers, corrections, a corpus, and a model that is served."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from starlette.testclient import TestClient
from typer.testing import CliRunner

from framelens.data import read_corpus
from framelens.model import FramingClassifier, Scheme
from framelens.serve.app import create_app
from framelens.serve.commands import app
from framelens.training.fine_tuning import train
from framelens.training.settings import TrainSettings

SEEDS = Path(__file__).parents[3] / "seeds"
SCHEME = SEEDS / "schemes" / "framing.yaml"


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_feedback_becomes_a_model(connected: Callable[..., TestClient], url: str, tmp_path: Path):
    client = connected(keep_texts_days=1)
    corpus = read_corpus([SEEDS / "documents" / "wire.jsonl"], Scheme.from_file(SCHEME))
    for document in corpus:
        answer = client.post("/v1/classify", json={"text": document.text})
        assert answer.status_code == 200
        for sentence in document.sentences:
            passage = {"text": document.text, "begin": sentence.begin, "end": sentence.end}
            request = {"passage": passage, "label": sentence.label}
            assert client.post("/v1/feedback", json=request).status_code == 201
    file = tmp_path / "feedback.jsonl"
    command = ["feedback", "export", str(file), "--database", url]
    assert CliRunner().invoke(app, command).exit_code == 0
    settings = TrainSettings(
        data=[file],
        scheme=SCHEME,
        output=tmp_path / "model",
        method="fine-tune",
        layers=1,
        epochs=1,
        review_accuracy=0.5,
        device="cpu",
    )
    classifier = FramingClassifier.load(train(settings, Console(quiet=True)))
    with TestClient(create_app(classifier)) as served:
        answer = served.post("/v1/classify", json={"text": "We won."})
    assert answer.json()["model"]["sha256"] == classifier.artefact.manifest.sha256
