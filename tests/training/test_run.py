"""What a training run is made of."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from framelens.model import DEFAULT, Artefact
from framelens.model.artefact import file_sha256
from framelens.training.run import Run, read_run
from framelens.training.settings import SettingsError, TrainSettings

SENTENCE = "The harbour of the island was closed on Monday."


def write(path: Path, *entries: tuple[str, str]) -> Path:
    """Documents of one sentence each, chosen in some way."""
    lines = [
        {
            "id": f"{path.stem}-{number}",
            "text": text,
            "sentences": [{"begin": 0, "end": len(text), "label": "neutral"}],
            "metadata": {"selected": selected},
        }
        for number, (text, selected) in enumerate(entries)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def read(folder: Path, data: Path, **changes: object) -> Run:
    values: dict[str, object] = {"data": [data], "output": folder / "model", "held_out": 0.5}
    return read_run(TrainSettings(**(values | changes)), Console(quiet=True))  # type: ignore[arg-type]


def interrupt(run: Run, epochs: int) -> None:
    """Stop a run after some epochs."""
    with run.folders():
        for epoch in range(epochs):
            (run.checkpoints / f"checkpoint-{epoch}").mkdir()
        raise KeyboardInterrupt


def artefact(folder: Path, **provenance: object) -> str:
    """The folder of an artefact that tells this of how it was made."""
    shipped, changed = Artefact.load(DEFAULT), folder / "base"
    shutil.copytree(shipped.folder, changed)
    Artefact.seal(changed, replace(shipped.manifest, provenance=provenance))
    return str(changed)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    entries = [(f"{SENTENCE} {number}", "random") for number in range(6)]
    entries += [(f"{SENTENCE} Again, {number}", "unsure") for number in range(6)]
    return write(tmp_path / "train.jsonl", *entries)


@pytest.mark.parametrize("seed", range(4))
def test_the_held_out_part_is_drawn_where_it_may_be(tmp_path: Path, data: Path, seed: int):
    run = read(tmp_path, data, held_out_from="selected=random", seed=seed)
    assert {document.metadata["selected"] for document in run.held_out} == {"random"}
    assert (len(run.held_out), len(run.fitting)) == (3, 9)


def test_a_test_part_is_measured_and_nothing_of_it_learnt(tmp_path: Path, data: Path):
    test = write(tmp_path / "test.jsonl", ("It rained.", "random"))
    run = read(tmp_path, data, test=[test], test_share=0.25, held_out=0.25)
    assert list(run.tests) == ["test part", "test"]
    assert [len(part) for part in (run.fitting, run.held_out, run.tests["test part"])] == [7, 2, 3]
    twin = write(tmp_path / "twin.jsonl", *((f"{SENTENCE} {n} Twice.", "a") for n in range(2)))
    texts = twin.read_text(encoding="utf-8").replace("0 Twice.", "1 TWICE.")
    twin.write_text(texts, encoding="utf-8")
    with pytest.raises(SettingsError, match="nothing is left to train on but repetitions"):
        read(tmp_path, twin)


def test_windows_hold_single_sentences_where_there_are_only_such(tmp_path: Path, data: Path):
    assert read(tmp_path, data).settings.context == "sentence"
    assert read(tmp_path, data, context="document").settings.context == "document"
    two = tmp_path / "two.csv"
    two.write_text("text,label,document\nRain.,n,a\nWind.,n,a\nSnow.,n,b\n", encoding="utf-8")
    assert read(tmp_path, two).settings.context == "document"


def test_without_a_condition_it_is_drawn_from_all(tmp_path: Path, data: Path):
    run = read(tmp_path, data)
    assert {document.metadata["selected"] for document in run.held_out} == {"random", "unsure"}


def test_no_task_learns_from_what_is_held_out_or_tested(tmp_path: Path, data: Path):
    test = write(tmp_path / "test.jsonl", (f"{SENTENCE} Never", "random"), ("Rain.", "random"))
    run = read(tmp_path, data, test=[test])
    texts = {document.text for document in run.held_out} | {f"{SENTENCE} Never"}
    assert run.kept_out == {text.casefold() for text in texts}, "“Rain.” is too short for a leak"


def test_a_base_that_does_not_tell_how_it_was_made_is_taken(tmp_path: Path, data: Path):
    assert read(tmp_path, data, base=artefact(tmp_path)).held_out


def test_a_base_that_knows_a_test_file_is_refused(tmp_path: Path, data: Path):
    test = write(tmp_path / "test.jsonl", (f"{SENTENCE} Never", "random"))
    files = [{"name": "test.jsonl", "sha256": file_sha256(test)}]
    learnt = artefact(tmp_path, settings={"data": ["test.jsonl"]}, files=files)
    with pytest.raises(SettingsError, match=r"has learnt from test\.jsonl, which is to test it"):
        read(tmp_path, data, base=learnt, test=[test])


def test_a_base_may_have_been_tested_on_the_data(tmp_path: Path, data: Path):
    files = [{"name": name, "sha256": file_sha256(data)} for name in ("other", "train.jsonl")]
    files[0]["sha256"] = "0" * 64
    tested = artefact(tmp_path, settings={"data": ["other"]}, files=files)
    assert read(tmp_path, data, base=tested).held_out


def test_a_run_has_its_folders_for_itself(tmp_path: Path, data: Path):
    first, second = read(tmp_path, data), read(tmp_path, data, seed=1)
    refusal = re.escape(f"{first.draft} exists: another run works in it")
    with first.folders():
        (first.draft / "scheme.yaml").touch()
        made_of = (first.checkpoints / "run.json").read_text(encoding="utf-8")
        with pytest.raises(SettingsError, match=refusal), second.folders():
            pass
        with pytest.raises(SettingsError, match=refusal):
            read(tmp_path, data)
        assert (first.draft / "scheme.yaml").exists()
        assert (first.checkpoints / "run.json").read_text(encoding="utf-8") == made_of
        first.draft.rename(first.settings.output)
    assert {path.name for path in tmp_path.iterdir()} == {"train.jsonl", "model"}


@pytest.mark.parametrize(("epochs", "left"), [(0, set()), (1, {"model.checkpoints"})])
def test_a_run_that_fails_leaves_its_epochs(
    tmp_path: Path, data: Path, epochs: int, left: set[str]
):
    run = read(tmp_path, data)
    with pytest.raises(KeyboardInterrupt):
        interrupt(run, epochs)
    assert {path.name for path in tmp_path.iterdir()} == {"train.jsonl"} | left


def test_a_run_that_was_killed_is_resumed_once_its_draft_is_removed(tmp_path: Path, data: Path):
    run = read(tmp_path, data)
    with pytest.raises(KeyboardInterrupt):
        interrupt(run, epochs=1)
    run.draft.mkdir()
    with pytest.raises(SettingsError, match=r"model\.draft exists: .* remove it .* --resume"):
        read(tmp_path, data, resume=True)
    run.draft.rmdir()
    with read(tmp_path, data, resume=True).folders():
        assert (run.checkpoints / "checkpoint-0").exists()
