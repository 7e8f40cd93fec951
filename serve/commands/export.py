"""``framelens export``: a model for programs that are not framelens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from framelens.model import Artefact
from framelens.serve.commands.extras import needs_extra
from framelens.serve.commands.options import Measured, Texts

__all__ = ["export"]


def export(
    model: Measured,
    out: Annotated[Path, typer.Option(help="New folder to write.", metavar="FOLDER")],
    quantised: Annotated[
        bool,
        typer.Option("--quantised", help="Also write a network of eight bits, for browsers."),
    ] = False,
    check: Annotated[
        list[Path] | None,
        typer.Option(
            help="Labelled file: on its sentences, how alike do both networks answer? "
            "Give it once a file.",
            metavar="FILE",
        ),
    ] = None,
    texts: Texts = None,
) -> None:
    """Write a model as Optimum and Transformers.js expect it; it stays an artefact.

    The folder is a copy of the artefact with onnx/model.onnx, a network with all its weights.
    """
    if check and not quantised:
        raise typer.BadParameter("compares the network that --quantised writes", param_hint="check")
    with needs_extra("train"):
        from framelens.data import read_corpus
        from framelens.training.onnx_folder import onnx_folder
    if quantised:
        with needs_extra("onnxruntime"):
            from framelens.training.quantisation import agreement, quantise
    artefact = Artefact.load(model)
    corpus = read_corpus(check, artefact.scheme, texts) if check else None
    with onnx_folder(artefact, out) as draft:
        if quantised:
            quantise(draft)
    for path in sorted((out / "onnx").iterdir()):
        typer.echo(f"wrote {path}, {path.stat().st_size / 1e6:.1f} MB")
    if corpus:
        found = agreement(out, corpus)
        typer.echo(
            f"quantised: {found.same_label:.1%} of {found.sentences:,} sentences keep their "
            f"label; probabilities differ by {found.mean:.3f} on average, "
            f"{found.largest:.3f} at most"
        )
