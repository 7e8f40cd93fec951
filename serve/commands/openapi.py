"""``framelens openapi``: the description of the HTTP service."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
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
    """Write the OpenAPI document of a service that has every part, without answers of the model."""
    from framelens.model import FramingClassifier
    from framelens.serve.app import create_app
    from framelens.serve.openapi import document_text
    from framelens.serve.store import Policy, Store
    from framelens.serve.swap.folder import ModelsFolder

    classifier = FramingClassifier.load(model)
    with TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/store.db", Policy(keep_jobs_hours=1))
        app = create_app(classifier, store=store, models_folder=ModelsFolder(Path(folder)))
        text = document_text(app)
        store.database.close()
    if output == Path("-"):
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8", newline="\n")
