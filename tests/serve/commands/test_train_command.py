"""``framelens train`` and ``framelens evaluate`` as commands."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from framelens.serve.commands import app
from framelens.training.settings import TrainSettings

ROOT = Path(__file__).parents[3]
WIRE = ROOT / "seeds" / "documents" / "wire.jsonl"


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})


def test_every_setting_is_a_flag_with_its_docstring(runner: CliRunner):
    output = runner.invoke(app, ["train", "--help"]).output
    for field in dataclasses.fields(TrainSettings):
        assert f"--{field.name.replace('_', '-')}" in output
    assert "Windows that a process takes at once." in output


def test_flags_override_the_file_both_ways(
    runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    settings = tmp_path / "train.yaml"
    settings.write_text("data: [a.jsonl]\noutput: out\nsoft_labels: true\nseed: 3\n")
    chosen: list[TrainSettings] = []
    monkeypatch.setattr(
        "framelens.training.fine_tuning.train", lambda given, _: chosen.append(given)
    )
    for flags in ([], ["--no-soft-labels", "--no-separators", "--seed", "4"]):
        result = runner.invoke(app, ["train", "--settings", str(settings), *flags])
        assert result.exit_code == 0, result.stderr
    found = [(each.soft_labels, each.separators, each.seed) for each in chosen]
    assert found == [(True, True, 3), (False, False, 4)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "data: missing, and there is no default"),
        (["--data", "none.jsonl", "--output", "out"], "none.jsonl"),
        (["--data", str(WIRE), "--output", "out", "--epochs", "0"], "epochs: 0 is not between"),
        (["--settings", "none.yaml"], "none.yaml: cannot read the settings"),
    ],
)
def test_a_mistake_is_one_clear_line(
    runner: CliRunner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
):
    monkeypatch.chdir(tmp_path)
    scheme = ["--scheme", str(ROOT / "seeds" / "schemes" / "framing.yaml")]
    result = runner.invoke(app, ["train", *arguments, *scheme])
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_extra_is_named(
    runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "framelens.training.fine_tuning", None)
    arguments = ["train", "--data", str(WIRE), "--output", str(tmp_path / "out")]
    result = runner.invoke(app, arguments)
    assert result.exit_code == 1
    assert "pip install 'framelens[train]'" in result.stderr


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Some of the documents: each sentence is measured word by word."""
    path = tmp_path / "few.jsonl"
    lines = WIRE.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:5]), encoding="utf-8")
    return path


def test_evaluation_is_written_and_summed_up(runner: CliRunner, few: Path, tmp_path: Path):
    arguments = ["evaluate", "framing", str(few), "--output", str(tmp_path)]
    result = runner.invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "macro-F1" in result.output
    report = json.loads((tmp_path / "evaluation.json").read_text())
    assert report["sides"] is None
    assert (tmp_path / "evaluation.md").is_file()


def test_sides_are_swapped_where_a_file_has_them(runner: CliRunner, few: Path, tmp_path: Path):
    swaps = tmp_path / "swaps.yaml"
    sides = "{Army: {state: [army]}, Navy: {state: [police]}}"
    swaps.write_text(f"roles: {{state: }}\nsides: {sides}\npairs: [[Army, Navy]]\n")
    arguments = ["evaluate", "framing", str(few), "--output", str(tmp_path), "--swaps"]
    result = runner.invoke(app, [*arguments, str(swaps)])
    assert result.exit_code == 0, result.output
    assert "Label before" in result.output
    report = json.loads((tmp_path / "evaluation.json").read_text())
    assert report["sides"]["effect"]["sentences"] > 0
    mistaken = runner.invoke(app, [*arguments, str(tmp_path / "none.yaml")])
    assert mistaken.exit_code == 1
    assert "none.yaml: cannot read the file" in mistaken.stderr
