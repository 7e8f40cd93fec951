"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from framelens.model import ENGINES

__all__ = [
    "Baseline",
    "DatabaseUrl",
    "Engine",
    "IdColumn",
    "InputFormat",
    "Measured",
    "Model",
    "Precision",
    "SchemeFile",
    "Swaps",
    "TextColumn",
    "Texts",
]

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
InputFormat: TypeAlias = Literal["auto", "text", "jsonl", "csv", "tsv", "parquet"]
TextColumn: TypeAlias = Annotated[
    str, typer.Option(help="Column that holds the text.", metavar="NAME")
]
IdColumn: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Column that holds the id.", metavar="NAME", show_default="id, where there is one"
    ),
]
Measured: TypeAlias = Annotated[
    str, typer.Argument(help="Folder or name of an artefact.", metavar="ARTEFACT")
]
Texts: TypeAlias = Annotated[
    Path | None, typer.Option(help="Folder with the texts of stand-off annotations.")
]
SchemeFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        help="Label scheme that the labels belong to.",
        metavar="FILE",
        show_default="that of the shipped model",
    ),
]
Baseline: TypeAlias = Annotated[
    list[Path] | None, typer.Option(help="Labelled files to train the TF-IDF baseline on.")
]
Swaps: TypeAlias = Annotated[
    Path | None, typer.Option(help="File of sides to swap: do labels depend on who is named?")
]
DatabaseUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        envvar="FRAMELENS_DATABASE",
        help="Where feedback, jobs and keys are kept: sqlite:///FILE or postgresql://USER@HOST/NAME.",
        metavar="URL",
        show_default="none, nothing is kept",
    ),
]
