"""``framelens score``: what is seen of it, and texts that come again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import Result

from framelens.model import Document, FramingClassifier
from framelens.model.classifier import Prepared

Run = Callable[..., Result]

TEXTS = ["We won the cup. It rained.", "The court sits on Monday.", "We won the cup. It rained."]

pytestmark = pytest.mark.usefixtures("loaded")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "month.jsonl"
    rows = [{"id": str(number), "text": text} for number, text in enumerate(TEXTS * 2)]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_a_summary_where_a_file_is_written(run: Run, source: Path, tmp_path: Path):
    result = run("score", source, "--output", tmp_path / "out.jsonl")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr.startswith("6 documents, 10 sentences\n")
    assert "\nlanguages " in result.stderr


@pytest.mark.parametrize("option", ["--quiet", "-q", "--progress=none"])
def test_silence(run: Run, source: Path, tmp_path: Path, option: str):
    assert run("score", source, "--output", tmp_path / "out.jsonl", option).stderr == ""


def test_nothing_beside_results_on_standard_output(run: Run, source: Path):
    assert run("score", source).stderr == ""


def test_json(run: Run, source: Path, tmp_path: Path):
    result = run("score", source, "--output", tmp_path / "out.jsonl", "--progress", "json")
    *_, last = map(json.loads, result.stderr.splitlines())
    assert last["event"] == "summary"
    assert last["counts"]["rows"] == 6
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_text(encoding="utf-8"))
    assert last["counts"] == manifest["counts"]


def test_texts_that_come_again(
    run: Run,
    source: Path,
    tmp_path: Path,
    loaded: FramingClassifier,
    monkeypatch: pytest.MonkeyPatch,
):
    scored: list[str | None] = []
    prepare = loaded.prepare

    def noting(documents: Sequence[Document]) -> list[Prepared]:
        scored.extend(document.text for document in documents)
        return prepare(documents)

    monkeypatch.setattr(loaded, "prepare", noting)
    output = tmp_path / "out.jsonl"
    assert run("score", source, "--output", output, "--duplicates", "once").exit_code == 0
    assert scored == TEXTS[:2]
    given = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [each["id"] for each in given] == ["0", "1", "2", "3", "4", "5"]
    assert [each["sentences"] for each in given[:3]] == [each["sentences"] for each in given[3:]]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "month.jsonl",
        "out.jsonl",
        "out.jsonl.manifest.json",
    ]


def test_texts_that_come_again_on_standard_output(run: Run, source: Path):
    given = run("score", source, "--duplicates", "once").stdout.splitlines()
    assert [json.loads(line)["id"] for line in given] == ["0", "1", "2", "3", "4", "5"]
