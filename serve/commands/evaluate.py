"""``framelens evaluate``: how good a model is on labelled documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from framelens.model import FramingClassifier
from framelens.serve.commands.extras import needs_extra
from framelens.serve.commands.options import Baseline, Engine, Measured, Precision, Swaps, Texts

__all__ = ["evaluate"]


def evaluate(
    model: Measured,
    data: Annotated[list[Path], typer.Argument(help="Labelled files.", metavar="DATA…")],
    texts: Texts = None,
    train: Baseline = None,
    swaps: Swaps = None,
    output: Annotated[
        Path, typer.Option(help="Folder for evaluation.md, evaluation.json and the plots.")
    ] = Path("evaluation"),
    engine: Engine = "auto",
    precision: Precision = "auto",
) -> None:
    """Measure a model on labelled files, beside baselines and the human line."""
    with needs_extra("train"):
        from framelens.data import read_corpus, read_swaps
        from framelens.training import evaluation
    classifier = FramingClassifier.load(model, engine, precision)
    scheme = classifier.artefact.scheme
    pairs = read_swaps(swaps).tested if swaps else ()
    corpus = read_corpus(data, scheme, texts)
    train_corpus = read_corpus(train, scheme, texts) if train else None
    result = evaluation.evaluate(classifier, corpus, train_corpus, pairs)
    evaluation.write_report(result, output)
    console = Console()
    evaluation.print_summary(result, console)
    console.print(f"wrote {output / 'evaluation.md'}")
