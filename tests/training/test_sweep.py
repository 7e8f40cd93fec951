"""Many trainings, the best of them, and sweeps that were interrupted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console
from transformers import TrainerState
from typer.testing import CliRunner

from framelens.serve.commands import app
from framelens.training import sweep as sweeping
from framelens.training.progress import ProgressBar
from framelens.training.run import Run
from framelens.training.settings import SettingsError, read_settings
from framelens.training.sweep import Trial, read_sweep, run_sweep

SEEDS = Path(__file__).parents[2] / "seeds"
CONSOLE = Console(quiet=True)
Write = Callable[..., Path]


@pytest.fixture
def write(tiny_base: Path, tmp_path: Path) -> Write:
    """Writes a settings file with a search."""

    def write_file(search: Any, **changes: object) -> Path:
        content = {
            "data": [str(SEEDS / "documents" / "opinion.jsonl")],
            "scheme": str(SEEDS / "schemes" / "framing.yaml"),
            "base": str(tiny_base),
            "output": str(tmp_path / "sweep"),
            "epochs": 1,
            "learning_rate": 1e-3,
            "device": "cpu",
            "tracking": "none",
            "search": search,
        }
        path = tmp_path / "sweep.yaml"
        path.write_text(yaml.safe_dump(content | changes), encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float, int]]:
    """What was trained, by epochs, learning rate and seed; fewer epochs are better."""
    done = []

    def learn(run: Run, folder: Path) -> tuple[None, dict[str, Any]]:
        settings = run.settings
        done.append((settings.epochs, settings.learning_rate, settings.seed))
        return None, {"held_out": {"macro_f1": 1 / settings.epochs + settings.seed / 100}}

    monkeypatch.setattr(sweeping, "learn", learn)
    return done


def run(path: Path, trials: int = 20, repeats: int = 1) -> Trial:
    return run_sweep(read_sweep(path, repeats), trials, CONSOLE)


def test_the_best_settings_and_the_table_are_written(write: Write, trained: list[Any]):
    path = write({"epochs": [3, 1, 2], "learning_rate": [1e-4]})
    best = run(path)
    assert best.candidate == {"epochs": 1, "learning_rate": 1e-4}
    folder = path.parent / "sweep"
    settings = read_settings(folder / "best.yaml", {})
    assert (settings.epochs, settings.output) == (1, folder / "model")
    rows = (folder / "sweep.md").read_text(encoding="utf-8").splitlines()[-3:]
    assert [int(row.split("|")[1]) for row in rows] == [2, 3, 1]
    assert {each.name for each in folder.iterdir()} == {
        "best.yaml",
        "sweep.json",
        "sweep.md",
        "trainings.jsonl",
    }


def test_repeats_have_other_seeds_and_their_mean_counts(write: Write, trained: list[Any]):
    best = run(write({"epochs": [1, 2]}), repeats=3)
    assert trained == [(1, 1e-3, 0), (1, 1e-3, 1), (1, 1e-3, 2), *((2, 1e-3, n) for n in range(3))]
    assert best.score == pytest.approx(1.01)
    assert best.spread == pytest.approx(0.01)


def test_a_sweep_that_was_killed_trains_nothing_twice(
    write: Write, trained: list[Any], monkeypatch: pytest.MonkeyPatch
):
    path = write({"learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}})
    whole = run(path, trials=3, repeats=2)
    folder = path.parent / "sweep"
    journal = folder / "trainings.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    # Killed in the middle of the line of the second trial's second training.
    journal.write_bytes(b"".join(lines[:3]) + lines[3][:20])
    told = [json.loads(line)["candidate"] for line in lines]
    trained.clear()
    again = run(path, trials=3, repeats=2)
    assert [entry[1:] for entry in trained] == [
        (told[number]["learning_rate"], number % 2) for number in (3, 4, 5)
    ]
    assert again.candidate == whole.candidate
    trained.clear()
    run(path, trials=4, repeats=2)
    assert len(trained) == 2, "more trials go on from those that are there"


def test_a_folder_of_another_sweep_is_refused(write: Write, trained: list[Any]):
    run(write({"epochs": [1]}))
    for search, changes, repeats in (
        ({"epochs": [1, 2]}, {}, 1),
        ({"epochs": [1]}, {"batch_size": 8}, 1),
        ({"epochs": [1]}, {}, 2),
    ):
        path = write(search, **changes)
        with pytest.raises(SettingsError, match="holds a sweep of other settings or data"):
            run(path, repeats=repeats)


def test_two_sweeps_do_not_work_in_one_folder(
    write: Write, trained: list[Any], monkeypatch: pytest.MonkeyPatch
):
    path = write({"epochs": [1]})

    def learn(*_: object) -> None:
        run(path)

    monkeypatch.setattr(sweeping, "learn", learn)
    with pytest.raises(SettingsError, match="another sweep works in"):
        run(path)


def test_a_file_without_a_search_is_refused(write: Write):
    with pytest.raises(SettingsError, match=r"sweep\.yaml: search: expected lists or ranges"):
        read_sweep(write({}))
    path = write({})
    path.write_text("data: [a.csv]\noutput: out\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"sweep\.yaml: search: missing"):
        read_sweep(path)


def test_it_trains_and_goes_on_in_the_epoch_where_it_was_killed(
    write: Write, monkeypatch: pytest.MonkeyPatch
):
    path = write({"learning_rate": [1e-3, 1e-5]}, epochs=2)
    seen: list[float] = []

    def on_step_end(
        _: ProgressBar, args: object, state: TrainerState, *others: object, **named: object
    ) -> None:
        seen.append(state.epoch or 0)
        if seen[-1] > 1 and not stopped:
            stopped.append(True)
            raise KeyboardInterrupt

    stopped: list[bool] = []
    monkeypatch.setattr(ProgressBar, "on_step_end", on_step_end)
    with pytest.raises(KeyboardInterrupt):
        run(path)
    # A process that is killed leaves its draft.
    (checkpoints,) = (path.parent / "sweep").glob("*.checkpoints")
    checkpoints.with_suffix(".draft").mkdir()
    seen.clear()
    result = CliRunner().invoke(app, ["sweep", str(path)])
    assert result.exit_code == 0, result.output
    assert seen[0] > 1, "the first epoch is not trained again"
    assert "best.yaml: framelens train --settings trains with it" in result.output
    assert not [*(path.parent / "sweep").glob("sweep-*")]
