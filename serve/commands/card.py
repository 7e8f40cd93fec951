"""``framelens card``: a model's card, written anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from framelens.model import Artefact, ArtefactError, FramingClassifier
from framelens.model.artefact import MANIFEST, SHIPPED
from framelens.serve.commands.extras import needs_extra
from framelens.serve.commands.options import Baseline, Engine, Measured, Precision, Swaps, Texts
from framelens.serve.commands.replacement import replaced

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
        Path | None,
        typer.Option(
            help="Markdown about the kinds of error found by reading; its first line names "
            "their model, such as 'model: framing 1.1.0'."
        ),
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
        from framelens.training.card import CARD, WRITTEN, check_provenance, write_card
        from framelens.training.evaluation import evaluate
        from framelens.training.known_errors import read_known_errors
        from framelens.training.parts import read_tests
    classifier = FramingClassifier.load(model, engine, precision)
    artefact = classifier.artefact
    folder = artefact.folder.resolve()
    _check_own(folder)
    check_provenance(artefact)
    errors = read_known_errors(known_errors, artefact.manifest) if known_errors else ""
    pairs = read_swaps(swaps).tested if swaps else ()
    tests = read_tests(data, artefact.scheme, texts)
    train_corpus = read_corpus(train, artefact.scheme, texts) if train else None
    with replaced(folder, without=WRITTEN) as draft:
        evaluations = {
            name: evaluate(classifier, corpus, train_corpus, pairs)
            for name, corpus in tests.items()
        }
        write_card(draft, artefact, evaluations, errors)
        sealed = Artefact.seal(draft, artefact.manifest)
    digests = f"{artefact.manifest.sha256[:12]} is now {sealed.sha256[:12]}"
    Console().print(f"wrote {folder / CARD}; the digest {digests}")


def _check_own(folder: Path) -> None:
    """Refuse a shipped model, however its folder is named: by links too, as in a checkout."""
    if any((folder / MANIFEST).samefile(shipped) for shipped in SHIPPED.glob(f"*/{MANIFEST}")):
        raise ArtefactError(f"{folder}: comes with the package; copy the folder first")
