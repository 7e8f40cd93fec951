"""Retraining on public sets: how they are read, what is kept, and what the report says."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import few_shot, first_model, labelling, retraining, trainings
from benchmarks.__main__ import main
from benchmarks.efforts import QUICK
from benchmarks.few_shot import FEW_SHOT_SETS
from benchmarks.public_sets import CHECKTHAT, CSABSTRUCT, TREC6, PublicSet
from benchmarks.trials import Trials
from framelens.model import Scheme
from framelens.training.base import PACKAGED, base_artefact
from framelens.training.provenance import identity

ROOT = Path(__file__).parents[2]
EFFORT = dataclasses.replace(QUICK, retraining_seeds=2, retraining_documents=None)


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """Files of the sets' names, with invented sentences of three parts."""
    rows = [
        {
            "split": split,
            "position": place,
            "text": f" {split} {number} {place} ",
            "label": f"label {place}",
        }
        for split in ("train", "dev", "test", "dev_test")
        for number in range(3)
        for place in range(2)
    ]
    for each in (CHECKTHAT, CSABSTRUCT, TREC6, *FEW_SHOT_SETS):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / each.file)
    return tmp_path


def test_a_set_is_read_as_documents_with_parts(sets: Path):
    corpus = CSABSTRUCT.read(sets, most=2)
    assert [each.id for each in corpus[:3]] == ["train-0", "train-1", "dev-0"]
    assert [each.id for each in CSABSTRUCT.read(sets)][2] == "train-2"
    first = corpus[0]
    assert first.text == "train 0 0\ntrain 0 1"
    assert [first.text_of(each) for each in first.sentences] == first.text.split("\n")
    assert [each.label for each in first.sentences] == ["label 0", "label 1"]
    parts = {each.id: each.metadata["part"] for each in CHECKTHAT.read(sets)}
    assert (parts["dev_test-0"], parts["dev-0"]) == ("test", "dev")


@pytest.mark.parametrize("public", [CHECKTHAT, CSABSTRUCT, TREC6], ids=lambda each: each.name)
def test_the_scheme_of_a_set_is_one(public: PublicSet):
    scheme = Scheme.from_file(public.scheme)
    assert scheme.name == public.labels
    assert all(label.definition for label in scheme.labels)


def test_a_trial_is_measured_once(tmp_path: Path):
    path = tmp_path / "results" / "trials.json"
    measured = []

    def measure() -> Mapping[str, Any]:
        measured.append(1)
        return {"accuracy": 0.5}

    for _ in range(2):
        trials = Trials(path)
        assert trials.result({"set": "a", "seed": 0}, measure) == {"accuracy": 0.5}
        assert trials.kept == [{"made_of": {"set": "a", "seed": 0}, "result": {"accuracy": 0.5}}]
    Trials(path).result({"set": "a", "seed": 1}, measure)
    assert len(measured) == 2
    assert len(json.loads(path.read_text(encoding="utf-8"))["trials"]) == 2
    for known in ({"accuracy": 0.5}, {"accuracy": 0.6}, {"accuracy": 0.5, "base": None}):
        Trials(path).result({"set": "a", "seed": 0}, measure, known)
    assert len(measured) == 4, "results that say something else than is known are outdated"


def test_the_report_tells_gain_and_choice(sets: Path, monkeypatch: pytest.MonkeyPatch):
    def pretend(public: PublicSet, corpus: object, changes: Mapping[str, Any]) -> dict[str, Any]:
        better = changes.get("context") == "document" or changes.get("base") == "framing"
        value = 0.7 + 0.1 * better + 0.01 * changes["seed"]
        figures = {"sentences": 6, "accuracy": value, "macro_f1": value, "calibration_error": 0.02}
        return {
            "dev": None if public == TREC6 else figures,
            "test": figures,
            "seconds": 90.0,
            "processor_seconds": 60.0,
            "machine": "one with 1,000 cores",
            "train": {"sentences": 1234},
            "base_artefact": identity(base_artefact(changes.get("base", PACKAGED))),
        }

    few = {
        "accuracy": 0.5,
        "calibration_error": 0.1,
        "seconds": 1.0,
        "processor_seconds": 2.0,
        "machine": retraining.machine(),
    }
    first = {
        "seconds": {"init": 20.0, "train": 100.0},
        "test": {"accuracy": 0.8},
        "machine": retraining.machine(),
    }
    monkeypatch.setattr(first_model, "_measure", lambda *_: first)
    monkeypatch.setattr(few_shot, "_measure", lambda *_: few)
    monkeypatch.setattr(trainings, "train_and_measure", pretend)
    page = retraining.compare_retraining(EFFORT, sets / "report", sets).read_text(encoding="utf-8")
    assert (
        "| windows of the abstract | 2 | 0.805 ± 0.007 | 0.805 ± 0.007 | 0.020 ± 0.000 | " in page
    )
    assert "Gain of context, seed by seed: 10.0 ± 0.0 points." in page
    assert "The development part chooses the row from framing: 0.805." in page
    assert "1,234 sentences to train on, 6 to test on" in page
    assert "| fine-tuned | 2 | – | 0.705 ± 0.007 |" in page
    assert "Some trials ran on other machines: one with 1,000 cores." in page
    kept = json.loads((sets / "report" / "retraining.json").read_text(encoding="utf-8"))
    assert len(kept["trials"]) == 1 + 2 * (2 + 3 + 1) + 2 * len(few_shot.CONTENDERS)
    assert "| all | 120.0 |" in page
    assert page.count("4 sentences a label") == 2
    monkeypatch.setattr(trainings, "train_and_measure", None)
    assert retraining.compare_retraining(EFFORT, sets / "report", sets).read_text() == page
    kept["trials"] = [
        each for each in kept["trials"] if each["made_of"].get("settings", {}).get("seed") == 1
    ]
    (sets / "report" / "retraining.json").write_text(json.dumps(kept), encoding="utf-8")
    page = retraining.compare_retraining(EFFORT, sets / "report", sets, trains=False).read_text()
    assert "| windows of the abstract | 1 | 0.810 | 0.810 | 0.020 | " in page
    assert "Gain of context, seed by seed: 10.0 points." in page
    assert "sentences a label" not in page
    assert "rows to a served model" not in page


def test_the_tables_of_the_gallery_are_those_of_the_report():
    report = (ROOT / "benchmarks" / "retraining.md").read_text(encoding="utf-8").splitlines()
    page = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8").splitlines()
    shown = [line for line in page if line.startswith("|")]
    assert len(shown) > 8
    assert set(shown) <= set(report)


@pytest.mark.parametrize(("run", "parts"), [(main, ["retraining"]), (labelling.main, [])])
def test_a_folder_of_sets_that_is_not_there_is_named(
    run: Callable[[], None],
    parts: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setattr(sys, "argv", ["benchmarks", *parts, "--sets", str(tmp_path / "none")])
    with pytest.raises(SystemExit):
        run()
    assert f"--sets: there is no folder {tmp_path / 'none'}" in capsys.readouterr().err
