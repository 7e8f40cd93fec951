"""``framelens info``: what a model is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from typer.testing import Result

from framelens.model import Artefact, FramingClassifier

Run = Callable[..., Result]


@pytest.fixture
def trained(loaded: FramingClassifier, monkeypatch: pytest.MonkeyPatch) -> Artefact:
    """The shipped artefact with a known provenance."""
    provenance = {"settings": {"epochs": 3, "data": ["a.jsonl"]}, "git_revision": "abc", "seed": 7}
    manifest = replace(loaded.artefact.manifest, provenance=provenance, review_below=0.75)
    artefact = replace(loaded.artefact, manifest=manifest)
    monkeypatch.setattr(loaded, "artefact", artefact)
    return artefact


def test_table(run: Run, trained: Artefact, loaded: FramingClassifier):
    result = run("info", COLUMNS="400")
    assert (result.exit_code, result.stderr) == (0, "")
    fields = dict(line.strip().split("  ", 1) for line in result.stdout.splitlines())
    fields = {name: value.strip() for name, value in fields.items()}
    manifest, scheme = trained.manifest, trained.scheme
    assert fields == {
        "name": manifest.name,
        "version": manifest.version,
        "sha256": manifest.sha256,
        "path": str(trained.folder.resolve()),
        "window": str(manifest.window),
        "overlap": str(manifest.overlap),
        "temperature": str(manifest.temperature),
        "review below": "0.75",
        "engine": f"{loaded.engine.name} in {loaded.engine.precision}",
        "scheme": f"{scheme.name}, version {scheme.version}",
        **{label.name: label.definition for label in scheme.labels},
        "settings": "epochs 3, data a.jsonl",
        "git_revision": "abc",
        "seed": "7",
    }


@pytest.mark.usefixtures("trained")
def test_a_narrow_terminal_keeps_the_digest_and_cuts_the_provenance(
    run: Run, trained: Artefact, monkeypatch: pytest.MonkeyPatch
):
    trained.manifest.provenance["settings"]["base"] = "x" * 500
    result = run("info", COLUMNS="80")
    assert trained.manifest.sha256 in "".join(result.stdout.split())
    assert "x" * 500 not in "".join(result.stdout.split())
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_json(run: Run, trained: Artefact, loaded: FramingClassifier):
    content = json.loads(run("info", "--json").stdout)
    assert content["model"]["sha256"] == trained.manifest.sha256
    assert content["model"]["provenance"] == trained.manifest.provenance
    assert content["model"]["review_below"] == 0.75
    assert content["model"]["profile"]["sentences"] == trained.manifest.profile.sentences
    assert content["engine"] == {
        "name": loaded.engine.name,
        "precision": loaded.engine.precision,
    }
    labels = [label["name"] for label in content["scheme"]["labels"]]
    assert labels == list(trained.scheme.label_names)


def test_unknown_model(run: Run):
    result = run("info", "--model", "nothing-here")
    assert result.stderr.startswith("framelens: error: nothing-here: no artefact here")
    assert (result.exit_code, result.stdout) == (1, "")
