"""``framelens compare`` as a command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from framelens.serve.commands import app

ROOT = Path(__file__).parents[3]
WIRE = ROOT / "seeds" / "documents" / "wire.jsonl"


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})


def test_a_model_is_compared_with_what_it_answered(runner: CliRunner, tmp_path: Path):
    texts, scored = tmp_path / "texts.jsonl", tmp_path / "scored.csv"
    documents = map(json.loads, WIRE.read_text(encoding="utf-8").splitlines())
    lines = [json.dumps({"id": each["id"], "text": each["text"]}) for each in documents]
    texts.write_text("\n".join(lines), encoding="utf-8")
    score = ["score", str(texts), "--explode", "--output", str(scored), "--quiet"]
    assert runner.invoke(app, score).exit_code == 0
    arguments = ["compare", "framing", str(scored), str(WIRE), "--output", str(tmp_path / "out")]
    result = runner.invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "McNemar's exact test" in result.output
    report = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert report["names"] == ["framing", str(scored)]
    assert abs(report["differences"][0]["difference"]["value"]) < 0.1
    assert (tmp_path / "out" / "comparison.md").is_file()


def test_the_labels_of_a_file_alone_are_those_of_the_scheme_given(
    runner: CliRunner, tmp_path: Path
):
    data, answers, scheme = (tmp_path / name for name in ("tone.csv", "answers.csv", "tone.yaml"))
    data.write_text("id,text,label\n" + "".join(f"{n},I do.,calm\n" for n in range(6)))
    answers.write_text("id,label\n" + "".join(f"{n},angry\n" for n in range(6)))
    scheme.write_text("name: tone\nlabels: {angry: {}, calm: {}}\n")
    arguments = ["compare", str(answers), str(answers), str(data)]
    result = runner.invoke(app, [*arguments, "--scheme", str(scheme)])
    assert result.exit_code == 0, result.output
    assert "6 sentences in 6 documents" in result.output
    mistaken = runner.invoke(app, arguments)
    assert mistaken.exit_code == 1
    assert f"{answers}:2: label: unknown label 'angry'; known are " in mistaken.stderr
    mistaken = runner.invoke(app, ["compare", "none.csv", str(answers), str(data)])
    assert mistaken.exit_code == 1
    assert "none.csv" in mistaken.stderr
