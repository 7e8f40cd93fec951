"""``framelens openapi``: the description of the HTTP service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from framelens.model import DEFAULT
from framelens.serve.commands.options import Model

__all__ = ["openapi"]


def openapi(
    output: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file to write; - for standard output.")
    ] = Path("-"),
    model: Model = DEFAULT,
) -> None:
    """Write the OpenAPI document of the service, without answers of the model."""
    from framelens.model import FramingClassifier
    from framelens.serve.app import create_app
    from framelens.serve.openapi import document_text

    text = document_text(create_app(FramingClassifier.load(model)))
    if output == Path("-"):
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8", newline="\n")
