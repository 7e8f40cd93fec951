"""``framelens push``: a model to a hub of models."""

from __future__ import annotations

from typing import Annotated

import typer

from framelens.model import Artefact
from framelens.serve.commands.extras import needs_extra
from framelens.serve.commands.options import Measured

__all__ = ["push"]


def push(
    model: Measured,
    repository: Annotated[
        str, typer.Argument(help="Its name on the hub, as owner/name.", metavar="REPOSITORY")
    ],
    private: Annotated[
        bool, typer.Option("--private", help="A new repository is for its owner alone.")
    ] = False,
) -> None:
    """Upload a model to the Hugging Face hub, or to that of HF_ENDPOINT.

    A folder that framelens export wrote takes its networks for Transformers.js along.
    """
    with needs_extra("train"):
        from framelens.training.hub import push
    typer.echo(f"pushed {push(Artefact.load(model), repository, private)}")
