"""``framelens learn-curve``: what more labels would buy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from framelens.serve.commands.extras import needs_extra
from framelens.serve.commands.train import give_flags, settings_flags

__all__ = ["make_learn_curve"]

Points = Annotated[
    int, typer.Option(help="Parts to train on, each with half the sentences of the next.", min=3)
]
Draws = Annotated[int, typer.Option(help="How often, each time with other sentences.", min=1)]
Output = Annotated[
    Path, typer.Option(help="Folder for learning_curve.md, learning_curve.json and the plot.")
]
DEFAULTS = {"points": 5, "draws": 3, "output": Path("learning_curve")}


def make_learn_curve() -> Callable[..., None]:
    """The command, with a flag for each field of the training settings that it can use."""
    from framelens.training.settings import read_settings

    def learn_curve(
        points: int, draws: int, output: Path, settings: Path | None = None, **flags: Any
    ) -> None:
        given = {name: value for name, value in flags.items() if value not in (None, [])}
        chosen = read_settings(settings, {**given, "output": output, "resume": False})
        with needs_extra("train"):
            from framelens.training.curve_report import print_curve, write_curve
            from framelens.training.growing_parts import grow
        console = Console(highlight=False)
        curve = grow(chosen, points, draws, console)
        write_curve(curve, output)
        print_curve(curve, console)
        typer.echo(f"wrote {output / 'learning_curve.md'}")

    learn_curve.__doc__ = (
        "Train on growing parts of the data, and foretell what more labels would buy."
    )
    flags = settings_flags()
    del flags["output"], flags["resume"]
    own = {"points": Points, "draws": Draws, "output": Output}
    give_flags(learn_curve, own | flags, **DEFAULTS)
    return learn_curve
