"""``framelens sweep``: trainings with other settings, and which of them are best."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from framelens.serve.commands.extras import needs_extra

__all__ = ["sweep"]


def sweep(
    settings: Annotated[
        Path,
        typer.Argument(
            help="Settings in YAML, as for 'framelens train'; under 'search' stand those to "
            "search, each with a list of values, or with low, high and log.",
            metavar="SETTINGS",
        ),
    ],
    trials: Annotated[
        int,
        typer.Option(
            min=1, help="Candidates to try: all combinations, or where they are more, by Optuna."
        ),
    ] = 20,
    repeats: Annotated[
        int,
        typer.Option(
            min=1,
            help="Trainings of each candidate, with seeds one after the other: other held-out "
            "parts, other new weights; their mean score counts.",
        ),
    ] = 1,
) -> None:
    """Try settings, choose by the held-out score, and write the best ones as a settings file.

    The same command goes on after an interruption, and with more --trials.
    """
    with needs_extra("train"):
        from framelens.training.sweep import BEST, read_sweep, run_sweep
    chosen = read_sweep(settings, repeats)
    console = Console(stderr=True)
    run_sweep(chosen, trials, console)
    message = f"wrote {chosen.settings.output / BEST}: framelens train --settings trains with it"
    typer.echo(message, err=True)
