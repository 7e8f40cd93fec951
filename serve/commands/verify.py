"""``framelens verify``: whether an answer can be had again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framelens.model import Document, FramingClassifier, InputError

if TYPE_CHECKING:
    from framelens.serve.answers import ClassifyAnswer
    from framelens.serve.models import LoadedModel
    from framelens.serve.verification import Verification

__all__ = ["verify"]

DIFFERS = 3
"""Exit code where the decision does not reproduce."""

TOLERANCE = 0.01


def verify(
    response: Annotated[
        Path, typer.Argument(help="An answer of POST /v1/classify.", metavar="RESPONSE.json")
    ],
    texts: Annotated[
        list[Path],
        typer.Argument(help="The texts of its documents, one a file, in order.", metavar="TEXT…"),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            help="Folder of the artefact, or the name of a shipped one.",
            metavar="PATH|NAME",
            show_default="the shipped one of the answer's name",
        ),
    ] = None,
    thresholds: Annotated[
        Path | None,
        typer.Option(help="YAML file with the threshold set of the answer.", metavar="FILE"),
    ] = None,
    lines: Annotated[
        bool,
        typer.Option("--lines", help="Each line is a sentence: the request gave sentences."),
    ] = False,
    tolerance: Annotated[
        float, typer.Option(help="How far scores may lie apart.", min=0, max=1)
    ] = TOLERANCE,
    engine: Annotated[
        str | None,
        typer.Option(help="What runs the model; auto chooses.", show_default="the answer's"),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(help="Number format; auto takes the fastest.", show_default="the answer's"),
    ] = None,
) -> None:
    """Score the texts of an answer again, and say whether its decisions reproduce.

    Exit code 0: they do: same model, labels and consequences, scores within the tolerance.
    1: nothing could be compared, as where the model is missing. 3: they do not; every
    difference is named. Another engine or version alone is named, and does not count.
    """
    from framelens.serve.models import LoadedModel
    from framelens.serve.thresholds import read_thresholds
    from framelens.serve.verification import verify as compare

    before = _read_answer(response)
    documents = _read_documents(texts, lines, len(before.documents))
    classifier = FramingClassifier.load(
        model or before.model.name,
        engine or before.engine.name,
        precision or before.engine.precision,
    )
    sets = read_thresholds(thresholds, [classifier.artefact.scheme]) if thresholds else []
    loaded = LoadedModel(classifier, sets)
    verification = compare(before, documents, loaded, tolerance)
    _tell(verification, loaded, tolerance)
    if not verification.reproduced:
        raise typer.Exit(DIFFERS)


def _read_answer(path: Path) -> ClassifyAnswer:
    from pydantic import ValidationError

    from framelens.serve.answers import ClassifyAnswer

    try:
        return ClassifyAnswer.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        place = f"{path}: {field}: " if field else f"{path}: "
        raise InputError(f"{place}not an answer of /v1/classify: {first['msg']}") from None


def _read_documents(paths: Sequence[Path], lines: bool, expected: int) -> list[Document]:
    if len(paths) != expected:
        raise InputError(f"the answer has {expected} documents, but {len(paths)} texts are given")
    documents = []
    for path in paths:
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: byte {error.start}: not UTF-8") from error
        split = text.removesuffix("\n").split("\n")
        documents.append(Document(sentences=split) if lines else Document(text))
    return documents


def _tell(verification: Verification, model: LoadedModel, tolerance: float) -> None:
    engine = model.classifier.engine
    typer.echo(f"{model.id} on {engine.name} in {engine.precision}")
    for difference in verification.differences:
        mark = "differs" if difference.decisive else "differs, but does not count"
        typer.echo(f"{mark}: {difference}")
    typer.echo(
        f"largest difference of a score: {verification.largest:.2g} of {tolerance:g} allowed"
    )
    typer.echo("reproduced" if verification.reproduced else "not reproduced")
