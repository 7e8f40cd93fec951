"""``framelens verify``: answers scored again, changed in every part that decides."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import Result

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.models import LoadedModel, Models
from framelens.serve.thresholds import read_thresholds

Run = Callable[..., Result]
Change = Callable[[dict[str, Any]], None]

TEXT = "We will never forget how you abandoned us. 🎉 It rained.\nShe said that they had won.\n"
POLICY = "ours: {version: 1, labels: {victim: {review: 0.0}}}"


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policy") / "thresholds.yaml"
    path.write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def client(shipped: FramingClassifier, policy: Path) -> TestClient:
    sets = read_thresholds(policy, [shipped.artefact.scheme])
    return TestClient(create_app(Models([LoadedModel(shipped, sets)])))


@pytest.fixture
def verify(
    run: Run, client: TestClient, loaded: FramingClassifier, tmp_path: Path
) -> Callable[..., Result]:
    """Verifies the answer to a request, changed, against texts."""

    def invoke(
        *options: object,
        request: dict[str, Any] | None = None,
        texts: tuple[str, ...] = (TEXT,),
        change: Change = lambda answer: None,
    ) -> Result:
        given = client.post("/v1/classify", json=request or {"text": TEXT})
        assert given.status_code == 200
        answer = given.json()
        change(answer)
        response = tmp_path / "response.json"
        response.write_text(json.dumps(answer), encoding="utf-8")
        paths = [tmp_path / f"{number}.txt" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_bytes(text.encode())
        return run("verify", response, *paths, *options)

    return invoke


@pytest.mark.parametrize(
    "request_changes",
    [
        {},
        {"options": {"offsets": "utf16", "evidence": True}},
        {"options": {"review_below": 0.5}},
        {"options": {"review_below": 0}},
        {"thresholds": "ours"},
    ],
)
def test_an_answer_reproduces(
    verify: Callable[..., Result], policy: Path, request_changes: dict[str, Any]
):
    result = verify("--thresholds", policy, request={"text": TEXT, **request_changes})
    assert (result.exit_code, result.stderr) == (0, "")
    assert "differs" not in result.stdout
    assert result.stdout.endswith("reproduced\n")
    assert "largest difference of a score: 0 of 0.01 allowed" in result.stdout


def test_several_documents_one_of_them_unscorable(verify: Callable[..., Result]):
    request = {"documents": [{"text": "We won."}, {"text": " "}, {"text": TEXT}]}
    assert verify(request=request, texts=("We won.", " ", TEXT)).exit_code == 0
    result = verify(request=request, texts=("We won.", "It rained.", TEXT))
    assert result.exit_code == 3
    assert "differs: document 2, error: has no character that the model reads" in result.stdout


def test_sentences_that_the_request_gave(verify: Callable[..., Result]):
    request = {"documents": [{"sentences": ["We won. They lost.", "It rained."]}]}
    texts = ("We won. They lost.\nIt rained.\n",)
    assert verify("--lines", request=request, texts=texts).exit_code == 0
    assert verify(request=request, texts=texts).exit_code == 3


def of_model(answer: dict[str, Any]) -> None:
    answer["model"]["sha256"] = "0" * 64


def of_label(answer: dict[str, Any]) -> None:
    answer["documents"][0]["sentences"][0]["label"] = "other"


def of_score(answer: dict[str, Any]) -> None:
    answer["documents"][0]["sentences"][1]["scores"]["victim"] += 0.02


def of_consequence(answer: dict[str, Any]) -> None:
    answer["documents"][0]["sentences"][2]["follows"] = "act"


def of_labels(answer: dict[str, Any]) -> None:
    answer["documents"][0]["sentences"][2]["scores"]["other"] = 0


def of_thresholds(answer: dict[str, Any]) -> None:
    answer["thresholds"] = "default@1+01234567"


def of_fingerprint(answer: dict[str, Any]) -> None:
    answer["fingerprint"] = "0" * 16


def of_text(answer: dict[str, Any]) -> None:
    del answer["documents"][0]["sentences"][2]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (of_model, f"differs: model.sha256: {'0' * 64} before, "),
        (of_label, "differs: sentence 1, label: other before, "),
        (of_score, "differs: sentence 2, score of victim: "),
        (of_consequence, "differs: sentence 3, follows: act before, "),
        (of_labels, "differs: sentence 3, labels: "),
        (of_thresholds, "differs: thresholds: default@1+01234567 before, default@1.2.0+"),
        (of_fingerprint, f"differs: fingerprint: {'0' * 16} before, "),
        (of_text, "differs: sentence 3, text: none before, 'She said that they had won.' now"),
    ],
)
def test_what_differs_is_named(verify: Callable[..., Result], change: Change, named: str):
    result = verify(change=change)
    assert result.exit_code == 3
    assert named in result.stdout
    assert result.stdout.endswith("not reproduced\n")


def test_the_tolerance_is_a_choice(verify: Callable[..., Result]):
    assert verify("--tolerance", "0.03", change=of_score).exit_code == 0


def test_versions_are_named_and_do_not_count(verify: Callable[..., Result]):
    def change(answer: dict[str, Any]) -> None:
        answer["software"]["tokenizers"] = "0.1"
        answer["engine"]["precision"] = "f8"

    result = verify(change=change)
    assert "differs, but does not count: software.tokenizers: 0.1 before, " in result.stdout
    assert "differs, but does not count: engine.precision: f8 before, " in result.stdout
    # The fingerprint is that of the parts as they were.
    assert "differs: fingerprint: " in result.stdout


def test_an_unknown_set_asks_for_its_file(verify: Callable[..., Result]):
    result = verify(request={"text": TEXT, "thresholds": "ours"})
    assert result.exit_code == 1
    assert "'default'; see --thresholds" in result.stderr


def test_the_number_of_texts(verify: Callable[..., Result]):
    result = verify(texts=(TEXT, TEXT))
    assert result.exit_code == 1
    assert "the answer has 1 documents, but 2 texts are given" in result.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not an answer of /v1/classify: Invalid JSON"),
        ("[]", "not an answer of /v1/classify: "),
        ("{}", "model: not an answer of /v1/classify: Field required"),
    ],
)
def test_what_is_no_answer(run: Run, tmp_path: Path, content: str, message: str):
    response = tmp_path / "response.json"
    response.write_text(content, encoding="utf-8")
    result = run("verify", response, response)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"framelens: error: {response}: {message}")


def test_a_text_that_is_not_utf8(verify: Callable[..., Result], run: Run, tmp_path: Path):
    verify()
    (tmp_path / "0.txt").write_bytes(b"a\xff")
    result = run("verify", tmp_path / "response.json", tmp_path / "0.txt")
    assert result.exit_code == 1
    assert result.stderr.endswith("0.txt: byte 1: not UTF-8\n")


def test_a_model_that_is_not_here(run: Run, client: TestClient, tmp_path: Path):
    answer = client.post("/v1/classify", json={"text": "We won."}).json()
    answer["model"]["name"] = "nothing-here"
    (tmp_path / "response.json").write_text(json.dumps(answer), encoding="utf-8")
    (tmp_path / "text.txt").write_text("We won.", encoding="utf-8")
    result = run("verify", tmp_path / "response.json", tmp_path / "text.txt")
    assert result.exit_code == 1
    assert result.stderr.startswith("framelens: error: nothing-here: no artefact here")
