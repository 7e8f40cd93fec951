"""``framelens export`` and ``framelens push``: what they say."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from framelens.model import DEFAULT, Artefact, find_artefact
from framelens.training import hub

Run = Callable[..., Result]


def test_a_model_is_written_for_others(run: Run, tmp_path: Path):
    out = tmp_path / "models" / "web"
    result = run("export", DEFAULT, "--out", out)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"wrote {out / 'onnx' / 'model.onnx'}, 45.3 MB\n"
    assert Artefact.load(out).manifest == Artefact.load(DEFAULT).manifest
    again = run("export", DEFAULT, "--out", out)
    assert again.exit_code == 1
    assert again.stderr == f"framelens: error: out: {out} exists; name a new folder or remove it\n"


def test_there_is_nothing_to_check_without_a_second_network(run: Run, tmp_path: Path):
    result = run("export", DEFAULT, "--out", tmp_path / "web", "--check", "some.jsonl")
    assert result.exit_code == 2
    assert "--quantised" in result.stderr
    assert not (tmp_path / "web").exists()


def test_what_was_pushed(run: Run, monkeypatch: pytest.MonkeyPatch):
    pushed = []

    def push(artefact: Artefact, repository: str, private: bool) -> str:
        pushed.append((artefact.manifest.name, repository, private))
        return "https://example.org/ada/frames/commit/1"

    monkeypatch.setattr(hub, "push", push)
    result = run("push", DEFAULT, "ada/frames", "--private")
    assert result.stdout == "pushed https://example.org/ada/frames/commit/1\n"
    assert pushed == [(DEFAULT, "ada/frames", True)]


def test_a_changed_model_is_not_pushed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    model = Path(shutil.copytree(find_artefact(DEFAULT), tmp_path / "model"))
    (model / "README.md").write_text("Another card.", encoding="utf-8")
    monkeypatch.setattr(hub, "push", lambda *_: "https://example.org")
    result = run("push", model, "ada/frames")
    assert result.exit_code == 1
    assert "README.md: sha256: the file is not the one the manifest names" in result.stderr
