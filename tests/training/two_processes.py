"""What each of two processes runs: a training, and the same one interrupted and resumed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console
from transformers import TrainerState

from framelens.training import fine_tuning
from framelens.training.processes import leave_processes
from framelens.training.progress import ProgressBar
from framelens.training.run import Run
from framelens.training.settings import read_settings
from framelens.training.tasks import learn


class InterruptionError(Exception):
    """What stops a run in its second epoch."""


def write_weights(run: Run) -> None:
    """Leave the trained weights in place of an artefact, which takes longer than the training."""
    model, outcome = learn(run, run.draft)
    model.save_pretrained(run.draft)
    (run.draft / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")


def interrupt(
    _: ProgressBar, args: object, state: TrainerState, *others: object, **named: object
) -> None:
    """Stop every process after the same step."""
    if (state.epoch or 0) > 1:
        raise InterruptionError


def main(settings: Path, folder: Path) -> None:
    """Write the weights ``whole`` and ``resumed`` into a folder."""
    fine_tuning._write_artefact = write_weights
    console = Console(quiet=True)
    fine_tuning.train(read_settings(settings, {"output": folder / "whole"}), console)
    on_step_end = ProgressBar.on_step_end
    ProgressBar.on_step_end = interrupt  # type: ignore[method-assign]
    try:
        fine_tuning.train(read_settings(settings, {"output": folder / "resumed"}), console)
    except InterruptionError:
        ProgressBar.on_step_end = on_step_end  # type: ignore[method-assign]
    resumed = read_settings(settings, {"output": folder / "resumed", "resume": True})
    fine_tuning.train(resumed, console)
    leave_processes()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
