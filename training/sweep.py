"""A sweep: many trainings with other settings, of which the held-out part chooses the best."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import statistics
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import yaml
from rich.console import Console

from framelens.model import read_scheme
from framelens.training.evaluation.console import rendered
from framelens.training.evaluation.report import markdown_table
from framelens.training.evaluation.tables import Table
from framelens.training.processes import process_count
from framelens.training.provenance import provenance
from framelens.training.run import has_finished_epoch, read_run, remove_draft
from framelens.training.search import Candidate, Space, propose, read_space
from framelens.training.settings import (
    SettingsError,
    TrainSettings,
    make_settings,
    read_settings_file,
)
from framelens.training.tasks import learn

__all__ = ["BEST", "Sweep", "Training", "Trial", "read_sweep", "run_sweep"]

BEST = "best.yaml"
MADE_OF = "sweep.json"
TRAININGS = "trainings.jsonl"

METHOD = """\
Macro-F1 over the public labels of the held-out sentences, in the best epoch. The best of many
flatters itself: what the model is worth on other text, test files tell, which no trial sees."""


@dataclass(frozen=True)
class Sweep:
    """What a sweep is made of.

    ``values`` are the settings as the file has them, without those that are searched.
    """

    values: dict[str, Any]
    space: Space
    repeats: int
    place: str

    @property
    def settings(self) -> TrainSettings:
        """The settings that all trainings share."""
        return make_settings(self.values, self.place)

    def settings_of(self, candidate: Candidate, **others: Any) -> TrainSettings:
        """The settings of one training."""
        return replace(make_settings(self.values | candidate, self.place), **others)


@dataclass(frozen=True, slots=True)
class Training:
    """One training: the candidate it is of, its seed, its held-out score, and how long it took."""

    candidate: Candidate
    seed: int
    score: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate and all its trainings."""

    candidate: Candidate
    trainings: tuple[Training, ...]

    @property
    def score(self) -> float:
        """The mean held-out score."""
        return statistics.fmean(each.score for each in self.trainings)

    @property
    def spread(self) -> float:
        """The standard deviation of the scores; there are two at least."""
        return statistics.stdev(each.score for each in self.trainings)


def read_sweep(path: Path, repeats: int = 1) -> Sweep:
    """A sweep from a settings file with a ``search``.

    Raises:
        SettingsError: the file is not YAML, or something in it is unknown or wrong.
    """
    values = dict(read_settings_file(path))
    if "search" not in values:
        raise SettingsError(f"{path}: search: missing; name the settings to search")
    search = values.pop("search")
    # What a few sentences ask for has hardly anything to search.
    if values.setdefault("method", "fine-tune") in ("contrastive", "frozen"):
        raise SettingsError(f"{path}: method: a sweep needs fine-tune, found {values['method']}")
    values["method"] = "fine-tune"
    make_settings(values, f"{path}: ")
    return Sweep(values, read_space(search, values, f"{path}: search"), repeats, f"{path}: ")


def run_sweep(sweep: Sweep, trials: int, console: Console) -> Trial:
    """Train until there are so many trials; the table and the best settings are in the output.

    A sweep that was interrupted goes on with the training, and the epoch, that it was in.

    Raises:
        FramelensError: the settings, the scheme or the data are wrong, or the output holds
            another sweep.
    """
    if process_count() > 1:
        raise SettingsError("a sweep trains in one process: start it without torchrun")
    folder = sweep.settings.output
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / TRAININGS).open("a+b") as journal:
        _lock(journal, folder)
        _remember(sweep, folder)
        trainings = _read_journal(journal)
        finished = _trials(trainings, sweep)
        while len(finished) < trials and (
            candidate := propose(
                sweep.space,
                [(trial.candidate, trial.score) for trial in finished],
                trials,
                sweep.settings.seed,
            )
        ):
            console.print(f"trial {len(finished) + 1}: {_name(candidate)}", highlight=False)
            done = sum(each.candidate == candidate for each in trainings)
            for repeat in range(done, sweep.repeats):
                training = _train(sweep, candidate, repeat, console)
                _append(journal, training)
                trainings.append(training)
            finished = _trials(trainings, sweep)
            best = max(finished, key=lambda trial: trial.score)
            console.print(
                f"held-out macro-F1 {finished[-1].score:.3f}, best {best.score:.3f}",
                highlight=False,
            )
            _report(sweep, finished, folder)
        best = _report(sweep, finished, folder)
    console.print(rendered(_table(sweep, finished)))
    return best


def _train(sweep: Sweep, candidate: Candidate, repeat: int, console: Console) -> Training:
    """One training, up to its held-out score; nothing of it is kept."""
    seed = sweep.settings.seed + repeat
    folder = sweep.settings.output
    digest = hashlib.sha256(json.dumps([candidate, seed]).encode()).hexdigest()[:8]
    output = folder / f"{folder.name}-{digest}"
    remove_draft(output)
    settings = sweep.settings_of(
        candidate, output=output, seed=seed, resume=has_finished_epoch(output)
    )
    run = replace(read_run(settings, Console(quiet=True)), console=console)
    begin = time.monotonic()
    with run.folders():
        _, outcome = learn(run, run.draft)
    remove_draft(output)
    score = outcome["held_out"]["macro_f1"]
    return Training(candidate, seed, score, round(time.monotonic() - begin, 1))


def _trials(trainings: list[Training], sweep: Sweep) -> list[Trial]:
    """The candidates with all their trainings, in the order in which they were tried."""
    candidates: list[Candidate] = []
    for training in trainings:
        if training.candidate not in candidates:
            candidates.append(training.candidate)
    trials = [
        Trial(candidate, tuple(each for each in trainings if each.candidate == candidate))
        for candidate in candidates
    ]
    return [trial for trial in trials if len(trial.trainings) == sweep.repeats]


def _lock(journal: BinaryIO, folder: Path) -> None:
    """Keep other processes off the sweep as long as its journal is open, where the system can."""
    with contextlib.suppress(ModuleNotFoundError):
        import fcntl

        try:
            fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(f"output: another sweep works in {folder}") from None


def _remember(sweep: Sweep, folder: Path) -> None:
    """Note what the sweep is made of; one that goes on must be made of the same things."""
    settings = sweep.settings
    scheme = read_scheme(settings.scheme)
    facts = provenance(settings, scheme)
    made_of = {
        **{name: facts[name] for name in ("settings", "scheme", "base_sha256", "files")},
        "search": {name: asdict(each) for name, each in sweep.space.items()},
        "repeats": sweep.repeats,
    }
    text = json.dumps(made_of, indent=2, ensure_ascii=False)
    path = folder / MADE_OF
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise SettingsError(
            f"output: {folder} holds a sweep of other settings or data ({path} has them); "
            "name a new folder or remove it"
        )
    path.write_text(text, encoding="utf-8")


def _read_journal(journal: BinaryIO) -> list[Training]:
    """The finished trainings; a line that a kill left incomplete is cut off."""
    journal.seek(0)
    lines = journal.read().splitlines(keepends=True)
    complete = [line for line in lines if line.endswith(b"\n")]
    journal.truncate(sum(map(len, complete)))
    return [Training(**json.loads(line)) for line in complete]


def _append(journal: BinaryIO, training: Training) -> None:
    journal.write(json.dumps(asdict(training), ensure_ascii=False).encode() + b"\n")
    journal.flush()
    os.fsync(journal.fileno())


def _report(sweep: Sweep, trials: list[Trial], folder: Path) -> Trial:
    """Write the table and the best settings; returns the best trial, the first of equals."""
    best = max(trials, key=lambda trial: trial.score)
    content = sweep.values | best.candidate | {"output": str(folder / "model")}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    (folder / BEST).write_text(text, encoding="utf-8")
    table = markdown_table(_table(sweep, trials))
    (folder / "sweep.md").write_text(f"# Sweep\n\n{METHOD}\n\n{table}\n", encoding="utf-8")
    return best


def _table(sweep: Sweep, trials: list[Trial]) -> Table:
    """The trials by falling score."""
    spread = ("±",) if sweep.repeats > 1 else ()
    return Table(
        ("Trial", *sweep.space, "Macro-F1", *spread, "Seconds"),
        [
            (
                str(number),
                *(str(trial.candidate[name]) for name in sweep.space),
                f"{trial.score:.3f}",
                *(f"{trial.spread:.3f}" for _ in spread),
                f"{sum(each.seconds for each in trial.trainings):.0f}",
            )
            for number, trial in sorted(
                enumerate(trials, 1), key=lambda numbered: -numbered[1].score
            )
        ],
    )


def _name(candidate: Candidate) -> str:
    return ", ".join(f"{name} {value}" for name, value in candidate.items())
