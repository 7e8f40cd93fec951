"""``framelens card``: a model's card, written anew."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from framelens.model import Artefact, ArtefactError, FramingClassifier
from framelens.model.artefact import SHIPPED
from framelens.serve.commands.extras import needs_extra
from framelens.serve.commands.options import Baseline, Engine, Measured, Precision, Swaps, Texts

__all__ = ["card"]


def card(
    model: Measured,
    data: Annotated[
        list[Path],
        typer.Argument(help="Labelled files, each measured for itself.", metavar="DATA…"),
    ],
    texts: Texts = None,
    train: Baseline = None,
    known_errors: Annotated[
        Path | None, typer.Option(help="Markdown about the kinds of error found by reading.")
    ] = None,
    swaps: Swaps = None,
    engine: Engine = "auto",
    precision: Precision = "auto",
) -> None:
    """Measure a model anew and write its card; weights and answers stay what they are.

    The new card says only what is measured now: without --train it has no TF-IDF baseline,
    without --swaps no sides, without --known-errors no kinds of error.
    """
    with needs_extra("train"):
        from framelens.data import read_corpus, read_swaps
        from framelens.data.utf8 import read_utf8
        from framelens.training.card import CARD, check_provenance, write_card
        from framelens.training.evaluation import evaluate
        from framelens.training.run import read_tests
    errors = read_utf8(known_errors) if known_errors else ""
    classifier = FramingClassifier.load(model, engine, precision)
    artefact = classifier.artefact
    if artefact.folder.parent == SHIPPED:
        raise ArtefactError(f"{artefact.folder}: comes with the package; copy the folder first")
    check_provenance(artefact)
    tests = read_tests(data, artefact.scheme, texts)
    train_corpus = read_corpus(train, artefact.scheme, texts) if train else None
    pairs = read_swaps(swaps).tested if swaps else ()
    evaluations = {
        name: evaluate(classifier, corpus, train_corpus, pairs) for name, corpus in tests.items()
    }
    draft = artefact.folder.with_name(artefact.folder.name + ".draft")
    shutil.copytree(artefact.folder, draft)
    try:
        write_card(draft, artefact, evaluations, errors)
        sealed = Artefact.seal(draft, artefact.manifest)
        shutil.rmtree(artefact.folder)
        draft.rename(artefact.folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    digests = f"{artefact.manifest.sha256[:12]} is now {sealed.sha256[:12]}"
    Console().print(f"wrote {artefact.folder / CARD}; the digest {digests}")
