"""``framelens data fetch``: what was found, what is missing and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]

TEXT = "The ferry left. It was late."


@pytest.fixture
def annotations(tmp_path: Path) -> Path:
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    path = tmp_path / "annotations.jsonl"
    entries = [
        {"corpus": "wires", "doc_id": identity, "sha256": sha256, "sentences": []}
        for identity, sha256 in (("1", digest), ("2", "0" * 64))
    ]
    path.write_text("".join(json.dumps(each) + "\n" for each in entries), encoding="utf-8")
    return path


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    path = tmp_path / "corpora.yaml"
    wires = "{about: wires, licence: unknown, obtain: ask Ada}"
    path.write_text(f"archive: https://example.org\ncorpora:\n  wires: {wires}\n")
    return path


def test_a_mirror(run: Run, annotations: Path, tmp_path: Path):
    mirror, out = tmp_path / "mirror", tmp_path / "texts"
    mirror.mkdir()
    line = {"corpus": "wires", "doc_id": "1", "text": TEXT}
    (mirror / "wires.jsonl").write_text(json.dumps(line), encoding="utf-8")
    result = run("data", "fetch", annotations, "--out", out, "--from", mirror)
    assert result.exit_code == 1
    assert [line.split() for line in result.stdout.splitlines()[:3]] == [
        ["corpus", "found", "missing"],
        ["wires", "1", "1"],
        ["all", "1", "1"],
    ]
    assert f"wires: 1 missing: not in {mirror}" in result.stdout
    assert (out / "missing.csv").read_text() == "corpus,doc_id\nwires,2\n"
    assert result.stdout.endswith(f"wrote {out / 'annotations' / 'annotations.jsonl'}\n")
    assert json.loads((out / "wires.jsonl").read_text(encoding="utf-8")) == line


def test_how_else_to_come_by_the_texts(run: Run, annotations: Path, sources: Path, tmp_path: Path):
    out = tmp_path / "texts"
    result = run("data", "fetch", annotations, "--out", out, "--sources", sources)
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.endswith("wires: 2 missing: ask Ada\n")


def test_sources_that_are_not_there(run: Run, annotations: Path, tmp_path: Path):
    result = run(
        "data", "fetch", annotations, "--out", tmp_path / "texts", "--sources", tmp_path / "none"
    )
    assert result.exit_code == 1
    assert result.stderr.startswith(f"framelens: error: {tmp_path / 'none'}: cannot read the file")
    assert not (tmp_path / "texts").exists()
