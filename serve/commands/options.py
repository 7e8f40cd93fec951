"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from framelens.model import ENGINES

__all__ = ["Engine", "Model", "Precision"]

Model: TypeAlias = Annotated[
    str,
    typer.Option(help="Folder of an artefact, or the name of a shipped one.", metavar="PATH|NAME"),
]
Engine: TypeAlias = Annotated[
    str,
    typer.Option(help="What runs the model.", metavar="|".join(("auto", *ENGINES))),
]
Precision: TypeAlias = Annotated[
    str,
    typer.Option(
        help="Number format that the engine computes in; auto takes the fastest.",
        metavar="auto|f32|bf16",
    ),
]
